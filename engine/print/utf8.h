// Names are bytes of any kind; documents are UTF-8.

#pragma once

#include <string>
#include <string_view>

namespace flatcheck::engine {

// The text with U+FFFD for each byte that is no part of a character in UTF-8, and for characters
// that documents may not hold: controls, and U+FFFE and U+FFFF.
std::string AsUtf8(std::string_view text);

}  // namespace flatcheck::engine
