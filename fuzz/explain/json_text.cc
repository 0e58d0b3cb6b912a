#include "fuzz/explain/json_text.h"

#include <fmt/format.h>

#include "fuzz/printable.h"

namespace flatcheck {

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : Printable(text)) {
    switch (c) {
      case '"':
      case '\\':
        quoted += '\\';
        quoted += c;
        break;
      case '<':
      case '>':
      case '&':
        quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        break;
      default:
        quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace flatcheck
