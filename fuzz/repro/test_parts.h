// Parts are the functions and classes that an emitted test defines in front of its body: only what
// the body names, and what that names in turn.

#pragma once

#include <string>
#include <string_view>

namespace flatcheck {

// The definitions, in an order that compiles, each followed by an empty line.
std::string PartsFor(std::string_view body);

// The lines that include what the source names.
std::string IncludesFor(std::string_view source);

}  // namespace flatcheck
