// Which mutant runs: a mutant is a fault that is planted in the sources of a `mutants` build and
// sleeps until FLATCHECK_MUTANT, in the environment, names it. FLATCHECK_WITHOUT names a second
// one, of the table without.mutants: an oracle that is not asked.
//
// Planted sources ask IsMutant("name") at the place of the fault (fuzz/mutants/planting.h); no
// other source does. A mutant that is asked for is reached; it has infected the state when its
// wrong text first came to another value than the right one would have. (A wrong statement counts
// as having done so, and what has effects.) Where FLATCHECK_MUTANT_NOTE names a file, both are
// noted there. Names that no fault has choose none.

#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace flatcheck {

// Of a name; 0 stands for none. Planting refuses two names with one number.
constexpr std::uint32_t MutantNumber(std::string_view name) {
  std::uint32_t number = 2166136261u;  // FNV-1a.
  for (const char letter : name) {
    number = (number ^ static_cast<std::uint8_t>(letter)) * 16777619u;
  }
  return number;
}

extern const std::uint32_t chosen_mutant;
extern const std::uint32_t oracle_left_out;

// Leave a note, each the first time only.
void NoteReached();
void NoteInfected();

// The number of a name in planted sources, at no cost when they run.
struct MutantName {
  std::uint32_t number;
  // NOLINTNEXTLINE(google-explicit-constructor): IsMutant("name").
  consteval MutantName(const char* name) : number(MutantNumber(name)) {}
};

constexpr bool IsMutant(MutantName name) {
  if (std::is_constant_evaluated()) return false;
  if (name.number == oracle_left_out) return true;
  if (name.number != chosen_mutant) [[likely]]
    return false;
  NoteReached();
  return true;
}

// For statements and what has effects: wrong whenever it runs.
constexpr bool IsWrong(MutantName name) {
  if (!IsMutant(name)) return false;
  if (name.number == chosen_mutant) NoteInfected();
  return true;
}

// The wrong one of two values, of the type that `? :` would give it.
template <class Wrong, class Right>
constexpr auto Infect(Wrong&& wrong, Right&& right)
    -> decltype(true ? std::forward<Wrong>(wrong) : std::forward<Right>(right)) {
  if constexpr (requires { bool(wrong == right); }) {
    if (!bool(wrong == right)) NoteInfected();
  } else {
    NoteInfected();
  }
  return std::forward<Wrong>(wrong);
}

}  // namespace flatcheck
