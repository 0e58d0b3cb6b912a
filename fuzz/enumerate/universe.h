// A Universe is what small programs are made of: a stage that all of them begin with, sorts of
// regions that they may create, and the moves that can follow. A World is one choice of regions.
//
// Regions come before all moves: no operation of another kind depends on when a region was created.
// Worlds that differ in the order of their regions alone are one world.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fuzz/program.h"

namespace flatcheck {

// Region slots, by region slot: the regions of a world under other names.
using Renaming = std::vector<std::uint16_t>;

struct World {
  std::vector<Operation> start;    // What each of its programs begins with.
  std::vector<Operation> regions;  // By slot: what creates it.
  std::uint16_t first_own = 0;     // Slots below are the stage's.
  // Under which it stays the same world; the first one changes nothing.
  std::vector<Renaming> symmetries;

  // Behind the last slot.
  std::uint16_t end() const { return static_cast<std::uint16_t>(regions.size()); }
  template <class... Ops>
  bool Is(RegionSlot slot) const {
    return (std::holds_alternative<Ops>(regions[slot.index]) || ...);
  }
};

struct Universe {
  std::string_view name;
  std::vector<Operation> stage;
  // Operations that create a region. The target of an alias is left open: each region before it.
  std::vector<Operation> sorts;
  // Of worlds that differ in the names of regions alone it returns the same moves under other
  // names, and of a part of a world those that name nothing else.
  std::vector<Operation> (*moves)(const World& world);
};

// Every choice of at most so many regions, once.
std::vector<World> WorldsOf(const Universe& universe, std::size_t regions_max);

// The operation, with its regions under other names.
Operation Renamed(Operation operation, const Renaming& renaming);

}  // namespace flatcheck
