#include "fuzz/mutants/mutant_choice.h"

#include <cstdio>
#include <cstdlib>

namespace flatcheck {

namespace {

std::uint32_t Chosen(const char* variable) {
  const char* const name = std::getenv(variable);
  return name == nullptr ? 0 : MutantNumber(name);
}

void Note(const char* word) {
  const char* const path = std::getenv("FLATCHECK_MUTANT_NOTE");
  if (path == nullptr) return;
  if (std::FILE* const file = std::fopen(path, "a")) {
    std::fputs(word, file);
    std::fclose(file);
  }
}

}  // namespace

const std::uint32_t chosen_mutant = Chosen("FLATCHECK_MUTANT");
const std::uint32_t oracle_left_out = Chosen("FLATCHECK_WITHOUT");

void NoteReached() {
  static const bool is_noted = (Note("reached\n"), true);
  static_cast<void>(is_noted);
}

void NoteInfected() {
  static const bool is_noted = (Note("infected\n"), true);
  static_cast<void>(is_noted);
}

}  // namespace flatcheck
