#include "engine/print/utf8.h"

#include <cstddef>
#include <cstdint>

namespace flatcheck::engine {
namespace {

// Bytes that follow the first one of a character; none too where there is no such first byte.
std::size_t FollowersOf(unsigned char first) {
  if (first >= 0xc2 && first <= 0xdf) return 1;
  if (first >= 0xe0 && first <= 0xef) return 2;
  return first >= 0xf0 && first <= 0xf4 ? 3 : 0;
}

bool IsAllowed(std::uint32_t character, std::size_t length) {
  if (length == 1) return character >= 0x20 && character < 0x7f;
  if (length == 2) return character >= 0xa0;  // C1 controls are below.
  if (length == 3) {
    const bool is_surrogate = character >= 0xd800 && character <= 0xdfff;
    return character >= 0x800 && !is_surrogate && character < 0xfffe;
  }
  return character >= 0x10000 && character <= 0x10ffff;
}

// The length of the allowed character that the text begins with, or 0.
std::size_t CharacterLength(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t followers = FollowersOf(first);
  if (followers >= text.size()) return 0;
  std::uint32_t character = followers == 0 ? first : first & (0x3fu >> followers);
  for (std::size_t i = 1; i <= followers; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0u) != 0x80u) return 0;
    character = character << 6u | (byte & 0x3fu);
  }
  return IsAllowed(character, followers + 1) ? followers + 1 : 0;
}

}  // namespace

std::string AsUtf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    valid += length == 0 ? "\xef\xbf\xbd" : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return valid;
}

}  // namespace flatcheck::engine
