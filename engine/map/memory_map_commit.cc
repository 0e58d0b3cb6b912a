// What a commit does: views, then listeners, then ioeventfds (memory-map sections 3 to 5).

#include <algorithm>
#include <utility>

#include "engine/map/memory_map.h"
#include "engine/map/topology_diff.h"

namespace flatcheck::engine {

namespace {

MemoryRegionSection SectionOf(const AddressSpace& space, const FlatRange& range) {
  return {.space = &space,
          .region = range.region,
          .offset = range.offset,
          .size = range.size(),
          .address = range.first,
          .readonly = range.readonly,
          .nonvolatile = range.nonvolatile,
          .unmergeable = range.unmergeable};
}

MemoryRegionSection SectionOf(const AddressSpace& space, const IoEventfd& entry) {
  return {.space = &space, .size = entry.size, .address = entry.address};
}

void InsertByPriority(std::vector<MemoryListener*>& listeners, MemoryListener& listener) {
  const auto behind = std::upper_bound(listeners.begin(), listeners.end(), &listener,
                                       [](const MemoryListener* a, const MemoryListener* b) {
                                         return a->priority() < b->priority();
                                       });
  listeners.insert(behind, &listener);
}

// Sets the flag while it lives, also when a listener throws.
class CallingScope {
 public:
  explicit CallingScope(bool& calling) : calling_(calling) { calling_ = true; }
  ~CallingScope() { calling_ = false; }
  CallingScope(const CallingScope&) = delete;
  CallingScope& operator=(const CallingScope&) = delete;

