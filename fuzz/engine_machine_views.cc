// The published views of the engine's machine, what lies at an address in them, and the whole map
// as it is printed.

#include <cstddef>
#include <cstdint>

#include "engine/print/e820.h"
#include "engine/print/mtree.h"
#include "engine/ram/access.h"
#include "fuzz/engine_machine.h"

namespace flatcheck {

void EngineMachine::ObserveViews(Trace& trace) const {
  const auto spaces_begin = trace.views.size();
  for (const auto& space : map_.spaces()) {
    const engine::FlatView& view = space->view();
    ViewSeen seen{.space = SlotOf(*space),
                  .root = SlotOf(&space->root()),
                  .origin = engine::OriginOf(space->root()),
                  .view_root = SlotOf(view.root()),
                  .shares_with = SlotOf(*space)};
    for (std::size_t i = 0; spaces_begin + i < trace.views.size(); ++i) {
      if (&map_.spaces()[i]->view() != &view) continue;
      seen.shares_with = trace.views[spaces_begin + i].space;
      break;
    }
    seen.ranges.begin = static_cast<std::uint32_t>(trace.ranges.size());
    for (const engine::FlatRange& range : view) {
      trace.ranges.push_back({.first = range.first,
                              .last = range.last,
                              .region = SlotOf(range.region),
                              .offset = range.offset,
                              .readonly = range.readonly,
                              .nonvolatile = range.nonvolatile,
                              .unmergeable = range.unmergeable,
                              .romd_mode = range.romd_mode,
                              .log_mask = range.log_mask});
    }
    seen.ranges.end = static_cast<std::uint32_t>(trace.ranges.size());
    trace.views.push_back(seen);
  }
}

Translated EngineMachine::Translate(SpaceSlot space, std::uint64_t address, std::uint64_t length,
                                    bool is_write) const {
  const engine::Translation translation =
      engine::Translate(map_, *spaces_[space.index], address, length, is_write);
  return {SlotOf(translation.region), translation.offset, translation.length};
}

Found EngineMachine::Find(RegionSlot region, std::uint64_t address, std::uint64_t size) const {
  const engine::Finding finding = engine::Find(map_, *regions_[region.index], address, size);
  if (finding.region == nullptr) return {};
  return {true,
          {.region = SlotOf(finding.region),
           .address = finding.address,
           .size = finding.size,
           .offset = finding.offset,
           .readonly = finding.readonly,
           .nonvolatile = finding.nonvolatile,
           .unmergeable = false}};
}

HostPlace EngineMachine::HostOf(SpaceSlot space, std::uint64_t address) const {
  const engine::Translation at = engine::Translate(map_, *spaces_[space.index], address, 1, false);
  if (at.region == nullptr || !at.region->IsDirect(false)) return {};
  const std::uint8_t* const host = at.region->ram()->host();
  if (host == nullptr) return {};
  const engine::RamList::Place by_host = map_.ram_list().FromHost(host + at.offset);
  const std::uint64_t ram_address = by_host.block->offset() + by_host.offset;
  // The other way to it, which must lead to the same place.
  const engine::RamList::Place place = map_.ram_list().FromRamAddress(ram_address);
  if (place.block != by_host.block || place.offset != by_host.offset) return {};
  return {
      .region = SlotOf(&place.block->region()), .offset = place.offset, .ram_address = ram_address};
}

std::string EngineMachine::List(Listing listing) const {
  const engine::SpaceList spaces = engine::AllSpaces(map_);
  switch (listing) {
    case Listing::kTrees:
      return PrintTrees(spaces, engine::DisabledRegions::kLeftOut);
    case Listing::kAllTrees:
      return PrintTrees(spaces, engine::DisabledRegions::kShown);
    case Listing::kViews:
      return PrintFlatViews(spaces, engine::DispatchTrees::kLeftOut);
    case Listing::kE820:
      break;
  }
  std::string text;
  for (const engine::AddressSpace* space : spaces) text += PrintE820(space->view()) + "\n";
  return text;
}

}  // namespace flatcheck
