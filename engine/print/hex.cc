#include "engine/print/hex.h"

#include <array>
#include <charconv>

namespace flatcheck::engine {

std::string Hex(std::uint64_t value, std::size_t digits) {
  std::array<char, 16> text;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value, 16);
  const auto length = static_cast<std::size_t>(result.ptr - text.data());
  std::string hex(length < digits ? digits - length : 0, '0');
  return hex.append(text.data(), length);
}

std::string HexRange(std::uint64_t first, std::uint64_t last) {
  return Hex(first, 16) + '-' + Hex(last, 16);
}

}  // namespace flatcheck::engine
