#include "engine/ram/dirty_log.h"

#include <utility>

namespace flatcheck::engine {

namespace {

constexpr std::uint64_t kGroupPages = 64;

// The range must lie in the first `length` bytes of the block.
Refusal CheckInside(ByteRange range, std::uint64_t length) {
  const bool inside = range.start <= length && range.length <= length - range.start;
  return inside ? Refusal::kNone : Refusal::kBadRange;
}

// The dirty ones of those pages, counted from the beginning of the block.
void FindRunsInBlock(const MemoryMap& map, const RamBlock& block, PageRange pages,
                     DirtyClient client, std::vector<PageRange>& runs) {
  map.dirty_memory().Of(client).FindRuns(pages, runs);
  const std::uint64_t first = block.offset() / map.limits().page_size;
  for (PageRange& run : runs) run = {run.first - first, run.end - first};
}

}  // namespace

Refusal CheckUsed(const MemoryRegion& region, ByteRange range) {
  if (region.ram() == nullptr) return Refusal::kNoBlock;
  return CheckInside(range, region.ram()->used_length());
}

Answered<std::vector<PageRange>> DirtyRuns(const MemoryMap& map, const MemoryRegion& region,
                                           ByteRange range, DirtyClient client) {
  Answered<std::vector<PageRange>> runs;
  runs.refusal = FindDirtyRuns(map, region, range, client, runs.value);
  return runs;
}

Refusal FindDirtyRuns(const MemoryMap& map, const MemoryRegion& region, ByteRange range,
                      DirtyClient client, std::vector<PageRange>& runs) {
  const RamBlock* const block = region.ram();
  if (block == nullptr) return Refusal::kNoBlock;
  const Refusal refusal = CheckInside(range, block->max_length());
  if (refusal != Refusal::kNone) return refusal;
  FindRunsInBlock(map, *block, map.PagesOf(*block, range.start, range.length), client, runs);
  return Refusal::kNone;
}

Refusal SetDirty(MemoryMap& map, const MemoryRegion& region, ByteRange range) {
  if (const Refusal refusal = CheckUsed(region, range); refusal != Refusal::kNone) return refusal;
  map.dirty_memory().Set(region.LogMask(map.global_logging()),
                         map.PagesOf(*region.ram(), range.start, range.length));
  return Refusal::kNone;
}

Answered<bool> TestAndClearDirty(MemoryMap& map, MemoryRegion& region, ByteRange range,
                                 DirtyClient client) {
  if (map.in_callback()) return {false, Refusal::kInCallback};
  if (const Refusal refusal = CheckUsed(region, range); refusal != Refusal::kNone) {
    return {false, refusal};
  }
  if (range.length == 0) return {false};
  const std::uint64_t page_size = map.limits().page_size;
  const PageRange pages = map.PagesOf(*region.ram(), range.start, range.length);
  const bool was_dirty = map.dirty_memory().Of(client).TestAndClear(pages);
  // Whole pages are announced, whether or not any was dirty (memory-map 7.7).
  const Refusal told = map.ClearLog(region, pages.first * page_size - region.ram()->offset(),
                                    (pages.end - pages.first) * page_size);
  return {was_dirty, told};
}

Answered<std::vector<PageRange>> SnapshotAndClearDirty(MemoryMap& map, MemoryRegion& region,
                                                       ByteRange range, DirtyClient client) {
  if (map.in_callback()) return {{}, Refusal::kInCallback};
  if (const Refusal refusal = CheckUsed(region, range); refusal != Refusal::kNone) {
    return {{}, refusal};
  }
  if (const Refusal told = map.SyncLog(&region); told != Refusal::kNone) return {{}, told};
  const RamBlock& block = *region.ram();
  const PageRange pages = map.PagesOf(block, range.start, range.length);
  std::vector<PageRange> runs;
  FindRunsInBlock(map, block, pages, client, runs);
  const PageRange groups{pages.first / kGroupPages * kGroupPages,
                         (pages.end + kGroupPages - 1) / kGroupPages * kGroupPages};
  map.dirty_memory().Of(client).TestAndClear(groups);
  if (const Refusal told = map.ClearLog(region, range.start, range.length);
      told != Refusal::kNone) {
    return {{}, told};
  }
  if (const Refusal told = map.EndLogSync(); told != Refusal::kNone) return {{}, told};
  return {std::move(runs)};
}

}  // namespace flatcheck::engine
