#include "fuzz/printable.h"

#include <fmt/format.h>

namespace flatcheck {

std::string Printable(std::string_view text) {
  std::string printable;
  for (const char c : text) {
    if (c >= ' ' && c <= '~') {
      printable += c;
    } else {
      printable += c == '\t' ? " " : fmt::format("\\x{:02x}", c & 0xff);
    }
  }
  return printable;
}

}  // namespace flatcheck
