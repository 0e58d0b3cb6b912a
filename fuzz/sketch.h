// A Sketch is what a list of operations has probably made: objects, where they hang, what is open.
//
// The generator chooses operands from it and guesses which requests are granted. It renders no
// views and knows no limits of depth or paths; where it is wrong, a program holds one refusal more
// or less.

#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fuzz/operation_kinds.h"
#include "fuzz/program.h"

namespace flatcheck {

// Regions by slot: bit n is region n. Slots above 63, which only the deepest generated trees have,
// are in no set.
using SlotSet = std::uint64_t;
inline SlotSet SetOf(RegionSlot slot) {
  return slot.index < 64 ? SlotSet{1} << slot.index : SlotSet{0};
}

struct SketchRegion {
  // Memory is what has a RAM block of its own.
  enum class Nature : std::uint8_t { kContainer, kDevice, kReservation, kMemory, kAlias, kIommu };

  Nature nature = Nature::kContainer;
  bool is_live = false;
  AccessSizes valid{};  // Of its callbacks.
  bool takes_unaligned = false;
  bool is_big_endian = false;
  bool is_rom_device = false;
  bool is_ram_device = false;
  bool is_resizeable = false;
  bool refuses_map_events = false;  // An IOMMU region's notifiers.
  bool enabled = true;
  bool readonly = false;
  bool nonvolatile = false;
  bool unmergeable = false;
  bool romd_mode = true;
  bool has_windows = false;    // Coalesced ones.
  std::uint8_t log_users = 0;  // `log R 1` not yet undone.
  RegionSlot container{};      // Absent without one.
  RegionSlot target{};         // Of an alias.
  SlotSet children = 0;
  SlotSet aliased_by = 0;
  std::int32_t priority = 0;
  std::uint64_t address = 0;
  std::uint64_t alias_offset = 0;
  std::uint64_t size = 0;
  std::uint64_t block_used = 0;  // Whole pages.
  std::uint64_t block_max = 0;
};

// The region's size modulo 2^64: the largest size that there is stands for 2^64 (memory-map 0.6).
inline std::uint64_t BytesOf(const SketchRegion& region) {
  return region.size == UINT64_MAX ? 0 : region.size;
}

// Operations by what they make of a region.
template <class Op>
concept CreatesMemory = kIsOneOf<Op, op::Ram, op::Rom, op::RomDevice, op::RamDevice>;
template <class Op>
concept CreatesBlock = CreatesMemory<Op> || std::same_as<Op, op::ResizeableRam>;

// The attribute that an operation switches on and off, or null.
template <class Op>
inline constexpr bool SketchRegion::*kAttribute = nullptr;
template <>
inline constexpr bool SketchRegion::*kAttribute<op::Enable> = &SketchRegion::enabled;
template <>
inline constexpr bool SketchRegion::*kAttribute<op::Readonly> = &SketchRegion::readonly;
template <>
inline constexpr bool SketchRegion::*kAttribute<op::Nonvolatile> = &SketchRegion::nonvolatile;
template <>
inline constexpr bool SketchRegion::*kAttribute<op::Unmergeable> = &SketchRegion::unmergeable;
template <>
inline constexpr bool SketchRegion::*kAttribute<op::RomdMode> = &SketchRegion::romd_mode;

struct SketchSpace {
  bool is_live = false;
  RegionSlot root;
};

struct SketchListener {
  bool is_live = false;
  SpaceSlot space;
};

struct SketchMapping {
  bool is_live = false;
  SpaceSlot space;
  std::uint64_t length = 0;  // What was asked for.
  SlotSet memory = 0;        // The regions one of which it may be of.
  bool is_bounce = false;    // Of the one bounce buffer.
};

struct SketchNotifier {
  bool is_live = false;
  RegionSlot region;  // The IOMMU region.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  EventFlags flags;
};

// Where an access met something.
struct SketchAccess {
  SpaceSlot space;
  std::uint64_t address = 0;
};

struct Sketch {
  // Whether the request would be granted.
  bool Grants(const Operation& operation) const;
  // Whether all that it names is live.
  bool HasOperands(const Operation& operation) const;
  // Does what the operation does; if it is not granted, that is at most to leave a dead object.
  void Perform(const Operation& operation);

  bool IsLive(RegionSlot slot) const;
  bool IsLive(SpaceSlot slot) const;
  bool IsLive(ListenerSlot slot) const;
  bool IsLive(MappingSlot slot) const;
  bool IsLive(IommuNotifierSlot slot) const;
  SketchRegion& At(RegionSlot slot) { return regions[slot.index]; }
  const SketchRegion& At(RegionSlot slot) const { return regions[slot.index]; }

  // The regions from which container -> child and alias -> target edges lead to the region, itself
  // among them. REQUIRES: the slot is defined.
  SlotSet Reaching(RegionSlot slot) const;
  // The roots of live address spaces.
  SlotSet Roots() const;
  // The regions to which edges lead from there, the roots among them.
  SlotSet Visible() const;
  SlotSet VisibleFrom(RegionSlot root) const;
  // The end of the container chain. REQUIRES: the slot is defined.
  RegionSlot TopOf(RegionSlot slot) const;
  // Where the region starts, seen from there. REQUIRES: the slot is defined.
  std::uint64_t AbsoluteAddress(RegionSlot slot) const;
  // The end of the alias chain. REQUIRES: the slot is defined.
  RegionSlot TargetOf(RegionSlot slot) const;
  bool HasListener(SpaceSlot slot) const;

  // The live regions, and of these: those that have a container, those of a nature.
  SlotSet live = 0;
  SlotSet hanging = 0;
  std::array<SlotSet, 6> natures{};
  SlotSet Of(SketchRegion::Nature nature) const {
    return natures[static_cast<std::size_t>(nature)];
  }

  // By slot, dead ones too.
  std::vector<SketchRegion> regions;
  std::vector<SketchSpace> spaces;
  std::vector<SketchListener> listeners;
  std::vector<SketchMapping> mappings;
  std::vector<SketchNotifier> notifiers;
  std::vector<op::EventfdAdd> eventfds;
  std::vector<op::IommuMap> iommu_entries;  // Oldest first.
  // The last ones, in a ring.
  static constexpr std::size_t kAccessesKept = 8;
  std::array<SketchAccess, kAccessesKept> accesses{};
  std::size_t access_count = 0;
  std::size_t depth = 0;
  bool is_logging = false;
  std::uint64_t memory_bytes = 0;
};

}  // namespace flatcheck
