#include "fuzz/enumerate/exhausted_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace flatcheck {
namespace {

std::string Heading(const Enumeration& enumeration) {
  return fmt::format("flatcheck enumerate --scope {}: {} units", enumeration.scope().name,
                     enumeration.size());
}

std::string LastLine(std::string_view before, std::uint64_t build) {
  return fmt::format("digest {:016x}\n", DigestOf(before, build));
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

std::uint64_t DigestOf(std::string_view bytes, std::uint64_t before) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t digest = before;
  for (const char byte : bytes) digest = (digest ^ static_cast<unsigned char>(byte)) * kPrime;
  return digest;
}

std::string PrintExhausted(const Enumeration& enumeration, std::uint64_t build,
                           const Exhausted& exhausted) {
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
  return text + LastLine(text, build);
}

std::optional<Exhausted> ParseExhausted(const Enumeration& enumeration, std::uint64_t build,
                                        std::string_view text) {
  const std::size_t end = std::min(text.rfind("digest "), text.size());
  const std::string_view before = text.substr(0, end);
  if (text.substr(end) != LastLine(before, build)) return std::nullopt;
  std::istringstream lines{std::string(before)};
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
