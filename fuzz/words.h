// The words of a line: what stands between its blanks.

#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace flatcheck {

// A carriage return is one: lines may end as on Windows.
inline constexpr std::string_view kBlanks = " \t\r\v\f";

// In an operation's syntax: the place of an operand that is all that is left of the line.
inline constexpr std::string_view kRestOfLine = "[%...]";

// Whether a word of an operation's syntax is the place of an operand.
constexpr bool IsOperandWord(std::string_view word) {
  return word == "%" || word == "[%]" || word == kRestOfLine;
}

inline std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    if (line.empty()) return words;
    words.push_back(line.substr(0, line.find_first_of(kBlanks)));
    line.remove_prefix(words.back().size());
  }
}

}  // namespace flatcheck
