// Pieces of source text that C and C++ share.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flatcheck {

// For a comment of either language, or of a program: one line of printable characters that ends no
// comment and continues no line.
std::string ForComment(std::string_view text);

// Breaks at blanks into lines of at most `width` columns; each begins with `margin`.
std::string Paragraph(std::string_view text, std::string_view margin, std::size_t width);

// A definition that a source brings along if it holds the mark, at one place at least not followed
// by `unless`.
struct SourcePart {
  std::string_view mark;
  std::string_view code;
  std::string_view unless = {};
};

// Those that the body needs, and those that these need in turn, in their order.
// REQUIRES: each needs only parts before it.
std::string PartsFor(std::span<const SourcePart> parts, std::string_view body);

// Decimal up to 9, else hexadecimal.
std::string Number(std::uint64_t value);

// Of a number, the lowest 1 to 8 bytes.
constexpr std::uint64_t FirstBytes(std::uint64_t value, unsigned bytes) {
  return value & (UINT64_MAX >> (64 - 8 * bytes));
}

}  // namespace flatcheck
