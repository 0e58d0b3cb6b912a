// Programs that go up to a limit, and beyond.

#pragma once

#include <cstddef>

#include "fuzz/generator.h"
#include "fuzz/program.h"
#include "fuzz/random.h"

namespace flatcheck {

inline constexpr std::size_t kExtremeLength = 128;  // Operations, of the shortest such program.

// A tree that is as deep, or leads over as many paths, as one may be; a region with as many users
// of its log as are counted; a view of many ranges. The program gets at most `room` operations in
// all. REQUIRES: room >= kExtremeLength
void WriteExtreme(Generator& generator, Random& random, std::size_t room, Program& program);

}  // namespace flatcheck
