// Which mutant runs: a mutant is a fault that is planted in the sources of a `mutants` build and
// sleeps until FLATCHECK_MUTANT, in the environment, names it.
//
// Planted sources ask IsMutant("name") at the place of the fault (fuzz/mutants/planting.h); no
// other source does. A mutant that is asked for is reached: where FLATCHECK_MUTANT_NOTE names a
// file, that is made then. Names that no fault has choose none.

#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

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

// Leaves the note; the first time only.
void NoteReached();

// The number of a name in planted sources, at no cost when they run.
struct MutantName {
  std::uint32_t number;
  // NOLINTNEXTLINE(google-explicit-constructor): IsMutant("name").
  consteval MutantName(const char* name) : number(MutantNumber(name)) {}
};

constexpr bool IsMutant(MutantName name) {
  if (std::is_constant_evaluated()) return false;
  if (name.number != chosen_mutant) [[likely]]
    return false;
  NoteReached();
  return true;
}

}  // namespace flatcheck
