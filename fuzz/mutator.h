// Mutations turn a program into a similar one, by its structure: operations, operands, objects.
//
// Laws: what comes out is canonical (fuzz/draft.h), within the generator's limits, and depends on
// the program and the random numbers alone. What goes in is canonical too, as all that is decoded,
// parsed or generated is; where it is beyond the limits it is cut off.

#pragma once

#include <cstdint>

#include "fuzz/program.h"
#include "fuzz/random.h"
#include "fuzz/theme.h"

namespace flatcheck {

enum class Mutation : std::uint8_t {
  kSplice,       // A stretch of a new program comes in, sometimes in place of another.
  kInsert,       // New operations that suit what stands before them.
  kNewOperand,   // One operand is drawn anew.
  kNearOperand,  // One number moves by a little, or to an extreme.
  kMove,         // A stretch changes its place.
  kDuplicate,    // A stretch or an object again, with other addresses.
  kTransaction,  // begin and commit around a stretch.
  kRemove,
};
inline constexpr std::size_t kMutationCount = 8;

// One mutation. Now and then it changes nothing, or finds nothing to change. In the theme of maps a
// program without operations on memory stays without them.
void Mutate(Program& program, Mutation mutation, Random& random, Theme theme = Theme::kMap);

// Some mutations by weight, five in the mean.
void Mutate(Program& program, Random& random, Theme theme = Theme::kMap);

// The beginning of one program and the end of another, whose operands find objects of the first; or
// the operations of both in turns.
Program Cross(const Program& first, const Program& second, Random& random);

}  // namespace flatcheck
