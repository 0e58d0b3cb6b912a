// The address spaces that a printer is asked for, in the order to print them in.

#pragma once

#include <vector>

#include "engine/map/memory_map.h"

namespace flatcheck::engine {

using SpaceList = std::vector<const AddressSpace*>;

// All, in order of creation.
inline SpaceList AllSpaces(const MemoryMap& map) {
  SpaceList spaces;
  for (const auto& space : map.spaces()) spaces.push_back(space.get());
  return spaces;
}

}  // namespace flatcheck::engine
