// A RegionTree is what the operations of a program have made, as far as they took effect: regions,
// where they hang and in which order, their attributes, IOMMU tables, and the address spaces.
//
// It decides nothing: whether an operation took effect, a trace says. It renders and translates
// nothing either.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fuzz/program.h"
#include "fuzz/trace.h"

namespace flatcheck {

// Leads the addresses that differ from `iova` in the bits of the mask only.
struct TreeEntry {
  std::uint64_t iova = 0;
  std::uint64_t mask = 0;
  SpaceSlot target{};
  std::uint64_t address = 0;
  std::uint8_t permission = 0;
};

struct TreeRegion {
  std::string_view kind;  // As in text: "container", "ram", ...
  bool is_live = false;
  bool enabled = true;
  bool readonly = false;
  bool nonvolatile = false;
  bool unmergeable = false;
  bool romd_mode = true;
  Size size = 0;
  RegionSlot container{};     // Absent without one; address and priority are then without meaning,
  std::uint64_t address = 0;  // but for the address of an address space's root.
  std::int32_t priority = 0;
  std::vector<RegionSlot> children{};  // In front to behind.
  RegionSlot target{};                 // Of an alias.
  std::uint64_t alias_offset = 0;
  std::uint64_t log_users = 0;
  std::uint64_t eventfds = 0;
  std::uint64_t windows = 0;         // Coalesced ones.
  Profile profile{};                 // Of a device.
  Size size_max = 0;                 // Of RAM that can be resized.
  IommuTraits traits{};              // Of an IOMMU, like what follows.
  std::vector<TreeEntry> entries{};  // In order of creation.
  std::uint64_t notifiers = 0;

  bool IsAlias() const { return target != RegionSlot{}; }
  // Whether accesses end here and do not only pass.
  bool Terminates() const { return kind != "container" && kind != "alias"; }
};

struct TreeSpace {
  bool is_live = false;
  RegionSlot root;
};

struct TreeNotifier {
  RegionSlot region;  // Of the IOMMU.
};

struct RegionTree {
  // Does what the operation does where it takes effect; else only its slot is used up.
  void Perform(const Operation& operation, bool takes_effect);

  // The region at the end of the alias chain.
  RegionSlot EndOfAliases(RegionSlot slot) const;

  const TreeRegion& At(RegionSlot slot) const { return regions[slot.index]; }
  TreeRegion& At(RegionSlot slot) { return regions[slot.index]; }

  // By slot, dead ones too.
  std::vector<TreeRegion> regions;
  std::vector<TreeSpace> spaces;
  std::vector<TreeNotifier> notifiers;
  std::uint64_t depth = 0;  // Of open transactions.
  bool is_logging = false;  // Migration's dirty log.
};

}  // namespace flatcheck
