#include "fuzz/mutants/mutant_choice.h"

#include <cstdio>
#include <cstdlib>

namespace flatcheck {

namespace {

std::uint32_t Chosen() {
  const char* const name = std::getenv("FLATCHECK_MUTANT");
  return name == nullptr ? 0 : MutantNumber(name);
}

}  // namespace

const std::uint32_t chosen_mutant = Chosen();

void NoteReached() {
  static bool is_noted = false;
  if (is_noted) return;
  is_noted = true;
  const char* const path = std::getenv("FLATCHECK_MUTANT_NOTE");
  if (path == nullptr) return;
  if (std::FILE* const file = std::fopen(path, "w")) std::fclose(file);
}

}  // namespace flatcheck