 private:
  bool& calling_;
};

constexpr auto kIgnore = [](const auto&...) {};

}  // namespace

template <class Call>
void MemoryMap::Tell(const std::vector<MemoryListener*>& listeners, Direction direction,
                     Call call) {
  const CallingScope scope(calling_);
  if (direction == Direction::kForward) {
    std::for_each(listeners.begin(), listeners.end(), [&](MemoryListener* l) { call(*l); });
  } else {
    std::for_each(listeners.rbegin(), listeners.rend(), [&](MemoryListener* l) { call(*l); });
  }
}

void MemoryMap::PublishIfOutermost() {
  if (depth_ != 0) return;
  if (topology_pending_) {
    PublishTopology();
  } else if (ioeventfds_pending_) {
    for (const auto& space : spaces_) UpdateIoEventfds(*space);
    ioeventfds_pending_ = false;
  }
}

void MemoryMap::PublishTopology() {
  DropViewTable();
  for (const auto& space : spaces_) ViewFor(*space->root_);
  // Every new view is rendered; the spaces still publish the old ones.
  Tell(listeners_, Direction::kForward, [](MemoryListener& l) { l.Begin(); });
  for (const auto& space : spaces_) {
    InstallView(*space);
    UpdateIoEventfds(*space);
  }
  topology_pending_ = false;
  ioeventfds_pending_ = false;
  Tell(listeners_, Direction::kForward, [](MemoryListener& l) { l.Commit(); });
}

std::shared_ptr<const FlatView> MemoryMap::ViewFor(MemoryRegion& root) {
  MemoryRegion* const resolved = ResolveRoot(&root);
  if (resolved == nullptr) return empty_view_;
  if (resolved->table_view_ == nullptr) {
    resolved->table_view_ =
        std::make_shared<const FlatView>(resolved, renderer_.Render(*resolved, global_logging_));
    resolved->table_place_ = view_table_.size();
    view_table_.push_back(resolved);
  }
  return resolved->table_view_;
}

void MemoryMap::DropViewTable() {
  for (MemoryRegion* region : view_table_) region->table_view_.reset();
  view_table_.clear();
}

void MemoryMap::InstallView(AddressSpace& space) {
  std::shared_ptr<const FlatView> view = ViewFor(*space.root_);
  if (view == space.view_) return;
  if (!space.listeners_.empty()) {
    WalkDifference(
        *space.view_, *view, [&](const FlatRange& old) { TellRangeDel(space, old); }, kIgnore,
        kIgnore);
    // Every deletion of this space is told before the first addition.
    WalkDifference(
        *space.view_, *view, kIgnore,
        [&](const FlatRange& old, const FlatRange& kept) { TellRangeKept(space, old, kept); },
        [&](const FlatRange& added) { TellRangeAdd(space, added); });
  }
  space.view_ = std::move(view);
}

void MemoryMap::TellRangeDel(AddressSpace& space, const FlatRange& range) {
  for (const CoalescedRange& window : range.region->coalesced()) {
    TellCoalescing(space, range, window, false);
  }
  Tell(space.listeners_, Direction::kReverse,
       [section = SectionOf(space, range)](MemoryListener& l) { l.RegionDel(section); });
}

void MemoryMap::TellRangeAdd(AddressSpace& space, const FlatRange& range) {
  Tell(space.listeners_, Direction::kForward,
       [section = SectionOf(space, range)](MemoryListener& l) { l.RegionAdd(section); });
  for (const CoalescedRange& window : range.region->coalesced()) {
    TellCoalescing(space, range, window, true);
  }
}

void MemoryMap::TellRangeKept(AddressSpace& space, const FlatRange& old, const FlatRange& kept) {
  const MemoryRegionSection section = SectionOf(space, kept);
  const std::uint8_t before = old.log_mask;
  const std::uint8_t after = kept.log_mask;
  Tell(space.listeners_, Direction::kForward, [&](MemoryListener& l) { l.RegionNop(section); });
  if ((after & ~before) != 0) {
    Tell(space.listeners_, Direction::kForward,
         [&](MemoryListener& l) { l.LogStart(section, before, after); });
  }
  if ((before & ~after) != 0) {
    Tell(space.listeners_, Direction::kReverse,
         [&](MemoryListener& l) { l.LogStop(section, before, after); });
  }
}

void MemoryMap::TellCoalescing(AddressSpace& space, const FlatRange& range,
                               const CoalescedRange& window, bool added) {
  const Int128 start = Int128{window.offset} - range.offset + range.first;
  const AddressRange shifted{start, start + window.size};
  if (!Intersects(shifted, range.addresses())) return;
  const AddressRange inside = Intersection(shifted, range.addresses());
  const auto first = static_cast<std::uint64_t>(inside.start);
  const auto length = static_cast<std::uint64_t>(inside.end - inside.start);
  const MemoryRegionSection section = SectionOf(space, range);
  if (added) {
    Tell(space.listeners_, Direction::kForward,
         [&](MemoryListener& l) { l.CoalescedIoAdd(section, first, length); });
  } else {
    Tell(space.listeners_, Direction::kReverse,
         [&](MemoryListener& l) { l.CoalescedIoDel(section, first, length); });
  }
}

void MemoryMap::UpdateIoEventfds(AddressSpace& space) {
  std::vector<IoEventfd> collected = CollectIoEventfds(*space.view_);
  if (collected.empty() && space.ioeventfds_.empty()) return;
  // A merge by Before alone: entries that are not Before each other pass for the same, even if
  // their data differ (memory-map 5.5).
  auto old_entry = space.ioeventfds_.begin();
  auto new_entry = collected.begin();
  while (old_entry != space.ioeventfds_.end() || new_entry != collected.end()) {
    const bool both = old_entry != space.ioeventfds_.end() && new_entry != collected.end();
    if (new_entry == collected.end() || (both && Before(*old_entry, *new_entry))) {
      Tell(space.listeners_, Direction::kForward,
           [&](MemoryListener& l) { l.EventfdDel(SectionOf(space, *old_entry), *old_entry); });
      ++old_entry;
    } else if (!both || Before(*new_entry, *old_entry)) {
      Tell(space.listeners_, Direction::kReverse,
           [&](MemoryListener& l) { l.EventfdAdd(SectionOf(space, *new_entry), *new_entry); });
      ++new_entry;
    } else {
      ++old_entry;
      ++new_entry;
    }
  }
  space.ioeventfds_ = std::move(collected);
}

Refusal MemoryMap::AddCoalescing(MemoryRegion& region, std::uint64_t offset, std::uint64_t size) {
  if (calling_) return Refusal::kInCallback;
  region.coalesced_.push_back({offset, size});
  TellCoalescingEverywhere(region, region.coalesced_.back(), true);
  return Refusal::kNone;
}

Refusal MemoryMap::ClearCoalescing(MemoryRegion& region) {
  if (calling_) return Refusal::kInCallback;
  const std::vector<CoalescedRange> cleared = std::exchange(region.coalesced_, {});
  for (const CoalescedRange& window : cleared) TellCoalescingEverywhere(region, window, false);
  return Refusal::kNone;
}

void MemoryMap::TellCoalescingEverywhere(const MemoryRegion& region, const CoalescedRange& window,
                                         bool added) {
  for (const auto& space : spaces_) {
    for (const FlatRange& range : *space->view_) {
      if (range.region == &region) TellCoalescing(*space, range, window, added);
    }
  }
}

Refusal MemoryMap::StartGlobalLog() {
  if (calling_) return Refusal::kInCallback;
  if (global_logging_) return Refusal::kAlreadyLogging;
  global_logging_ = true;
  Tell(listeners_, Direction::kForward, [](MemoryListener& l) { l.LogGlobalStart(); });
  topology_pending_ = true;
  PublishIfOutermost();
  return Refusal::kNone;
}

Refusal MemoryMap::StopGlobalLog() {
  if (calling_) return Refusal::kInCallback;
  if (!global_logging_) return Refusal::kNotLogging;
  global_logging_ = false;
  topology_pending_ = true;
  PublishIfOutermost();
  Tell(listeners_, Direction::kReverse, [](MemoryListener& l) { l.LogGlobalStop(); });
  return Refusal::kNone;
}

Refusal MemoryMap::SyncLog(const MemoryRegion* region) {
  if (calling_) return Refusal::kInCallback;
  Tell(listeners_, Direction::kForward, [region](MemoryListener& l) {
    for (const FlatRange& range : l.space()->view()) {
      if (range.log_mask == 0 || (region != nullptr && range.region != region)) continue;
      l.LogSync(SectionOf(*l.space(), range));
    }
  });
  return Refusal::kNone;
}

Refusal MemoryMap::EndLogSync() {
  if (calling_) return Refusal::kInCallback;
  Tell(listeners_, Direction::kForward, [](MemoryListener& l) { l.LogGlobalAfterSync(); });
  return Refusal::kNone;
}

Refusal MemoryMap::ClearLog(MemoryRegion& region, std::uint64_t start, std::uint64_t length) {
  if (calling_) return Refusal::kInCallback;
  TellLogClear(region, start, length);
  return Refusal::kNone;
}

void MemoryMap::TellLogClear(const MemoryRegion& region, std::uint64_t start,
                             std::uint64_t length) {
  Tell(listeners_, Direction::kForward, [&](MemoryListener& l) {
    for (const FlatRange& range : l.space()->view()) {
      if (range.log_mask == 0 || range.region != &region) continue;
      // Both ends wrap in 64 bits, as QEMU's do.
      const std::uint64_t range_end = range.offset + (range.last - range.first) + 1;
      const std::uint64_t from = std::max(range.offset, start);
      const std::uint64_t to = std::min(range_end, start + length);
      if (from >= to) continue;
      MemoryRegionSection section = SectionOf(*l.space(), range);
      section.address += from - section.offset;
      section.offset = from;
      section.size = to - from;
      l.LogClear(section);
    }
  });
}

Refusal MemoryMap::RegisterListener(MemoryListener& listener, AddressSpace& space,
                                    std::uint32_t priority) {
  if (calling_) return Refusal::kInCallback;
  if (listener.space_ != nullptr) return Refusal::kAlreadyRegistered;
  listener.space_ = &space;
  listener.priority_ = priority;
  InsertByPriority(listeners_, listener);
  InsertByPriority(space.listeners_, listener);
  Tell({&listener}, Direction::kForward, [&](MemoryListener& l) {
    l.Begin();
    if (global_logging_) l.LogGlobalStart();
    for (const FlatRange& range : space.view()) {
      const MemoryRegionSection section = SectionOf(space, range);
      l.RegionAdd(section);
      if (range.log_mask != 0) l.LogStart(section, 0, range.log_mask);
    }
    l.Commit();
  });
  return Refusal::kNone;
}

Refusal MemoryMap::UnregisterListener(MemoryListener& listener) {
  if (calling_) return Refusal::kInCallback;
  if (listener.space_ == nullptr) return Refusal::kAbsent;
  AddressSpace& space = *listener.space_;
  Tell({&listener}, Direction::kForward, [&](MemoryListener& l) {
    l.Begin();
    for (const FlatRange& range : space.view()) {
      const MemoryRegionSection section = SectionOf(space, range);
      if (range.log_mask != 0) l.LogStop(section, range.log_mask, 0);
      l.RegionDel(section);
    }
    l.Commit();
  });
  std::erase(listeners_, &listener);
  std::erase(space.listeners_, &listener);
  listener.space_ = nullptr;
  return Refusal::kNone;
}

}  // namespace flatcheck::engine
