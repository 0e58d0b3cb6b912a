// The words of profiles and IOMMU traits.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "fuzz/operand_text.h"
#include "fuzz/words.h"

namespace flatcheck {
namespace {

constexpr std::string_view kProfileExpected =
    "words of a profile: valid=MIN..MAX impl=MIN..MAX unaligned impl_unaligned little|big|native "
    "accepts=reject-X fail=MASK";
constexpr std::string_view kTraitsExpected = "trace, nomap or the end of the line";

// Words that may stand once, by how they begin.
struct SingleWord {
  std::string_view begin;
  std::string_view expected;  // Instead of a second one.
};
constexpr std::string_view kOneByteOrder = "at most one of little, big and native";
constexpr std::array<SingleWord, 10> kSingleWords = {{
    {"valid=", "at most one valid=MIN..MAX"},
    {"impl=", "at most one impl=MIN..MAX"},
    {"fail=", "at most one fail=MASK"},
    {"unaligned", "at most one unaligned"},
    {"impl_unaligned", "at most one impl_unaligned"},
    {"little", kOneByteOrder},
    {"big", kOneByteOrder},
    {"native", kOneByteOrder},
    {"trace", "at most one trace"},
    {"nomap", "at most one nomap"},
}};

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

bool ParseWord(std::string_view word, Profile& profile) {
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

bool ParseWord(std::string_view word, IommuTraits& traits) {
  if (word == "trace") return traits.trace = true;
  if (word == "nomap") return traits.nomap = true;
  return false;
}

// What is expected instead of a second word like this one; nothing if it may be repeated.
std::string_view InsteadOfSecond(std::string_view word) {
  for (const SingleWord& single : kSingleWords) {
    if (word.starts_with(single.begin)) return single.expected;
  }
  return {};
}

template <class Operand>
std::string_view ParseWords(std::string_view& words, Operand& operand, std::string_view expected) {
  operand = {};
  std::vector<std::string_view> met;  // By what is expected instead of a second one.
  for (const std::string_view word : Words(words)) {
    const std::string_view instead = InsteadOfSecond(word);
    const bool is_known = ParseWord(word, operand);
    if (!is_known || std::find(met.begin(), met.end(), instead) != met.end()) {
      words = word;
      return is_known ? instead : expected;
    }
    if (!instead.empty()) met.push_back(instead);
  }
  return {};
}

std::string PrintMask(std::uint64_t mask) { return PrintOperand(Value{mask}); }

}  // namespace

std::string_view ParseOperand(std::string_view& words, Profile& operand) {
  return ParseWords(words, operand, kProfileExpected);
}

std::string_view ParseOperand(std::string_view& words, IommuTraits& operand) {
  return ParseWords(words, operand, kTraitsExpected);
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
