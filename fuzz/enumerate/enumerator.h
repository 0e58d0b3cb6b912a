// An Enumerator goes through all programs of one alphabet up to a length, each in one form only.
//
// Programs that are the same under other names, or after moves within a transaction changed places
// that commute (Alphabet::Commute), are a class; of each class the program comes whose moves are
// the least, compared from the first. The beginning of such a program is the least of its own
// class: so the search extends what it has found, and a program's last step is the only one that no
// earlier program has shown. Left out are
//
//   what names an object that does not exist;
//   what goes on after a question, a refusal, or a move that changes nothing (such as disabling
//     what is disabled): without that move it is a shorter program;
//   what leaves a region of its world unused: it is a program of a smaller world.
//
// What is refused and what changes nothing is foreseen by a Sketch.

#pragma once

#include <cstddef>
#include <vector>

#include "fuzz/enumerate/alphabet.h"
#include "fuzz/program.h"
#include "fuzz/sketch.h"

namespace flatcheck {

class Enumerator {
 public:
  // Programs of one to moves_max moves that begin with `first`.
  // REQUIRES: moves_max is not 0; the alphabet outlives the enumerator.
  Enumerator(const Alphabet& alphabet, std::size_t moves_max, Move first);

  // Goes to the next program; false if there is none. Programs come before those that extend them.
  bool Next();

  const Program& program() const { return program_; }
  // Whether no program extends it: its last move asks, is refused or changes nothing.
  bool ends() const { return letters_.back().is_last; }
  // How many of its steps are a program that came before, or one of a smaller world.
  std::size_t known_steps() const {
    return letters_.size() == 1 ? 0 : program_.operations.size() - 1;
  }

 private:
  struct Letter {
    Move move = 0;
    bool is_last = false;     // Nothing can follow.
    bool is_movable = false;  // Within a transaction, and not the last.
  };
  struct Level {
    Sketch sketch;     // Behind the letters so far.
    SlotSet used = 0;  // The world's own regions that they use.
    Move next = 0;     // What to try here.
    Move end = 0;      // Where trials end.
  };

  bool TryMove(Move move);
  void TakeBack();
  bool CanUseAll() const;
  bool IsLeastOfClass() const;
  bool IsNoMoreThan(std::size_t symmetry) const;
  bool CanComeFirst(const std::vector<Letter>& letters, std::size_t index) const;

  const Alphabet& alphabet_;
  const std::size_t moves_max_;
  int uses_per_move_ = 0;
  std::vector<Letter> letters_;
  std::vector<Level> levels_;  // One more than may be letters; those behind them are memory.
  Program program_;
};

}  // namespace flatcheck
