// The functions and tables that the emitted C defines in front of its calls: only what these name.

#pragma once

#include <string>
#include <string_view>

namespace flatcheck {

// The definitions, in an order that compiles, each followed by an empty line.
std::string QemuPartsFor(std::string_view body);

}  // namespace flatcheck
