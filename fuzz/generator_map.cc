#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "fuzz/backing_of_length.h"
#include "fuzz/generator_scene.h"
#include "fuzz/limits.h"
#include "fuzz/sketch_lookup.h"
#include "fuzz/sketch_memory.h"

namespace flatcheck {
namespace {

using Nature = SketchRegion::Nature;

constexpr std::uint64_t kMaximum = std::numeric_limits<std::uint64_t>::max();
// Of what the kernel coalesces.
constexpr std::uint64_t kKernelLengthMax = std::numeric_limits<std::int32_t>::max();

// So that nothing much of its size can be beside it.
bool IsVast(const SketchRegion& region) { return region.block_max > limits::kRamBytesMax / 4; }

}  // namespace

void Relate(Scene& scene, op::Container& container) {
  const bool is_first = scene.sketch.regions.empty() && !scene.random.OneIn(16);
  if (is_first || scene.random.OneIn(2)) container.size.value = scene.operands.WorldSize();
}

void Relate(Scene& scene, op::Alias& alias) {
  // What is aliased can be added beside its alias, save where it is the root.
  if (!scene.random.OneIn(4)) scene.Prefer(alias.target, scene.sketch.live & ~scene.sketch.Roots());
  if (scene.random.OneIn(8)) scene.Prefer(alias.target, scene.sketch.Of(Nature::kAlias));
  if (scene.random.OneIn(6)) {  // Sums of its offsets may wrap.
    scene.PreferWith(alias.target, [](const SketchRegion& region) {
      return region.size == kMaximum && region.nature != Nature::kContainer;
    });
  }
  if (!scene.Has(alias.target)) return;
  const std::uint64_t target_size = scene.At(alias.target).size;
  const std::size_t lot = scene.random.Below(4);
  if (lot < 2) alias.size.value = target_size;
  if (lot == 2) alias.size.value = scene.operands.GridSize();
  alias.offset.value = scene.random.OneIn(2) ? 0 : scene.operands.OffsetWithin(target_size);
  if (scene.random.OneIn(16)) alias.offset.value = target_size;
  const bool is_all = target_size == kMaximum;  // All of 2^64.
  if (scene.random.OneIn(is_all ? 2 : 8)) {     // A window that ends where the target does.
    alias.offset.value = (is_all ? 0 : target_size) - alias.size.value;
  }
  const SlotSet windows = scene.At(alias.target).aliased_by;
  if (windows != 0 && scene.random.OneIn(4)) {  // What continues another window onto the target.
    const SketchRegion& window = scene.At(*scene.operands.OneOf(windows));
    alias.offset.value = window.alias_offset + window.size;
  }
}

// To a container that some space shows, if there is one, and of something that none shows yet.
void Relate(Scene& scene, op::Add& add) {
  const Sketch& sketch = scene.sketch;
  SlotSet visible = sketch.Visible();
  const SlotSet containers = sketch.Of(Nature::kContainer);
  const bool has_shown = (containers & visible) != 0 && !scene.random.OneIn(16);
  if (!scene.random.OneIn(16)) {
    scene.Prefer(add.parent, has_shown ? containers & visible : containers);
  }
  if (!scene.Has(add.parent)) return;
  if (scene.random.OneIn(8)) visible = 0;  // A root, or seen through an alias: why not.
  scene.Prefer(add.child, sketch.live & ~sketch.hanging & ~visible & ~sketch.Reaching(add.parent));
  if (!scene.Has(add.child)) return;
  add.offset.value = scene.operands.OffsetFor(add.child, add.parent);
  const auto before = WindowBefore(scene.sketch, add);
  if (before && scene.random.OneIn(2)) {  // Side by side they may merge.
    add.offset.value = scene.At(*before).address + scene.At(*before).size;
  }
  // A caller's memory begins within a page of the host: in the guest it must do so, too, to have
  // pages that KVM can take.
  const SketchRegion& child = sketch.At(add.child);
  const bool may_be_callers = child.nature == SketchRegion::Nature::kMemory && !child.is_resizeable;
  if (may_be_callers && scene.random.OneIn(2)) add.offset.value |= StartInHostPage(child.size);
  // What is large would hide all that is there: mostly it lies behind.
  const bool is_large = sketch.At(add.child).size > sketch.At(add.parent).size / 4;
  if (is_large && !scene.random.OneIn(3)) add.priority.value = -1;
}

void Relate(Scene& scene, op::Destroy& destroy) {
  const SlotSet free = scene.sketch.live & ~scene.sketch.hanging & ~scene.sketch.Roots();
  scene.Prefer(destroy.region, free);
  if (!scene.random.OneIn(4)) scene.Prefer(destroy.region, OnceHeld(scene.sketch) & free);
  scene.PreferWith(destroy.region, [](const SketchRegion& region) {
    return IsVast(region) && region.container == RegionSlot{};
  });
}

void Relate(Scene& scene, op::Del& del) {
  const SlotSet held = (Held(scene.sketch) | OnceHeld(scene.sketch)) & scene.sketch.hanging;
  scene.Prefer(del.child, held != 0 && scene.random.OneIn(2) ? held : scene.sketch.hanging);
  scene.PreferWith(del.child, [](const SketchRegion& region) {
    return IsVast(region) && region.container != RegionSlot{};
  });
  if (scene.Has(del.child)) del.parent = scene.At(del.child).container;
}

void Relate(Scene& scene, op::MoveTo& move) {
  if (!scene.Has(move.region)) return;
  const RegionSlot parent = scene.At(move.region).container;
  if (parent == RegionSlot{}) return;
  move.address.value = scene.operands.OffsetFor(move.region, parent);
  const auto sibling = scene.operands.OneOf(scene.At(parent).children);
  if (scene.sketch.depth != 0 && sibling && scene.random.OneIn(4)) {  // They may change places.
    move.address.value = scene.At(*sibling).address;
  }
}

void Relate(Scene& scene, op::Resize& resize) {
  if (!scene.Has(resize.region)) return;
  const SketchRegion& region = scene.At(resize.region);
  if (region.nature == Nature::kContainer && !scene.random.OneIn(4)) {
    resize.size.value = scene.operands.WorldSize();
  } else if (region.nature == Nature::kMemory) {
    const std::uint64_t initial = region.block_max;
    resize.size.value =
        scene.random.OneIn(2) ? initial : initial - scene.operands.OffsetWithin(initial);
  }
}

void Relate(Scene& scene, op::AliasOffset& aim) {
  scene.PreferHanging(aim.region, scene.sketch.Of(Nature::kAlias));
  if (!scene.Has(aim.region) || !scene.Has(scene.At(aim.region).target)) return;
  const std::uint64_t target_size = scene.At(scene.At(aim.region).target).size;
  aim.offset.value = scene.operands.OffsetWithin(target_size);
}

void Relate(Scene& scene, op::RomdMode& mode) {
  scene.PreferWith(mode.region, [](const SketchRegion& region) { return region.is_rom_device; });
  if (!scene.Has(mode.region)) return;
  mode.on.value = !scene.At(mode.region).romd_mode;
}

void Relate(Scene& scene, op::Log& log) {
  if (!scene.random.OneIn(8)) scene.PreferHanging(log.region, scene.sketch.Of(Nature::kMemory));
  log.on.value = scene.random.OneIn(2);
  if (log.on.value) return;
  scene.PreferWith(log.region, [](const SketchRegion& region) { return region.log_users != 0; });
}

void Relate(Scene& scene, op::GlobalLog& log) { log.on.value = !scene.sketch.is_logging; }

void Relate(Scene& scene, op::LogClear& clear) {
  scene.PreferWith(clear.region, [&](const SketchRegion& region) {
    return region.nature == Nature::kMemory && (region.log_users != 0 || scene.sketch.is_logging);
  });
  if (!scene.Has(clear.region)) return;
  const std::uint64_t size = scene.At(clear.region).size;
  const auto [start, length] = scene.operands.StretchOf(size);
  clear = {clear.region, {start}, {length}};
  const std::size_t lot = scene.random.Below(8);
  if (lot < 2) clear.start.value = scene.operands.OffsetWithin(size);
  if (lot == 0) clear.length.value = scene.operands.Near(size);
  if (lot == 1) clear.length.value = scene.operands.Extreme();
  if (lot == 2 && length > limits::kPageSize) {  // Of parts of pages.
    const std::uint64_t into_page = scene.random.Below(limits::kPageSize);
    clear = {clear.region, {start + into_page}, {length - limits::kPageSize}};
  }
}

// Mostly a new doorbell of a device; often one that another differs from in little.
void Relate(Scene& scene, op::EventfdAdd& add) {
  const auto& known = scene.sketch.eventfds;
  const RegionSlot drawn = add.region;
  scene.PreferHanging(add.region, scene.sketch.Of(Nature::kDevice));
  if (scene.random.OneIn(4)) add.region = drawn;
  if (scene.random.OneIn(8)) {
    scene.PreferWith(add.region, [](const SketchRegion& region) { return !region.enabled; });
  }
  if (scene.random.OneIn(8)) {
    scene.PreferWith(add.region, [](const SketchRegion& region) { return region.is_big_endian; });
  }
  add.size.value = scene.random.Pick({0u, 1u, 2u, 2u, 4u, 4u, 8u});
  if (scene.random.OneIn(32)) add.size.value += std::uint64_t{1} << 32;  // More than kernels hold.
  if (!known.empty() && scene.random.OneIn(2)) {
    const op::EventfdAdd drawn_anew = std::exchange(add, known[scene.random.Below(known.size())]);
    for (std::size_t changes = scene.random.OneIn(3) ? 2 : 1; changes > 0; --changes) {
      switch (scene.random.Below(8)) {
        case 0:
          add.region = drawn_anew.region;
          break;
        case 1:
          add.address.value += scene.random.Pick({1u, 2u, 4u, 8u});
          break;
        case 2:
        case 3:
          add.size = drawn_anew.size;
          break;
        case 4:
          add.match.value = !add.match.value;
          break;
        case 5:
          add.data = scene.random.OneIn(2) ? drawn_anew.data : Value{add.data.value + 1};
          break;
        default:
          add.notifier = Next(add.notifier);
      }
    }
  } else if (scene.Has(add.region)) {
    const std::uint64_t size = scene.At(add.region).size;
    add.address.value = scene.operands.OffsetWithin(size);
    if (scene.random.OneIn(2)) add.address.value &= ~std::uint64_t{3};
    // Whose order of bytes decides where they are.
    if (scene.At(add.region).is_big_endian && scene.random.OneIn(2))
      add.data = scene.operands.Data();
  }
}

void Relate(Scene& scene, op::EventfdDel& del) {
  const auto& known = scene.sketch.eventfds;
  if (known.empty()) return;
  const bool is_last = scene.random.OneIn(3);
  const op::EventfdAdd& it = is_last ? known.back() : known[scene.random.Below(known.size())];
  del = {it.region, it.address, it.size, it.match, it.data, it.notifier};
  if (scene.random.OneIn(8)) del.size.value = 0;
  if (!it.match.value && scene.random.OneIn(4)) ++del.data.value;  // Of any data: the same.
}

// Now and then where a doorbell is: the kernel has both on one bus.
void Relate(Scene& scene, op::Coalesce& coalesce) {
  const auto& known = scene.sketch.eventfds;
  if (!known.empty() && scene.random.OneIn(3)) {
    const op::EventfdAdd& bell = known[scene.random.Below(known.size())];
    coalesce = {bell.region, bell.address, {scene.random.Pick({1u, 2u, 4u, 8u})}};
    return;
  }
  const RegionSlot drawn = coalesce.region;
  scene.PreferHanging(coalesce.region, scene.sketch.Of(Nature::kDevice));
  if (scene.random.OneIn(4)) {
    scene.PreferWith(coalesce.region, [](const SketchRegion& region) {
      return region.nature == Nature::kDevice && region.size > kKernelLengthMax;
    });
  }
  if (scene.random.OneIn(4)) {  // Seen more than once, and with more windows than one.
    scene.PreferWith(coalesce.region, [](const SketchRegion& region) {
      return region.nature == Nature::kDevice && region.aliased_by != 0;
    });
  }
  if (scene.random.OneIn(4)) coalesce.region = drawn;
  if (!scene.Has(coalesce.region)) return;
  const std::uint64_t size = scene.At(coalesce.region).size;
  coalesce.offset.value = scene.operands.OffsetWithin(size);
  if (scene.random.OneIn(3)) {
    coalesce.size.value = BytesOf(scene.At(coalesce.region)) - coalesce.offset.value;
  }
  if (size > kKernelLengthMax && scene.random.OneIn(2)) {
    coalesce.size.value = kKernelLengthMax + scene.random.Below(2);
  }
  if (scene.random.OneIn(16)) coalesce = {coalesce.region, {0}, {0}};  // Nothing, yet told.
}

void Relate(Scene& scene, op::Uncoalesce& uncoalesce) {
  scene.PreferWith(uncoalesce.region,
                   [](const SketchRegion& region) { return region.has_windows; });
}

// Most often the top of something, then an alias, which shares a view with its target. An IOMMU
// region that nothing shows is of no use.
void Relate(Scene& scene, op::Space& space) {
  const SlotSet idle_iommus =
      scene.sketch.Of(Nature::kIommu) & ~scene.sketch.hanging & ~scene.sketch.Roots();
  const std::size_t lot = scene.random.Below(16);
  if (idle_iommus != 0 && lot < 14) {
    scene.Prefer(space.root, idle_iommus);
  } else if (lot < 10) {
    scene.Prefer(space.root, scene.sketch.hanging);
    if (scene.Has(space.root)) space.root = scene.sketch.TopOf(space.root);
  } else if (lot < 14) {
    scene.Prefer(space.root, scene.sketch.Of(Nature::kAlias));
  }
}

void Relate(Scene& scene, op::Find& find) {
  if (!scene.Has(find.region)) return;
  find.address.value = scene.operands.OffsetWithin(scene.At(find.region).size);
}

// Also at a doorbell, in its width and with its data.
void Relate(Scene& scene, op::Write& write) {
  const auto& known = scene.sketch.eventfds;
  if (known.empty() || scene.random.OneIn(2)) {
    write.address.value = scene.operands.AccessAddress(write.space);
    write.value = scene.operands.Data();
    return;
  }
  const op::EventfdAdd& bell = known[scene.random.Below(known.size())];
  write.address.value = scene.sketch.AbsoluteAddress(bell.region) + bell.address.value;
  if (bell.size.value != 0) write.length.value = static_cast<std::uint8_t>(bell.size.value % 9);
  write.value = bell.data;
}

// A cycle.
void Offend(Scene& scene, op::Add& add) {
  if (!scene.Has(add.parent) || scene.random.OneIn(2)) return;
  scene.Prefer(add.child, scene.sketch.Reaching(add.parent) & ~scene.sketch.hanging);
}

// Of what only an alias, or only a mapping or a notifier, holds.
void Offend(Scene& scene, op::Destroy& destroy) {
  const Sketch& sketch = scene.sketch;
  const SlotSet free = sketch.live & ~sketch.hanging & ~sketch.Roots();
  SlotSet targets = 0;
  for (SlotSet aliases = sketch.Of(Nature::kAlias); aliases != 0; aliases &= aliases - 1) {
    targets |= SetOf(sketch.regions[static_cast<std::size_t>(std::countr_zero(aliases))].target);
  }
  scene.Prefer(destroy.region, targets & free);
  if (!scene.random.OneIn(4)) scene.Prefer(destroy.region, Held(sketch) & free & ~targets);
}

void Offend(Scene& scene, op::SpaceDestroy& destroy) {
  for (const SketchMapping& mapping : scene.sketch.mappings) {
    const bool is_held = mapping.is_live && !scene.sketch.HasListener(mapping.space);
    if (is_held && !scene.random.OneIn(4)) destroy.space = mapping.space;
  }
}

}  // namespace flatcheck
