// A RegionTree is what the granted operations of a program have made: regions, where they hang and
// in which order, their attributes, and the address spaces.
//
// It decides nothing: whether a request is granted, a trace says. It renders nothing either.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fuzz/program.h"
#include "fuzz/trace.h"

namespace flatcheck {

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
  std::uint64_t windows = 0;  // Coalesced ones.

  bool IsAlias() const { return target != RegionSlot{}; }
  // Whether accesses end here and do not only pass.
  bool Terminates() const { return kind != "container" && kind != "alias"; }
};

struct TreeSpace {
  bool is_live = false;
  RegionSlot root;
};

struct RegionTree {
  // Does what the operation does when it is granted; of a refused one only the slot is used up.
  void Perform(const Operation& operation, bool is_granted);

  const TreeRegion& At(RegionSlot slot) const { return regions[slot.index]; }
  TreeRegion& At(RegionSlot slot) { return regions[slot.index]; }

  // By slot, dead ones too.
  std::vector<TreeRegion> regions;
  std::vector<TreeSpace> spaces;
  std::uint64_t depth = 0;  // Of open transactions.
  bool is_logging = false;  // Migration's dirty log.
};

}  // namespace flatcheck
