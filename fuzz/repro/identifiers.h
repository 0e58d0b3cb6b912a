// Names of objects that C and C++ take as identifiers. In text a name is any word.

#pragma once

#include "fuzz/program_text.h"

namespace flatcheck {

// For each name an identifier like it: lower case, unique among the objects of all kinds, no
// keyword, no macro and nothing that the emitted sources call.
Names IdentifiersFor(const Names& names);

}  // namespace flatcheck
