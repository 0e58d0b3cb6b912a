// An Alphabet is the moves of one world, numbered, with what is known of them without running any:
// which are the same under other names, and which change places with no one noticing.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "fuzz/enumerate/universe.h"
#include "fuzz/program.h"
#include "fuzz/sketch.h"

namespace flatcheck {

using Move = std::uint16_t;

class Alphabet {
 public:
  Alphabet(World world, std::vector<Operation> moves);

  const World& world() const { return world_; }
  Move size() const { return static_cast<Move>(moves_.size()); }
  const Operation& At(Move move) const { return moves_[move]; }

  // How many of the world's symmetries there are, and what a move becomes under one.
  std::size_t symmetries() const { return images_.size(); }
  Move Image(std::size_t symmetry, Move move) const { return images_[symmetry][move]; }

  // Whether the two, one after the other within a transaction, do the same in either order: each
  // writes fields that the other does not read, and what an outermost commit does is the same. That
  // is so for two settings of attributes, of two regions or of two sorts, and for a setting and a
  // change of places. (The pending flag reads `enabled`, memory-map 1.4; setting that always sets
  // the flag.)
  bool Commute(Move a, Move b) const { return commute_[std::size_t{a} * size() + b]; }

  // The world's own regions that the move names, with the targets of those that are aliases.
  SlotSet Uses(Move move) const { return uses_[move]; }
  // The world's own regions.
  SlotSet Own() const { return own_; }

 private:
  void FindImages();
  void FindCommuting();
  SlotSet UsesOf(const Operation& operation) const;

  World world_;
  std::vector<Operation> moves_;
  std::vector<std::vector<Move>> images_;
  std::vector<bool> commute_;
  std::vector<SlotSet> uses_;
  SlotSet own_ = 0;
};

}  // namespace flatcheck
