#include "fuzz/operand_codec.h"

#include <bit>
#include <cstddef>

namespace flatcheck {
namespace {

constexpr std::uint64_t kPage = 0x1000;  // Of the format, whatever the machines' pages are.

// The first tag of each row of the table in the header.
constexpr std::uint8_t kLiteral = 0x00;
constexpr std::uint8_t kPages = 0x40;
constexpr std::uint8_t kPower = 0xa0;
constexpr std::uint8_t kBytes = 0xe0;
constexpr std::uint8_t kComplement = 0xe8;
constexpr std::uint8_t kPageBytes = 0xf0;
constexpr std::uint8_t kTop = 0xf8;

unsigned BytesOf(std::uint64_t number) {
  return number == 0 ? 1 : (static_cast<unsigned>(std::bit_width(number)) + 7) / 8;
}

// A tag, and the number whose low `count` bytes follow it.
struct Code {
  std::uint8_t tag;
  unsigned count;
  std::uint64_t rest;
};

Code Tag(std::uint64_t tag) { return {static_cast<std::uint8_t>(tag), 0, 0}; }
Code TagAndBytes(std::uint8_t row, std::uint64_t rest) {
  return {static_cast<std::uint8_t>(row + BytesOf(rest) - 1), BytesOf(rest), rest};
}

Code Shortest(std::uint64_t number) {
  const bool whole_pages = number % kPage == 0;
  if (number < kPages) return Tag(number);
  if (whole_pages && number / kPage <= kPower - kPages) return Tag(kPages + number / kPage - 1);
  if (std::has_single_bit(number)) {
    return Tag(kPower + static_cast<std::uint64_t>(std::countr_zero(number)));
  }
  if (~number <= 0xff - kTop) return Tag(kTop + ~number);
  Code code = TagAndBytes(kBytes, number);
  const auto consider = [&](const Code& other) {
    if (other.count < code.count) code = other;
  };
  consider(TagAndBytes(kComplement, ~number));
  if (whole_pages) consider(TagAndBytes(kPageBytes, number / kPage));
  return code;
}

std::uint8_t TakeByte(std::span<const std::uint8_t>& bytes) {
  if (bytes.empty()) return 0;
  const std::uint8_t byte = bytes.front();
  bytes = bytes.subspan(1);
  return byte;
}

std::uint64_t TakeBytes(std::span<const std::uint8_t>& bytes, unsigned count) {
  std::uint64_t number = 0;
  for (unsigned i = 0; i < count; ++i) number |= std::uint64_t{TakeByte(bytes)} << (8 * i);
  return number;
}

}  // namespace

void EncodeNumber(std::uint64_t number, std::vector<std::uint8_t>& bytes) {
  const Code code = Shortest(number);
  bytes.push_back(code.tag);
  for (unsigned i = 0; i < code.count; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(code.rest >> (8 * i)));
  }
}

std::uint64_t DecodeNumber(std::span<const std::uint8_t>& bytes) {
  const std::uint8_t tag = TakeByte(bytes);
  const unsigned count = tag % 8u + 1;  // In the rows that have bytes.
  if (tag < kPages) return tag - kLiteral;
  if (tag < kPower) return (tag - kPages + std::uint64_t{1}) * kPage;
  if (tag < kBytes) return std::uint64_t{1} << (tag - kPower);
  if (tag < kComplement) return TakeBytes(bytes, count);
  if (tag < kPageBytes) return ~TakeBytes(bytes, count);
  if (tag < kTop) return TakeBytes(bytes, count) * kPage;
  return ~std::uint64_t{static_cast<std::uint8_t>(tag - kTop)};
}

}  // namespace flatcheck
