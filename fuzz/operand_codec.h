// The bytes of a number in a program's bytes: a tag, and what the tag asks for. Every byte is a
// tag:
//
//   00-3f  0 to 63                                   f0-f7  n bytes, times 0x1000
//   40-9f  1 to 96 pages of 0x1000                   f8-ff  2^64 - 1 down to 2^64 - 8
//   a0-df  2^0 to 2^63
//   e0-e7  n = 1 to 8 bytes, least significant first
//   e8-ef  n bytes, complemented: just below 2^64
//
// Numbers that have several codes get the shortest, and of equal ones the first in this table.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace flatcheck {

void EncodeNumber(std::uint64_t number, std::vector<std::uint8_t>& bytes);

// Takes a number off the front. Bytes that are missing are 0.
std::uint64_t DecodeNumber(std::span<const std::uint8_t>& bytes);

}  // namespace flatcheck
