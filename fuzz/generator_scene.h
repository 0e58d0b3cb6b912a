// How a generator chooses operands that belong together. Private to the generator: map operations
// in generator_map.cc, operations on memory in generator_memory.cc.

#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>

#include "fuzz/limits.h"
#include "fuzz/operand_chooser.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/program.h"
#include "fuzz/random.h"
#include "fuzz/sketch.h"
#include "fuzz/sketch_lookup.h"

namespace flatcheck {

// What Relate looks at.
struct Scene {
  const Sketch& sketch;
  OperandChooser& operands;
  Random& random;

  bool Has(RegionSlot slot) const { return sketch.IsLive(slot); }
  const SketchRegion& At(RegionSlot slot) const { return sketch.At(slot); }
  // Puts one of the regions, if there are any, in the slot.
  void Prefer(RegionSlot& slot, SlotSet regions) const {
    slot = operands.OneOf(regions).value_or(slot);
  }
  // The same, and one that hangs somewhere most often.
  void PreferHanging(RegionSlot& slot, SlotSet regions) const {
    const SlotSet hanging = regions & sketch.hanging;
    Prefer(slot, hanging != 0 && !random.OneIn(8) ? hanging : regions);
  }
  template <class Property>
  void PreferWith(RegionSlot& slot, Property&& has_property) const {
    slot = operands.Find(has_property).value_or(slot);
  }
};

// An aligned access of a size that the device takes.
template <class Op>
void RelateWidth(Scene& scene, Op& access) {
  const RegionSlot leaf = LeafAt(scene.sketch, access.space, access.address.value);
  if (!scene.Has(leaf)) return;
  // Memory takes all; what crosses from one piece of it to the next is best.
  if (scene.At(leaf).nature == SketchRegion::Nature::kMemory && !scene.random.OneIn(4)) return;
  if (scene.At(leaf).takes_unaligned && scene.random.OneIn(2)) return;
  const AccessSizes& valid = scene.At(leaf).valid;
  if (valid.max != 0) {
    access.width.value =
        std::clamp(access.width.value, std::max(valid.min, std::uint8_t{1}), valid.max);
  }
  access.address.value &= ~(std::uint64_t{access.width.value} - 1);
}

inline Notifier Next(Notifier notifier) {
  return {static_cast<std::uint8_t>((notifier.value + 1) % limits::kNotifiers)};
}

inline op::EventfdDel Removal(const op::EventfdAdd& bell) {
  return {bell.region, bell.address, bell.size, bell.match, bell.data, bell.notifier};
}

// Relate: operands of one operation that belong together. They come drawn by type alone.

template <class Op>
void Relate(Scene& scene, Op& operation) {
  if constexpr (CreatesMemory<Op>) {
    operation.size.value = scene.operands.MemorySize();
  } else if constexpr (CreatesRegion<Op>) {
    if (!scene.random.OneIn(6)) operation.size.value = scene.operands.GridSize();
    if (std::same_as<Op, op::Io> && scene.random.OneIn(8)) {
      operation.size.value = scene.operands.WorldSize();
    }
  }
  if constexpr (kAttribute<Op> != nullptr) {
    if (scene.random.OneIn(2)) {  // What is switched from its first state is switched back.
      scene.PreferWith(operation.region, [](const SketchRegion& region) {
        return region.*kAttribute<Op> != SketchRegion().*kAttribute<Op>;
      });
    }
    if (!scene.Has(operation.region)) return;
    const bool is_on = scene.At(operation.region).*kAttribute<Op>;
    operation.on.value = scene.random.OneIn(8) == is_on;
  }
  if constexpr (requires { operation.space.index, operation.address; }) {
    operation.address.value = scene.operands.AccessAddress(operation.space);
  }
  if constexpr (requires { operation.width; }) {
    if (!scene.random.OneIn(4)) RelateWidth(scene, operation);
  }
  if constexpr (kIsOneOf<Op, op::Store, op::WriteRom>) operation.value = scene.operands.Data();
}

void Relate(Scene& scene, op::Container& container);
void Relate(Scene& scene, op::Alias& alias);
void Relate(Scene& scene, op::Add& add);
void Relate(Scene& scene, op::Destroy& destroy);
void Relate(Scene& scene, op::Del& del);
void Relate(Scene& scene, op::MoveTo& move);
void Relate(Scene& scene, op::Resize& resize);
void Relate(Scene& scene, op::AliasOffset& aim);
void Relate(Scene& scene, op::RomdMode& mode);
void Relate(Scene& scene, op::Log& log);
void Relate(Scene& scene, op::GlobalLog& log);
void Relate(Scene& scene, op::LogClear& clear);
void Relate(Scene& scene, op::EventfdAdd& add);
void Relate(Scene& scene, op::EventfdDel& del);
void Relate(Scene& scene, op::Coalesce& coalesce);
void Relate(Scene& scene, op::Uncoalesce& uncoalesce);
void Relate(Scene& scene, op::Space& space);
void Relate(Scene& scene, op::Find& find);
void Relate(Scene& scene, op::Write& write);

void Relate(Scene& scene, op::ResizeableRam& ram);
void Relate(Scene& scene, op::Iommu& iommu);
void Relate(Scene& scene, op::RamResize& resize);
void Relate(Scene& scene, op::AccessValid& valid);
void Relate(Scene& scene, op::Dirty& dirty);
void Relate(Scene& scene, op::TestClear& clear);
void Relate(Scene& scene, op::Snapshot& snapshot);
void Relate(Scene& scene, op::SetDirty& set);
void Relate(Scene& scene, op::Map& map);
void Relate(Scene& scene, op::Unmap& unmap);
void Relate(Scene& scene, op::Peek& peek);
void Relate(Scene& scene, op::Poke& poke);
void Relate(Scene& scene, op::HostOf& host);
void Relate(Scene& scene, op::RegionPointer& pointer);
void Relate(Scene& scene, op::IommuMap& map);
void Relate(Scene& scene, op::IommuUnmap& unmap);
void Relate(Scene& scene, op::IotlbEntry& entry);
void Relate(Scene& scene, op::IommuNotifierAdd& add);
void Relate(Scene& scene, op::IommuNotify& notify);

// Offend: operands of a refusal that chance alone seldom finds.

template <class Op>
void Offend(Scene&, Op&) {}
void Offend(Scene& scene, op::Add& add);
void Offend(Scene& scene, op::Destroy& destroy);
void Offend(Scene& scene, op::SpaceDestroy& destroy);

void Offend(Scene& scene, op::ResizeableRam& ram);
void Offend(Scene& scene, op::RamResize& resize);
void Offend(Scene& scene, op::Dirty& dirty);
void Offend(Scene& scene, op::TestClear& clear);
void Offend(Scene& scene, op::Snapshot& snapshot);
void Offend(Scene& scene, op::SetDirty& set);
void Offend(Scene& scene, op::Unmap& unmap);
void Offend(Scene& scene, op::Peek& peek);
void Offend(Scene& scene, op::Poke& poke);
void Offend(Scene& scene, op::RegionPointer& pointer);
void Offend(Scene& scene, op::IommuMap& map);
void Offend(Scene& scene, op::IommuNotifierAdd& add);
void Offend(Scene& scene, op::IommuNotify& notify);
void Offend(Scene& scene, op::IommuReplay& replay);

}  // namespace flatcheck
