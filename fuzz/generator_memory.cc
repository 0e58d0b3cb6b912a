#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "fuzz/generator_scene.h"
#include "fuzz/limits.h"
#include "fuzz/sketch_lookup.h"
#include "fuzz/sketch_memory.h"

namespace flatcheck {
namespace {

using Nature = SketchRegion::Nature;

constexpr std::uint64_t kPage = limits::kPageSize;
constexpr std::uint64_t kMaximum = std::numeric_limits<std::uint64_t>::max();

// A request on dirty pages: of memory that logs, if there is any, and for the client that does.
template <class Op>
void RelateDirty(Scene& scene, Op& operation) {
  const Sketch& sketch = scene.sketch;
  scene.Prefer(operation.region, sketch.Of(Nature::kMemory));
  if (!scene.random.OneIn(4)) {
    scene.PreferWith(operation.region, [&](const SketchRegion& region) {
      return region.nature == Nature::kMemory && (region.log_users != 0 || sketch.is_logging);
    });
  }
  if (scene.random.OneIn(2)) {  // In several words of bits, or what else comes in pieces.
    const std::uint64_t pages = scene.random.OneIn(2) ? 64 : 1 << 16;
    scene.PreferWith(operation.region, [pages](const SketchRegion& region) {
      return region.block_max > pages * kPage;
    });
  }
  if (!scene.Has(operation.region)) return;
  const SketchRegion& region = scene.At(operation.region);
  const bool may_reach_max = std::is_same_v<Op, op::Dirty> && scene.random.OneIn(4);
  const auto stretch =
      scene.operands.StretchOf(may_reach_max ? region.block_max : region.block_used);
  operation.address.value = stretch.start;
  operation.length.value = stretch.length;
  if constexpr (requires { operation.client; }) {
    const Client likely = region.log_users != 0 ? Client::kVga : Client::kMigration;
    if (!scene.random.OneIn(4)) operation.client.value = likely;
  }
}

// Past the end, or of what has no block.
template <class Op>
void OffendDirty(Scene& scene, Op& operation) {
  RelateDirty(scene, operation);
  if (!scene.Has(operation.region)) return;
  if (scene.random.OneIn(4)) {
    scene.Prefer(operation.region, scene.sketch.live & ~scene.sketch.Of(Nature::kMemory));
    return;
  }
  const SketchRegion& region = scene.At(operation.region);
  const std::uint64_t end = std::is_same_v<Op, op::Dirty> ? region.block_max : region.block_used;
  operation.length.value = end - operation.address.value + 1 + scene.random.Below(kPage);
}

// Bytes of a mapping; mostly of its first page, which is there when the rest is not.
template <class Op>
void RelateBytes(Scene& scene, Op& operation) {
  if (!scene.sketch.IsLive(operation.mapping)) return;
  const std::uint64_t length = scene.sketch.mappings[operation.mapping.index].length;
  const std::uint64_t reach = scene.random.OneIn(8) ? length : std::min(length, kPage);
  operation.offset.value = scene.random.OneIn(3) ? 0 : scene.operands.OffsetWithin(reach);
  const std::uint64_t rest = reach - operation.offset.value;
  if (operation.length.value > rest) {
    operation.length.value = static_cast<std::uint8_t>(rest);
  }
}

template <class Op>
void OffendBytes(Scene& scene, Op& operation) {
  RelateBytes(scene, operation);
  if (!scene.sketch.IsLive(operation.mapping)) return;
  const std::uint64_t length = scene.sketch.mappings[operation.mapping.index].length;
  operation.offset.value = scene.random.OneIn(4) ? kMaximum : length;
  operation.length.value = static_cast<std::uint8_t>(1 + scene.random.Below(8));
}

// An entry of the region's table, or null.
const op::IommuMap* DrawEntry(Scene& scene, RegionSlot region) {
  const auto& entries = scene.sketch.iommu_entries;
  if (entries.empty()) return nullptr;
  const std::size_t start = scene.random.Below(entries.size());
  for (std::size_t step = 0; step < entries.size(); ++step) {
    const op::IommuMap& entry = entries[(start + step) % entries.size()];
    if (entry.region == region) return &entry;
  }
  return nullptr;
}

// A live notifier of the region, or null.
const SketchNotifier* DrawNotifier(Scene& scene, RegionSlot region) {
  const auto& notifiers = scene.sketch.notifiers;
  if (notifiers.empty()) return nullptr;
  const std::size_t start = scene.random.Below(notifiers.size());
  for (std::size_t step = 0; step < notifiers.size(); ++step) {
    const SketchNotifier& notifier = notifiers[(start + step) % notifiers.size()];
    if (notifier.is_live && notifier.region == region) return &notifier;
  }
  return nullptr;
}

// Another space than the IOMMU's own most often: what leads back to it ends at a limit.
SpaceSlot DrawTarget(Scene& scene, RegionSlot iommu, SpaceSlot drawn) {
  const auto& spaces = scene.sketch.spaces;
  if (spaces.empty() || scene.random.OneIn(6)) return drawn;
  const std::size_t start = scene.random.Below(spaces.size());
  for (std::size_t step = 0; step < spaces.size(); ++step) {
    const std::size_t index = (start + step) % spaces.size();
    if (!spaces[index].is_live) continue;
    const SlotSet visible = scene.sketch.VisibleFrom(spaces[index].root);
    if ((visible & SetOf(iommu)) == 0) return {static_cast<std::uint16_t>(index)};
  }
  return drawn;
}

}  // namespace

void Relate(Scene& scene, op::ResizeableRam& ram) {
  ram.size_max.value = (1 + scene.random.Below(16)) * kPage;
  const std::size_t lot = scene.random.Below(8);
  if (lot < 3) {
    ram.size.value = (1 + scene.random.Below(ram.size_max.value / kPage)) * kPage;
  } else if (lot < 6) {
    ram.size.value = scene.random.Below(ram.size_max.value + 1);
  } else {
    ram.size.value = lot == 6 ? ram.size_max.value : 0;
  }
  if (scene.random.OneIn(8)) ram.size_max.value -= scene.random.Below(kPage);
  ram.size.value = std::min(ram.size.value, ram.size_max.value);
  if (scene.random.OneIn(16)) ram.size_max.value = limits::kRamBytesMax >> scene.random.Below(3);
}

void Relate(Scene& scene, op::Iommu& iommu) {
  iommu.size.value =
      scene.random.OneIn(4) ? scene.operands.WorldSize() : (1 + scene.random.Below(32)) * kPage;
  if (scene.random.OneIn(16)) {  // As much as a replay goes through, or a page more.
    iommu.size.value = (limits::kReplayPagesMax + scene.random.Below(2)) * kPage;
  }
  iommu.traits = {scene.random.OneIn(3), scene.random.OneIn(8)};
}

// Within the largest size, to one that rounds alike, or beyond.
void Relate(Scene& scene, op::RamResize& resize) {
  scene.Prefer(resize.region, scene.sketch.Of(Nature::kMemory));
  if (!scene.random.OneIn(8)) {
    scene.PreferWith(resize.region,
                     [](const SketchRegion& region) { return region.is_resizeable; });
  }
  if (!scene.Has(resize.region)) return;
  const SketchRegion& region = scene.At(resize.region);
  const std::uint64_t pages = region.block_max / kPage;
  const std::size_t lot = scene.random.Below(16);
  resize.size.value = lot < 5   ? scene.random.Below(std::min<std::uint64_t>(pages, 64) + 1) * kPage
                      : lot < 9 ? region.block_max - scene.operands.OffsetWithin(region.block_max)
                      : lot < 11 ? region.block_used - scene.random.Below(kPage)
                      : lot < 12 ? region.size
                      : lot < 13 ? region.block_max
                      : lot < 14 ? 0
                                 : region.block_max + scene.random.Pick({1u, 0x1000u});
}

void Relate(Scene& scene, op::AccessValid& valid) {
  valid.address.value = scene.operands.AccessAddress(valid.space);
  valid.length.value =
      scene.random.Pick({0u, 1u, 2u, 3u, 4u, 8u, 8u, 16u, 32u, 64u, 0x1000u, 0x1001u});
}

void Relate(Scene& scene, op::Dirty& dirty) { RelateDirty(scene, dirty); }
void Relate(Scene& scene, op::TestClear& clear) { RelateDirty(scene, clear); }
void Relate(Scene& scene, op::Snapshot& snapshot) { RelateDirty(scene, snapshot); }
void Relate(Scene& scene, op::SetDirty& set) { RelateDirty(scene, set); }

void Relate(Scene& scene, op::Map& map) {
  map.address.value = scene.operands.MappableAddress(map.space, map.is_write.value);
  map.length.value = scene.random.Pick(
      {1u, 4u, 8u, 0x10u, 0x40u, 0x100u, 0x800u, 0x1000u, 0x1001u, 0x2000u, 0x4000u});
  if (scene.random.OneIn(32)) map.length.value = scene.random.OneIn(2) ? 0 : kMaximum;
}

void Relate(Scene& scene, op::Unmap& unmap) {
  if (!scene.sketch.IsLive(unmap.mapping)) return;
  const std::uint64_t length = scene.sketch.mappings[unmap.mapping.index].length;
  const std::uint64_t reach = std::min(length, kPage);
  unmap.access_length.value = scene.random.OneIn(2)   ? reach
                              : scene.random.OneIn(4) ? 0
                                                      : scene.operands.OffsetWithin(reach);
}

void Relate(Scene& scene, op::Peek& peek) { RelateBytes(scene, peek); }
void Relate(Scene& scene, op::Poke& poke) {
  RelateBytes(scene, poke);
  poke.value = scene.operands.Data();
}

void Relate(Scene& scene, op::HostOf& host) {
  host.address.value = scene.operands.MappableAddress(host.space, false);
}

void Relate(Scene& scene, op::RegionPointer& pointer) {
  const Sketch& sketch = scene.sketch;
  const SlotSet direct = sketch.Of(Nature::kMemory) | sketch.Of(Nature::kAlias);
  scene.Prefer(pointer.region, direct);
}

// On pages that accesses reach, and where other entries are.
void Relate(Scene& scene, op::IommuMap& map) {
  scene.Prefer(map.region, scene.sketch.Of(Nature::kIommu));
  if (!scene.Has(map.region)) return;
  const op::IommuMap* other = scene.random.OneIn(3) ? DrawEntry(scene, map.region) : nullptr;
  map.iova.value = scene.operands.OffsetWithin(scene.At(map.region).size);
  if (other != nullptr) {  // Over it, or where it ends.
    map.iova.value = other->iova.value + (scene.random.OneIn(2) ? 0 : other->mask.value + 1);
  }
  map.iova.value &= ~map.mask.value;
  map.target = DrawTarget(scene, map.region, map.target);
  SpaceSlot target = map.target;
  map.address.value = scene.operands.AddressOf(Answering(scene.sketch), target);
  if (scene.sketch.IsLive(map.target) && scene.random.OneIn(2)) {  // To where another one leads on.
    const op::IommuMap* next = DrawEntry(scene, scene.sketch.spaces[map.target.index].root);
    if (next != nullptr) map.address = next->iova;
  }
  if (!scene.random.OneIn(4)) map.address.value &= ~map.mask.value;
  if (scene.random.OneIn(2)) map.permission.value = 3;
}

void Relate(Scene& scene, op::IommuUnmap& unmap) {
  const auto& entries = scene.sketch.iommu_entries;
  if (entries.empty()) return;
  const op::IommuMap& entry = entries[scene.random.Below(entries.size())];
  unmap = {entry.region, entry.iova};
}

// What an IOMMU at the root of a space has an entry for.
void Relate(Scene& scene, op::IotlbEntry& request) {
  request.address.value = scene.operands.AccessAddress(request.space);
  const Sketch& sketch = scene.sketch;
  if (sketch.iommu_entries.empty() || scene.random.OneIn(4)) return;
  const op::IommuMap& entry = sketch.iommu_entries[scene.random.Below(sketch.iommu_entries.size())];
  for (std::size_t index = 0; index < sketch.spaces.size(); ++index) {
    const SketchSpace& space = sketch.spaces[index];
    if (!space.is_live || space.root != entry.region) continue;
    request.space = {static_cast<std::uint16_t>(index)};
    request.address.value = entry.iova.value + scene.operands.OffsetWithin(entry.mask.value + 1);
    return;
  }
}

// Of all addresses, of the region, of one entry, or of a stretch that cuts entries.
void Relate(Scene& scene, op::IommuNotifierAdd& add) {
  const Sketch& sketch = scene.sketch;
  const auto aliased = scene.operands.Find([&](const SketchRegion& region) {
    return region.nature == Nature::kAlias &&
           sketch.At(sketch.TargetOf(region.target)).nature == Nature::kIommu;
  });
  scene.Prefer(add.region, sketch.Of(Nature::kIommu));
  if (aliased && scene.random.OneIn(4)) add.region = *aliased;
  if (!scene.Has(add.region)) return;
  const std::uint64_t size = scene.At(add.region).size;
  const op::IommuMap* entry = DrawEntry(scene, add.region);
  const std::size_t lot = scene.random.Below(8);
  add.first.value = 0;
  add.last.value = lot < 3 || size == 0 ? kMaximum : size - 1;
  if (lot >= 4 && entry != nullptr) {
    add.first = entry->iova;
    add.last.value = entry->iova.value + entry->mask.value;
  }
  if (lot == 6) add.first.value = scene.operands.OffsetWithin(add.last.value);
  if (lot == 7) add.last.value -= (add.last.value - add.first.value) / 2;
}

// An entry's, or one for a notifier: inside it, and now and then larger.
void Relate(Scene& scene, op::IommuNotify& notify) {
  scene.Prefer(notify.region, scene.sketch.Of(Nature::kIommu));
  if (!scene.Has(notify.region)) return;
  notify.mask.value = scene.random.Pick({0u, 0xffu, 0xfffu, 0xfffu, 0x1fffu, 0xffffu});
  const op::IommuMap* entry = scene.random.OneIn(2) ? DrawEntry(scene, notify.region) : nullptr;
  const SketchNotifier* notifier = DrawNotifier(scene, notify.region);
  if (entry != nullptr) {
    notify.iova = entry->iova;
    notify.mask.value = entry->mask.value;
    notify.address = entry->address;
  } else if (notifier != nullptr) {
    const std::uint64_t extent = notifier->last - notifier->first;
    const std::uint64_t place = scene.operands.OffsetWithin(std::min(extent, 16 * kPage));
    notify.mask.value = std::min(notify.mask.value, extent - place);
    notify.iova.value = notifier->first + place;
  }
  if (notifier != nullptr && !scene.random.OneIn(4)) {  // One that it hears of.
    const std::uint8_t flags = notifier->flags.value;
    notify.type.value = static_cast<std::uint8_t>(flags & (~flags + 1));
  }
  if (notify.type.value == 1) notify.permission.value = 0;
}

void Offend(Scene& scene, op::ResizeableRam& ram) {
  Relate(scene, ram);
  ram.size.value = ram.size_max.value + 1 + scene.random.Below(kPage);
}

void Offend(Scene& scene, op::RamResize& resize) {
  const Sketch& sketch = scene.sketch;
  scene.Prefer(resize.region, sketch.live & ~sketch.Of(Nature::kMemory));
}

void Offend(Scene& scene, op::Dirty& dirty) { OffendDirty(scene, dirty); }
void Offend(Scene& scene, op::TestClear& clear) { OffendDirty(scene, clear); }
void Offend(Scene& scene, op::Snapshot& snapshot) { OffendDirty(scene, snapshot); }
void Offend(Scene& scene, op::SetDirty& set) { OffendDirty(scene, set); }

void Offend(Scene& scene, op::Unmap& unmap) {
  if (!scene.sketch.IsLive(unmap.mapping)) return;
  const std::uint64_t length = scene.sketch.mappings[unmap.mapping.index].length;
  unmap.access_length.value = length + (length != kMaximum ? 1 : 0);
}

void Offend(Scene& scene, op::Peek& peek) { OffendBytes(scene, peek); }
void Offend(Scene& scene, op::Poke& poke) { OffendBytes(scene, poke); }

// An alias of memory that begins past its end.
void Offend(Scene& scene, op::RegionPointer& pointer) {
  const Sketch& sketch = scene.sketch;
  SlotSet beyond = 0;
  for (SlotSet aliases = sketch.Of(Nature::kAlias); aliases != 0; aliases &= aliases - 1) {
    const RegionSlot alias{static_cast<std::uint16_t>(std::countr_zero(aliases))};
    const bool is_of_memory = sketch.At(sketch.TargetOf(alias)).nature == Nature::kMemory;
    if (is_of_memory && !Allows(sketch, op::RegionPointer{alias})) beyond |= SetOf(alias);
  }
  scene.Prefer(pointer.region, beyond);
}

// Not aligned to its size.
void Offend(Scene& scene, op::IommuMap& map) {
  Relate(scene, map);
  map.iova.value += map.mask.value / 2 + 1;
}

void Offend(Scene& scene, op::IommuNotifierAdd& add) {
  Relate(scene, add);
  if (scene.random.OneIn(2)) {
    add.flags.value = 0;
  } else {
    std::swap(add.first, add.last);
  }
}

// Across the edge of a notifier, or an unmap event with a permission.
void Offend(Scene& scene, op::IommuNotify& notify) {
  Relate(scene, notify);
  const SketchNotifier* notifier = DrawNotifier(scene, notify.region);
  if (notifier == nullptr || scene.random.OneIn(3)) {
    notify.type.value = 1;
    notify.permission.value = 3;
  } else {
    const bool has_room_behind = notifier->last <= kMaximum - kPage;
    notify.iova.value = has_room_behind ? notifier->last : notifier->first - 1;
    notify.mask.value = kPage - 1;
  }
}

// A region of too many pages.
void Offend(Scene& scene, op::IommuReplay& replay) {
  const auto& notifiers = scene.sketch.notifiers;
  for (std::size_t index = 0; index < notifiers.size(); ++index) {
    const IommuNotifierSlot slot{static_cast<std::uint16_t>(index)};
    if (notifiers[index].is_live && !Allows(scene.sketch, op::IommuReplay{slot})) {
      replay.notifier = slot;
    }
  }
}

}  // namespace flatcheck
