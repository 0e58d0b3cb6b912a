// Planting makes each right text of a source a choice: where an expression `right` stood,
//
//     (flatcheck::IsMutant("name") ? flatcheck::Infect((wrong), (right)) : (right))
//
// or, where one of them counts up or down or the table says that it has effects,
//
//     (flatcheck::IsWrong("name") ? (wrong) : (right))
//
// and where statements did,
//
//     if (flatcheck::IsWrong("name")) { wrong } else { right }
//
// Several mutants of one text, or of a part of another's, nest. Lines keep their numbers, and
// `#line` names the file that the source is a copy of.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fuzz/mutants/mutant_table.h"

namespace flatcheck {

// The source with the faults that `mutants` has of `file` in it; or one line that names a mutant
// whose text is not there exactly once, or overlaps another's in part.
struct Planted {
  std::string source;
  std::string error;  // Empty if all are planted.
};

Planted Plant(const std::string& file, std::string_view source,
              const std::vector<MutantText>& mutants);

}  // namespace flatcheck
