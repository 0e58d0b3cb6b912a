// Hexadecimal numbers as the printers of this room write them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace flatcheck::engine {

// Lower case, without 0x, filled with zeros up to `digits`.
std::string Hex(std::uint64_t value, std::size_t digits = 1);

// A range of addresses as 16 digits, `-` and 16 digits.
std::string HexRange(std::uint64_t first, std::uint64_t last);

}  // namespace flatcheck::engine
