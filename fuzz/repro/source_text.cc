#include "fuzz/repro/source_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzz/words.h"

namespace flatcheck {
namespace {

// What is code in an emitted source: its comments begin lines, or end them behind `//`.
std::string CodeOf(std::string_view source) {
  std::string code;
  while (!source.empty()) {
    const std::string_view line = source.substr(0, source.find('\n'));
    const std::string_view text = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    if (!text.starts_with("/*") && !text.starts_with("* ")) {
      code.append(line.substr(0, line.find("//"))) += '\n';
    }
    source.remove_prefix(std::min(line.size() + 1, source.size()));
  }
  return code;
}

bool Needs(std::string_view source, const SourcePart& part) {
  for (std::size_t at = source.find(part.mark); at != std::string_view::npos;
       at = source.find(part.mark, at + 1)) {
    const std::string_view behind = source.substr(at + part.mark.size());
    if (part.unless.empty() || !behind.starts_with(part.unless)) return true;
  }
  return false;
}

}  // namespace

std::string ForComment(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const char before = line.empty() ? ' ' : line.back();
    const bool ends_comment = (before == '*' && c == '/') || (before == '/' && c == '*');
    const bool is_trigraph = before == '?' && c == '?';
    if (c == '\n') {
      line += ' ';
    } else if (c < ' ' || c > '~' || c == '\\' || ends_comment || is_trigraph) {
      line += fmt::format("<{:02x}>", c & 0xff);
    } else {
      line += c;
    }
  }
  return line;
}

std::string Paragraph(std::string_view text, std::string_view margin, std::size_t width) {
  std::string paragraph;
  std::string line;
  for (const std::string_view word : Words(text)) {
    if (!line.empty() && margin.size() + line.size() + 1 + word.size() > width) {
      paragraph.append(margin).append(line) += '\n';
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  return paragraph.append(margin).append(line) + '\n';
}

std::string PartsFor(std::span<const SourcePart> parts, std::string_view body) {
  std::string source = CodeOf(body);
  std::string needed;
  for (; !parts.empty(); parts = parts.first(parts.size() - 1)) {
    if (!Needs(source, parts.back())) continue;
    source += parts.back().code;
    needed.insert(0, parts.back().code);
  }
  return needed;
}

std::string Number(std::uint64_t value) {
  return value < 10 ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

}  // namespace flatcheck
