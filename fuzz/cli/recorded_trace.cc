#include "fuzz/cli/recorded_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace flatcheck::cli {
namespace {

constexpr std::size_t kLinesBefore = 4;

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    lines.push_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::optional<std::string> CompareTraces(std::string_view recorded, std::string_view actual) {
  const auto recorded_lines = Lines(recorded);
  const auto actual_lines = Lines(actual);
  if (recorded_lines == actual_lines) return std::nullopt;
  const auto differ = std::ranges::mismatch(recorded_lines, actual_lines);
  const auto index = static_cast<std::size_t>(differ.in1 - recorded_lines.begin());
  const auto line = [&](const std::vector<std::string_view>& lines) {
    return index < lines.size() ? lines[index] : "(the end)";
  };
  std::string out = fmt::format("line {}:\n", index + 1);
  for (std::size_t i = index - std::min(index, kLinesBefore); i < index; ++i) {
    out += fmt::format("            {}\n", recorded_lines[i]);
  }
  return out +
         fmt::format("  recorded  {}\n  actual    {}\n", line(recorded_lines), line(actual_lines));
}

}  // namespace flatcheck::cli
