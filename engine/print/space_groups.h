// Address spaces by what they have in common.

#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "engine/print/space_list.h"

namespace flatcheck::engine {

// The spaces that share a key (a pointer), in the order given; the groups in the order of their
// first ones.
template <class KeyOf>
std::vector<SpaceList> GroupedBy(KeyOf key_of, const SpaceList& spaces) {
  std::vector<SpaceList> groups;
  std::unordered_map<const void*, std::size_t> group_of;
  for (const AddressSpace* space : spaces) {
    const auto [known, is_new] = group_of.try_emplace(key_of(*space), groups.size());
    if (is_new) groups.emplace_back();
    groups[known->second].push_back(space);
  }
  return groups;
}

}  // namespace flatcheck::engine
