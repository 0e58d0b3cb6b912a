#include "tests/mtree_lines.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace flatcheck {
namespace {

bool Take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

template <class Number>
bool TakeNumber(std::string_view& text, Number& number, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc();
}

bool TakeRange(std::string_view& text, std::uint64_t& first, std::uint64_t& last) {
  return TakeNumber(text, first, 16) && Take(text, "-") && TakeNumber(text, last, 16);
}

bool ParseAlias(std::string_view what, MtreeLine& line) {
  const std::size_t at = what.find(" @");
  const std::size_t window = what.rfind(' ');
  if (at == std::string_view::npos || window < at + 2) return false;
  line.is_alias = true;
  line.name = what.substr(0, at);
  line.target = what.substr(at + 2, window - at - 2);
  what.remove_prefix(window + 1);
  std::uint64_t last = 0;
  return TakeRange(what, line.offset, last) && what.empty();
}

bool ParseLine(std::string_view text, MtreeLine& line) {
  const std::size_t indent = std::min(text.find_first_not_of(' '), text.size());
  line.level = indent / 2;
  line.owner = text.substr(OwnerOf(text));
  text = text.substr(indent, OwnerOf(text) - indent);
  if (!TakeRange(text, line.first, line.last) || !Take(text, " (prio ")) return false;
  if (!TakeNumber(text, line.priority, 10) || !Take(text, ", ")) return false;
  line.is_nonvolatile = Take(text, "nv-");
  const std::size_t end = text.find("): ");
  if (end == std::string_view::npos) return false;
  line.type = text.substr(0, end);
  text.remove_prefix(end + 3);
  line.is_disabled = text.ends_with(" [disabled]");
  if (line.is_disabled) text.remove_suffix(std::string_view(" [disabled]").size());
  if (Take(text, "alias ")) return ParseAlias(text, line);
  line.name = text;
  return true;
}

// Puts the line into its section, below the nearest line of the level above.
bool Append(MtreeLine line, MtreeText& text) {
  MtreeSection& section = text.sections.back();
  line.section = text.sections.size() - 1;
  const std::size_t place = text.lines.size();
  if (section.end == 0) section.root = place;
  if ((line.level == 1) != (section.root == place)) return false;
  if (line.level > 1) {
    std::size_t above = place - 1;
    while (text.lines[above].level >= line.level) above = *text.lines[above].parent;
    line.parent = above;
    text.lines[above].children.push_back(place);
  }
  text.lines.push_back(std::move(line));
  section.end = place + 1;
  return true;
}

}  // namespace

std::size_t OwnerOf(std::string_view line) {
  return std::min({line.find(" owner:{"), line.find(" parent:{"), line.size()});
}

MtreeText ParseMtree(std::string_view text) {
  MtreeText parsed;
  bool is_new = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view whole = line;
    const bool is_space = Take(line, "address-space: ");
    const bool is_target = !is_space && Take(line, "memory-region: ");
    if (is_space || is_target) {
      if (is_new) parsed.sections.emplace_back();
      is_new = false;
      if (is_space) parsed.sections.back().spaces.emplace_back(line);
      if (is_target) parsed.sections.back().target = line;
      continue;
    }
    if (line.empty()) {
      is_new = true;
      continue;
    }
    MtreeLine region;
    if (is_new || !ParseLine(line, region) || !Append(std::move(region), parsed)) {
      parsed.problem = whole;
      return parsed;
    }
  }
  return parsed;
}

}  // namespace flatcheck
