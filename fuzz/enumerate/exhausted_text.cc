#include "fuzz/enumerate/exhausted_text.h"

#include <fmt/format.h>

#include <sstream>

namespace flatcheck {
namespace {

std::string Heading(const Enumeration& enumeration) {
  return fmt::format("flatcheck enumerate --scope {}: {} units, fingerprint {:016x}",
                     enumeration.scope().name, enumeration.size(), enumeration.fingerprint());
}

// `first last` pairs, both included.
bool ReadDone(std::istream& text, std::vector<bool>& done) {
  for (std::size_t first = 0, last = 0; text >> first;) {
    if (!(text >> last) || first > last || last >= done.size()) return false;
    for (std::size_t unit = first; unit <= last; ++unit) done[unit] = true;
  }
  return text.eof();
}

}  // namespace

std::string PrintExhausted(const Enumeration& enumeration, const Exhausted& exhausted) {
  std::string text = fmt::format("{}\nprograms {}\nseconds {:.1f}\ndone\n", Heading(enumeration),
                                 exhausted.programs, exhausted.seconds);
  const std::vector<bool>& done = exhausted.done;
  for (std::size_t first = 0; first < done.size(); ++first) {
    if (!done[first]) continue;
    std::size_t last = first;
    while (last + 1 < done.size() && done[last + 1]) ++last;
    text += fmt::format("{} {}\n", first, last);
    first = last;
  }
  return text;
}

std::optional<Exhausted> ParseExhausted(const Enumeration& enumeration, std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string heading;
  if (!std::getline(lines, heading) || heading != Heading(enumeration)) return std::nullopt;
  Exhausted exhausted{.done = std::vector<bool>(enumeration.size())};
  std::string programs;
  std::string seconds;
  std::string done;
  lines >> programs >> exhausted.programs >> seconds >> exhausted.seconds >> done;
  if (!lines || programs != "programs" || seconds != "seconds" || done != "done") {
    return std::nullopt;
  }
  if (!ReadDone(lines, exhausted.done)) return std::nullopt;
  return exhausted;
}

}  // namespace flatcheck
