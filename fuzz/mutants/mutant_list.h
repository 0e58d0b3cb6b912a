// The mutants that this build has: what the tables say of each, save the texts themselves.

#pragma once

#include <span>
#include <string_view>

namespace flatcheck {

struct Mutant {
  std::string_view name;
  std::string_view group;   // Its table's name.
  std::string_view file;    // Where it is planted.
  std::string_view origin;  // "HIST-nn" and the like, or "one token".
  std::string_view what;    // Is wrong, in one line.
};

// How the names begin of those that leave an oracle out: they are the table `without`, and no
// faults.
constexpr std::string_view kLeavesOut = "without-";

// The table of what shows on the host's kernel alone.
constexpr std::string_view kOnHost = "on_host";

// In order of tables; none but in a `mutants` build, whose copy of mutant_list.cc is written by
// fuzz/mutants/plant.cc.
std::span<const Mutant> Mutants();

}  // namespace flatcheck
