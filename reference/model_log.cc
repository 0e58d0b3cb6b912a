// Dirty logging: who asks for it, what listeners hear of it, and which pages are dirty.

#include <algorithm>

#include "reference/model.h"

namespace flatcheck::reference {

// Whenever the counter of 8 bits becomes or leaves zero, logging takes the state asked for, even if
// the counter says otherwise: the 256th start keeps it on, and the stop after that ends it.
Refusal Model::SetLogging(RegionId id, Toggle toggle) {
  if (!IsLiveRegion(id)) return "absent";
  Region& region = regions_[id];
  const bool is_on = toggle == Toggle::kOn;
  if (!is_on && region.vga_starts == 0) return "not-logging";
  const bool was_counting = region.vga_counter != 0;
  if (is_on) {
    ++region.vga_starts;
  } else {
    --region.vga_starts;
  }
  region.vga_counter = static_cast<std::uint8_t>(region.vga_starts);
  if (was_counting == (region.vga_counter != 0)) return {};
  region.is_vga_logged = is_on;
  Touch(region.enabled ? Change::kTopology : Change::kUnseen);
  return {};
}

// Listeners learn that logging starts before they see ranges that are logged, and that it has
// stopped after they see ranges that are not.
Refusal Model::SetGlobalLogging(Toggle toggle) {
  const bool is_on = toggle == Toggle::kOn;
  if (is_on == is_global_logging_) return is_on ? "already-logging" : "not-logging";
  is_global_logging_ = is_on;
  if (is_on) audience_.TellAll(EventKind::kLogGlobalStart);
  Touch(Change::kTopology);
  if (!is_on) audience_.TellAll(EventKind::kLogGlobalStop);
  return {};
}

void Model::SyncLogs() { TellSync(kNone); }

// Ends are computed modulo 2^64: a range up to region offset 2^64 is never cleared, nor is anything
// by a request that wraps.
Refusal Model::ClearLog(RegionId id, std::uint64_t start, std::uint64_t length) {
  if (!IsLiveRegion(id)) return "absent";
  for (const Listener& listener : audience_.listeners()) {
    for (const Range& range : spaces_[listener.space].view->ranges) {
      if (range.log_mask == 0 || range.region != id) continue;
      const auto range_end = static_cast<std::uint64_t>(range.offset + (range.end - range.start));
      const Wide clear_start = std::max(range.offset, Wide{start});
      const Wide clear_end = std::min(range_end, start + length);
      if (clear_start >= clear_end) continue;
      Range section = range;
      section.start += clear_start - range.offset;
      section.end = section.start + (clear_end - clear_start);
      section.offset = clear_start;
      audience_.TellOne(listener, {.kind = EventKind::kLogClear, .section = section});
    }
  }
  return {};
}

Refusal Model::FindDirty(RegionId id, std::uint64_t start, std::uint64_t length,
                         std::uint8_t client, Pages& found) const {
  if (const Refusal refusal = CheckBlock(id, start, length, &RamBlock::max_length);
      !refusal.empty()) {
    return refusal;
  }
  dirty_.Find(PagesOfBlock(id, start, length), client, found);
  const std::uint64_t first = regions_[id].block->offset / limits_.page_size;
  for (PageRun& run : found) run = {run.first - first, run.end - first};
  return {};
}

// The clearing is announced in whole pages, whether any was dirty or not.
Reply<bool> Model::TestAndClear(RegionId id, std::uint64_t start, std::uint64_t length,
                                std::uint8_t client) {
  if (const Refusal refusal = CheckBlock(id, start, length, &RamBlock::used_length);
      !refusal.empty()) {
    return {refusal};
  }
  if (length == 0) return {{}, false};
  const PageRun pages = PagesOfBlock(id, start, length);
  Pages dirty;
  dirty_.Find(pages, client, dirty);
  dirty_.Clear(pages, client);
  const PageRun cleared = PagesOf(start, length, limits_.page_size);
  (void)ClearLog(id, cleared.first * limits_.page_size,
                 (cleared.end - cleared.first) * limits_.page_size);
  return {{}, !dirty.empty()};
}

// Clears all pages of each group of 64 that the request touches, though it reports and announces
// the request alone. A block begins with a group, so no other block loses pages.
Reply<Model::Pages> Model::Snapshot(RegionId id, std::uint64_t start, std::uint64_t length,
                                    std::uint8_t client) {
  if (const Refusal refusal = CheckBlock(id, start, length, &RamBlock::used_length);
      !refusal.empty()) {
    return {refusal};
  }
  TellSync(id);
  Reply<Pages> reply;
  reply.refusal = FindDirty(id, start, length, client, reply.answer);
  const PageRun groups =
      PagesOf(regions_[id].block->offset + start, length, 64 * limits_.page_size);
  dirty_.Clear({64 * groups.first, 64 * groups.end}, client);
  (void)ClearLog(id, start, length);
  audience_.TellAll(EventKind::kLogGlobalAfterSync);
  return reply;
}

Refusal Model::SetDirty(RegionId id, std::uint64_t start, std::uint64_t length) {
  if (const Refusal refusal = CheckBlock(id, start, length, &RamBlock::used_length);
      !refusal.empty()) {
    return refusal;
  }
  bus().MarkDirty(id, start, length);
  return {};
}

PageRun Model::PagesOfBlock(RegionId id, std::uint64_t start, std::uint64_t length) const {
  return PagesOf(regions_[id].block->offset + start, length, limits_.page_size);
}

// Of one region, or of all for kNone. The masks are those that were published.
void Model::TellSync(RegionId id) {
  for (const Listener& listener : audience_.listeners()) {
    for (const Range& range : spaces_[listener.space].view->ranges) {
      if (range.log_mask == 0 || (id != kNone && range.region != id)) continue;
      audience_.TellOne(listener, {.kind = EventKind::kLogSync, .section = range});
    }
  }
}

// Client by client, each of which is announced.
void Model::ClearAll(RegionId id) {
  const std::uint64_t length = regions_[id].block->used_length;
  for (const std::uint8_t client : {kMigrationMask, kVgaMask, kCodeMask}) {
    (void)TestAndClear(id, 0, length, client);
  }
}

Refusal Model::CheckBlock(RegionId id, std::uint64_t start, std::uint64_t length,
                          std::uint64_t RamBlock::*limit) const {
  if (!IsLiveRegion(id)) return "absent";
  if (!regions_[id].block) return "no-block";
  return Wide{start} + length > (*regions_[id].block).*limit ? "bad-range" : Refusal{};
}

}  // namespace flatcheck::reference
