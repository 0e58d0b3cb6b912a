// A map in the words of those who show maps to people: QEMU's `info mtree` (memory-map section 9),
// and a firmware's e820.
//
// Where QEMU goes by a hash, what was created first comes first.

#pragma once

#include <string>
#include <vector>

#include "reference/model.h"

namespace flatcheck::reference {

// By the numbers of the objects, of which each has one, live or not.
struct ObjectNames {
  std::vector<std::string> regions;
  std::vector<std::string> spaces;
};

// `shows_disabled` is `-D`.
std::string ListTrees(const Model& model, const ObjectNames& names, bool shows_disabled);

// `-f`: the views as they are published. REQUIRES: no transaction is open.
std::string ListViews(const Model& model, const ObjectNames& names);

// RAM that can be written is usable, or persistent where it is nonvolatile, in whole pages of 4
// KiB; whatever else has bytes, or wants the addresses for nobody, is reserved; devices are left
// out. REQUIRES: no transaction is open.
std::string ListE820(const Model& model, SpaceId space);

}  // namespace flatcheck::reference
