#include "fuzz/sketch_lookup.h"

#include <bit>

namespace flatcheck {
namespace {

using Nature = SketchRegion::Nature;

RegionSlot FirstOf(SlotSet regions) {
  return {static_cast<std::uint16_t>(std::countr_zero(regions))};
}

// Looks no further after so many regions: trees may have many paths, and tables lead in circles.
constexpr int kVisitsMax = 256;

class Lookup {
 public:
  explicit Lookup(const Sketch& sketch) : sketch_(sketch) {}

  RegionSlot In(SpaceSlot space, std::uint64_t address) {
    return sketch_.IsLive(space) ? In(sketch_.spaces[space.index].root, address) : RegionSlot{};
  }

 private:
  RegionSlot In(RegionSlot slot, std::uint64_t offset) {
    if (!sketch_.IsLive(slot) || ++visits_ > kVisitsMax) return {};
    const SketchRegion& region = sketch_.At(slot);
    if (!region.enabled || offset >= region.size) return {};
    switch (region.nature) {
      case Nature::kContainer:
        return InChildren(region.children, offset);
      case Nature::kAlias:
        return In(region.target, offset + region.alias_offset);
      case Nature::kIommu:
        return Behind(slot, offset);
      default:
        return slot;
    }
  }

  RegionSlot InChildren(SlotSet children, std::uint64_t offset) {
    while (children != 0) {
      const RegionSlot top = TopOf(children);
      const RegionSlot leaf = In(top, offset - sketch_.At(top).address);
      if (leaf != RegionSlot{}) return leaf;
      children &= ~SetOf(top);
    }
    return {};
  }

  RegionSlot TopOf(SlotSet siblings) const {
    RegionSlot top = FirstOf(siblings);
    for (; siblings != 0; siblings &= siblings - 1) {
      const RegionSlot next = FirstOf(siblings);
      if (sketch_.At(next).priority >= sketch_.At(top).priority) top = next;
    }
    return top;
  }

  RegionSlot Behind(RegionSlot iommu, std::uint64_t offset) {
    for (auto it = sketch_.iommu_entries.rbegin(); it != sketch_.iommu_entries.rend(); ++it) {
      const std::uint64_t mask = it->mask.value;
      if (it->region != iommu || (offset & ~mask) != it->iova.value) continue;
      if (it->permission.value == 0) break;
      const RegionSlot leaf = In(it->target, (it->address.value & ~mask) | (offset & mask));
      return leaf != RegionSlot{} ? leaf : iommu;
    }
    return iommu;
  }

  const Sketch& sketch_;
  int visits_ = 0;
};

template <class Property>
SlotSet Those(const Sketch& sketch, SlotSet regions, Property&& has_property) {
  SlotSet those = 0;
  for (; regions != 0; regions &= regions - 1) {
    const RegionSlot slot = FirstOf(regions);
    if (has_property(sketch.At(slot))) those |= SetOf(slot);
  }
  return those;
}

}  // namespace

RegionSlot LeafAt(const Sketch& sketch, SpaceSlot space, std::uint64_t address) {
  return Lookup(sketch).In(space, address);
}

SlotSet Answering(const Sketch& sketch) {
  return sketch.Of(Nature::kDevice) | sketch.Of(Nature::kMemory);
}

SlotSet AnsweringByCallback(const Sketch& sketch) {
  return sketch.Of(Nature::kDevice) |
         Those(sketch, sketch.Of(Nature::kMemory),
               [](const SketchRegion& region) { return region.is_rom_device; });
}

SlotSet MappedDirectly(const Sketch& sketch, bool is_write) {
  return Those(sketch, sketch.Of(Nature::kMemory), [&](const SketchRegion& region) {
    if (region.is_rom_device) return !is_write && region.romd_mode;
    return !region.is_ram_device && !(is_write && region.readonly);
  });
}

std::optional<RegionSlot> WindowBefore(const Sketch& sketch, const op::Add& add) {
  const SketchRegion& child = sketch.At(add.child);
  if (child.nature != Nature::kAlias) return std::nullopt;
  SlotSet windows = sketch.At(child.target).aliased_by & sketch.At(add.parent).children;
  for (; windows != 0; windows &= windows - 1) {
    const RegionSlot window{static_cast<std::uint16_t>(std::countr_zero(windows))};
    if (sketch.At(window).alias_offset + sketch.At(window).size == child.alias_offset) {
      return window;
    }
  }
  return std::nullopt;
}

}  // namespace flatcheck
