// A table of mutants: a text file (`*.mutants`) that says what to plant where.
//
//     # A comment.
//     file engine/map/render.cc             of the mutants below, up to the next one
//
//     mutant alias-base-unsigned            a name that it keeps for good
//     origin HIST-02
//     what   the offset of an alias counts as unsigned
//     after  void Walk(                     left out where `right` is there once
//     right  base - target->address()
//     wrong  base + target->address()       left out: nothing is done
//     effects yes                           left out where `right` has none: else both are
//     evaluated also   reference/model_view.cc        left out, or once and more: further after,
//     right and
//                                           wrong, all of which are one fault
//
// `right` is an expression, or one or more whole statements: then it ends with `;` or begins with
// `for (` or `if (`. It is found whatever its blanks and line ends; with `after`, it is the first
// one from the beginning of that text on. `wrong` is of the same kind.

#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace flatcheck {

struct MutantText {
  std::string name;
  std::string group;
  std::string file;
  std::string origin;
  std::string what;
  std::string after;
  std::string right;
  std::string wrong;
  std::string effects;
};

// The mutants, or one line that says what is wrong with the table. `path` names it.
std::variant<std::vector<MutantText>, std::string> ParseMutants(const std::string& path,
                                                                std::string_view text);

}  // namespace flatcheck
