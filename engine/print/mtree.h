// A memory map as QEMU 7.2's monitor shows it: `info mtree`, byte for byte but for the order of
// what QEMU orders by a hash, and there oldest first (memory-map section 9).
//
// Where two things share a name the text cannot tell them apart; it is for people. Names are
// printed as they are. Regions show their live attributes, ranges the published ones, so within a
// transaction the two may disagree.

#pragma once

#include <string>

#include "engine/print/space_list.h"

namespace flatcheck::engine {

enum class DisabledRegions { kLeftOut, kShown };  // `-D`

// The trees: one section for each root, headed by its address spaces in order of their names, then
// one for each region that an alias printed so far shows.
//
// A region that is left out still has its children printed, at the depth that they have, and the
// sections of its aliases follow all the same; that is how QEMU does it. An end that wraps in 64
// bits is marked.
std::string PrintTrees(const SpaceList& spaces, DisabledRegions disabled);

enum class DispatchTrees { kLeftOut, kShown };  // `-d`

// `-f`: the published views, each once, with the address spaces that share it. Numbered in the
// order of their oldest spaces.
std::string PrintFlatViews(const SpaceList& spaces, DispatchTrees dispatch);

}  // namespace flatcheck::engine
