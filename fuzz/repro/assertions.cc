#include "fuzz/repro/assertions.h"

#include <fmt/format.h>

#include <cctype>

namespace flatcheck {
namespace {

constexpr std::size_t kWidth = 100;

// `view_is_canonical` is ViewIsCanonical.
std::string CamelCase(std::string_view words) {
  std::string camel;
  bool begins = true;
  for (const char c : words) {
    const bool is_word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (is_word) camel += begins ? static_cast<char>(std::toupper(c)) : c;
    begins = !is_word;
  }
  return camel;
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// A string literal of the text and a line's end, in parts where it is longer than a line.
std::string Literal(std::string_view text, std::size_t indent) {
  const std::string margin = '\n' + std::string(indent, ' ');
  const std::size_t room = kWidth - indent - 6;  // Quotes, `\n`, `);`.
  std::string literal;
  while (text.size() > room) {
    const std::size_t blank = text.rfind(' ', room - 1);
    if (blank == std::string_view::npos) break;
    literal += fmt::format("\"{}\"{}", Escaped(text.substr(0, blank + 1)), margin);
    text.remove_prefix(blank + 1);
  }
  return literal + fmt::format("\"{}\\n\"", Escaped(text));
}

}  // namespace

std::string TestHead(const Signature& signature) {
  const auto& [oracle, operation, field, sanitizer] = signature;
  return fmt::format("TEST({}, {}) {{\n", CamelCase(oracle),
                     CamelCase(fmt::format("{} {} {}", operation, field, sanitizer)));
}

std::string ExpectLines(std::string_view actual, const std::vector<std::string>& lines) {
  constexpr std::size_t kIndent = 12;
  std::string short_code = fmt::format("EXPECT_EQ({}, \"{}\");", actual,
                                       lines.empty() ? "" : Escaped(lines.front()) + "\\n");
  if (lines.size() < 2 && short_code.size() + 2 <= kWidth) return short_code;
  std::string code = fmt::format("EXPECT_EQ({},", actual);
  for (const std::string& line : lines) {
    code += '\n' + std::string(kIndent, ' ') + Literal(line, kIndent);
  }
  return code + ");";
}

std::string ExpectText(std::string_view actual, std::string_view text) {
  std::string code = fmt::format("EXPECT_EQ({}, \"{}\");", actual, Escaped(text));
  if (code.size() + 2 <= kWidth) return code;
  return fmt::format("EXPECT_EQ({},\n            \"{}\");", actual, Escaped(text));
}

}  // namespace flatcheck
