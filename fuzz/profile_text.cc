// The words of profiles and IOMMU traits.

#include <fmt/format.h>

#include <array>
#include <utility>

#include "fuzz/operand_text.h"
#include "fuzz/words.h"

namespace flatcheck {
namespace {

constexpr std::string_view kProfileExpected =
    "words of a profile: valid=MIN..MAX impl=MIN..MAX unaligned impl_unaligned little|big|native "
    "accepts=reject-X fail=MASK";
constexpr std::string_view kTraitsExpected = "trace, nomap or the end of the line";

// By bit of Profile::refuses.
constexpr std::array<std::string_view, 8> kRefusals = {"odd", "high", "read", "write",
                                                       "1",   "2",    "4",    "8"};
// By value of Endian.
constexpr std::array<std::string_view, 3> kEndians = {"little", "big", "native"};

bool TakePrefix(std::string_view& word, std::string_view prefix) {
  if (!word.starts_with(prefix)) return false;
  word.remove_prefix(prefix.size());
  return true;
}

bool IsAccessSize(std::optional<std::uint64_t> size) {
  return size && (*size == 0 || *size == 1 || *size == 2 || *size == 4 || *size == 8);
}

// MIN..MAX
bool ParseSizes(std::string_view word, AccessSizes& sizes) {
  const std::size_t dots = word.find("..");
  if (dots == std::string_view::npos) return false;
  const auto min = ParseNumber(word.substr(0, dots));
  const auto max = ParseNumber(word.substr(dots + 2));
  if (!IsAccessSize(min) || !IsAccessSize(max) || *min > *max) return false;
  sizes = {static_cast<std::uint8_t>(*min), static_cast<std::uint8_t>(*max)};
  return true;
}

bool ParseProfileWord(std::string_view word, Profile& profile) {
  if (TakePrefix(word, "valid=")) return ParseSizes(word, profile.valid);
  if (TakePrefix(word, "impl=")) return ParseSizes(word, profile.impl);
  if (TakePrefix(word, "fail=")) return (profile.fail = ParseNumber(word)).has_value();
  if (word == "unaligned") return profile.unaligned = true;
  if (word == "impl_unaligned") return profile.impl_unaligned = true;
  for (std::size_t endian = 0; endian < kEndians.size(); ++endian) {
    if (word != kEndians[endian]) continue;
    profile.endian = static_cast<Endian>(endian);
    return true;
  }
  if (!TakePrefix(word, "accepts=reject-")) return false;
  for (std::size_t bit = 0; bit < kRefusals.size(); ++bit) {
    if (word != kRefusals[bit]) continue;
    profile.refuses = static_cast<std::uint8_t>(profile.refuses | 1u << bit);
    return true;
  }
  return false;
}

std::string PrintMask(std::uint64_t mask) { return PrintOperand(Value{mask}); }

}  // namespace

std::string_view ParseOperand(std::string_view words, Profile& operand) {
  operand = {};
  for (const std::string_view word : Words(words)) {
    if (!ParseProfileWord(word, operand)) return kProfileExpected;
  }
  return {};
}

std::string_view ParseOperand(std::string_view words, IommuTraits& operand) {
  operand = {};
  for (const std::string_view word : Words(words)) {
    if (word != "trace" && word != "nomap") return kTraitsExpected;
    (word == "trace" ? operand.trace : operand.nomap) = true;
  }
  return {};
}

std::string PrintOperand(const Profile& operand) {
  std::string text;
  const auto add = [&](std::string_view word) {
    if (!text.empty()) text += ' ';
    text += word;
  };
  const auto add_sizes = [&](std::string_view name, AccessSizes sizes) {
    if (sizes != AccessSizes()) add(fmt::format("{}={}..{}", name, sizes.min, sizes.max));
  };
  add_sizes("valid", operand.valid);
  add_sizes("impl", operand.impl);
  if (operand.unaligned) add("unaligned");
  if (operand.impl_unaligned) add("impl_unaligned");
  if (operand.endian != Endian::kLittle) add(kEndians[static_cast<std::size_t>(operand.endian)]);
  for (std::size_t bit = 0; bit < kRefusals.size(); ++bit) {
    if ((operand.refuses >> bit & 1) != 0) add(fmt::format("accepts=reject-{}", kRefusals[bit]));
  }
  if (operand.fail) add(fmt::format("fail={}", PrintMask(*operand.fail)));
  return text;
}

std::string PrintOperand(IommuTraits operand) {
  if (operand.trace) return operand.nomap ? "trace nomap" : "trace";
  return operand.nomap ? "nomap" : "";
}

}  // namespace flatcheck
