// The beginning of a generated program: something to look at, before it changes.

#pragma once

#include <cstddef>

#include "fuzz/generator.h"
#include "fuzz/program.h"
#include "fuzz/random.h"

namespace flatcheck {

// At most `room` operations. REQUIRES: the program is empty.
void WriteScenery(Generator& generator, Random& random, std::size_t room, Program& program);

}  // namespace flatcheck
