#include "fuzz/sketch_memory.h"

#include <algorithm>
#include <limits>

#include "fuzz/limits.h"
#include "fuzz/sketch_lookup.h"

namespace flatcheck {
namespace {

using Nature = SketchRegion::Nature;

constexpr std::uint8_t kMapEvents = 2;
constexpr std::uint8_t kDeviceIotlbEvents = 4;

bool HasBlock(const SketchRegion& region) { return region.nature == Nature::kMemory; }
bool IsIommu(const SketchRegion& region) { return region.nature == Nature::kIommu; }

bool IsWithin(std::uint64_t start, std::uint64_t length, std::uint64_t size) {
  return start <= size && length <= size - start;
}

// Of a request in the used part of a block.
template <class Op>
bool IsInUse(const Sketch& sketch, const Op& operation) {
  const SketchRegion& region = sketch.At(operation.region);
  return HasBlock(region) &&
         IsWithin(operation.address.value, operation.length.value, region.block_used);
}

template <class Op>
bool IsInMapping(const Sketch& sketch, const Op& operation) {
  return IsWithin(operation.offset.value, operation.length.value,
                  sketch.mappings[operation.mapping.index].length);
}

// Whether a mapping has the one that there is.
bool HasBounceBuffer(const Sketch& sketch) {
  return std::ranges::any_of(sketch.mappings, [](const SketchMapping& mapping) {
    return mapping.is_live && mapping.is_bounce;
  });
}

// The newest entry with this IOVA.
template <class Entries>
auto FindEntry(Entries& entries, const op::IommuUnmap& unmap) {
  return std::find_if(entries.rbegin(), entries.rend(), [&](const op::IommuMap& entry) {
    return entry.region == unmap.region && entry.iova == unmap.iova;
  });
}

}  // namespace

bool HasMapping(const Sketch& sketch, SpaceSlot space) {
  return std::ranges::any_of(sketch.mappings, [&](const SketchMapping& mapping) {
    return mapping.is_live && mapping.space == space;
  });
}

SlotSet Held(const Sketch& sketch) {
  SlotSet held = 0;
  for (const SketchMapping& mapping : sketch.mappings) {
    if (mapping.is_live) held |= mapping.memory;
  }
  for (const SketchNotifier& notifier : sketch.notifiers) {
    if (notifier.is_live) held |= SetOf(notifier.region);
  }
  return held;
}

SlotSet OnceHeld(const Sketch& sketch) {
  SlotSet held = 0;
  for (const SketchSpace& space : sketch.spaces) {
    if (!space.is_live) held |= SetOf(space.root);
  }
  for (const SketchMapping& mapping : sketch.mappings) {
    if (!mapping.is_live) held |= mapping.memory;
  }
  return held;
}

bool Allows(const Sketch& sketch, const op::ResizeableRam& ram) {
  const std::uint64_t max = ram.size_max.value;
  return max != 0 && ram.size.value <= max && max <= limits::kRamBytesMax &&
         WholePages(max) <= limits::kRamBytesMax - sketch.memory_bytes;
}

bool Allows(const Sketch& sketch, const op::RamResize& resize) {
  return HasBlock(sketch.At(resize.region));
}

bool Allows(const Sketch&, const op::AccessValid& valid) {
  return valid.length.value <= limits::kAccessValidLengthMax;
}

bool Allows(const Sketch& sketch, const op::Dirty& dirty) {
  const SketchRegion& region = sketch.At(dirty.region);
  return HasBlock(region) && IsWithin(dirty.address.value, dirty.length.value, region.block_max);
}

bool Allows(const Sketch& sketch, const op::TestClear& clear) { return IsInUse(sketch, clear); }
bool Allows(const Sketch& sketch, const op::Snapshot& snapshot) {
  return IsInUse(sketch, snapshot);
}
bool Allows(const Sketch& sketch, const op::SetDirty& set) { return IsInUse(sketch, set); }

bool Allows(const Sketch& sketch, const op::Unmap& unmap) {
  return unmap.access_length.value <= sketch.mappings[unmap.mapping.index].length;
}

bool Allows(const Sketch& sketch, const op::Peek& peek) { return IsInMapping(sketch, peek); }
bool Allows(const Sketch& sketch, const op::Poke& poke) { return IsInMapping(sketch, poke); }

bool Allows(const Sketch& sketch, const op::RegionPointer& pointer) {
  std::uint64_t offset = 0;
  RegionSlot slot = pointer.region;
  for (; sketch.At(slot).nature == Nature::kAlias; slot = sketch.At(slot).target) {
    offset += sketch.At(slot).alias_offset;
  }
  return HasBlock(sketch.At(slot)) && offset < sketch.At(slot).block_max;
}

bool Allows(const Sketch& sketch, const op::IommuMap& map) {
  return IsIommu(sketch.At(map.region)) && (map.iova.value & map.mask.value) == 0;
}

bool Allows(const Sketch& sketch, const op::IommuUnmap& unmap) {
  return IsIommu(sketch.At(unmap.region)) &&
         FindEntry(sketch.iommu_entries, unmap) != sketch.iommu_entries.rend();
}

bool Allows(const Sketch& sketch, const op::IommuNotifierAdd& add) {
  return IsIommu(sketch.At(sketch.TargetOf(add.region))) && add.flags.value != 0 &&
         add.first <= add.last;
}

// Whether each notifier that is not cropped for takes the whole event or nothing.
bool Allows(const Sketch& sketch, const op::IommuNotify& notify) {
  const std::uint64_t first = notify.iova.value;
  const std::uint64_t last = first + notify.mask.value;
  if (!IsIommu(sketch.At(notify.region)) || last < first) return false;
  if (notify.type.value == 1 && notify.permission.value != 0) return false;
  return std::ranges::none_of(sketch.notifiers, [&](const SketchNotifier& notifier) {
    const bool crops = (notifier.flags.value & kDeviceIotlbEvents) != 0;
    const bool overlaps = first <= notifier.last && notifier.first <= last;
    const bool is_inside = notifier.first <= first && last <= notifier.last;
    return notifier.is_live && notifier.region == notify.region && !crops && overlaps && !is_inside;
  });
}

bool Allows(const Sketch& sketch, const op::IommuReplay& replay) {
  const SketchNotifier& notifier = sketch.notifiers[replay.notifier.index];
  return sketch.At(notifier.region).size <= limits::kReplayPagesMax * limits::kPageSize;
}

void Change(Sketch& sketch, const op::RamResize& resize) {
  SketchRegion& region = sketch.At(resize.region);
  const std::uint64_t size = resize.size.value;
  if (size > region.block_max) return;
  if (!region.is_resizeable && WholePages(size) != region.block_used) return;
  region.size = size;
  region.block_used = WholePages(size);
}

void Change(Sketch& sketch, const op::Unmap& unmap) {
  sketch.mappings[unmap.mapping.index].is_live = false;
}

void Change(Sketch& sketch, const op::IommuMap& map) { sketch.iommu_entries.push_back(map); }

void Change(Sketch& sketch, const op::IommuUnmap& unmap) {
  sketch.iommu_entries.erase(std::next(FindEntry(sketch.iommu_entries, unmap)).base());
}

void Change(Sketch& sketch, const op::IommuNotifierDel& del) {
  sketch.notifiers[del.notifier.index].is_live = false;
}

void Create(Sketch& sketch, const op::Map& map, bool is_granted) {
  SketchMapping mapping{is_granted && map.length.value != 0, map.space, map.length.value};
  const RegionSlot leaf = LeafAt(sketch, map.space, map.address.value);
  mapping.is_bounce = (MappedDirectly(sketch, map.is_write.value) & SetOf(leaf)) == 0;
  if (mapping.is_bounce && HasBounceBuffer(sketch)) mapping.is_live = false;
  if (is_granted && !mapping.is_bounce) {
    const SlotSet visible = sketch.VisibleFrom(sketch.spaces[map.space.index].root);
    const bool may_lead_anywhere = (visible & sketch.Of(Nature::kIommu)) != 0;
    const SlotSet reached = may_lead_anywhere ? sketch.Visible() : visible;
    const SlotSet memory = sketch.Of(Nature::kMemory);
    mapping.memory = (memory & SetOf(leaf)) != 0 ? SetOf(leaf) : memory & reached;
  }
  sketch.mappings.push_back(mapping);
}

void Create(Sketch& sketch, const op::IommuNotifierAdd& add, bool is_granted) {
  SketchNotifier notifier{is_granted, {}, add.first.value, add.last.value, add.flags};
  if (is_granted) {
    notifier.region = sketch.TargetOf(add.region);
    // What the region refuses is an answer, and no notifier.
    const bool is_refused =
        sketch.At(notifier.region).refuses_map_events && (add.flags.value & kMapEvents) != 0;
    notifier.is_live = !is_refused;
  }
  sketch.notifiers.push_back(notifier);
}

}  // namespace flatcheck
