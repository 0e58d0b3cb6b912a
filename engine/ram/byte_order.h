// Numbers as bytes of guest memory, in either order.

#pragma once

#include <bit>
#include <cstdint>

namespace flatcheck::engine {

// Little-endian values are copied as they are.
static_assert(std::endian::native == std::endian::little);

// The number that `size` bytes in the other order are; of sizes other than 2, 4 and 8 the same.
constexpr std::uint64_t ReverseBytes(std::uint64_t value, std::uint64_t size) {
  switch (size) {
    case 2:
      return __builtin_bswap16(static_cast<std::uint16_t>(value));
    case 4:
      return __builtin_bswap32(static_cast<std::uint32_t>(value));
    case 8:
      return __builtin_bswap64(value);
    default:
      return value;
  }
}

// The bits of a number of 1 to 8 bytes.
constexpr std::uint64_t ValueMask(unsigned size) {
  return size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * size)) - 1;
}

}  // namespace flatcheck::engine
