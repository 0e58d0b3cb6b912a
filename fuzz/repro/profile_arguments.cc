#include "fuzz/repro/profile_arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string_view>
#include <vector>

#include "fuzz/repro/source_text.h"
#include "fuzz/trace.h"

namespace flatcheck {
namespace {

// `{.min = 1, .max = 4, .unaligned = true}`; empty for the default.
std::string SizesText(AccessSizes sizes, bool unaligned) {
  std::vector<std::string> members;
  if (sizes.min != 0) members.push_back(fmt::format(".min = {}", sizes.min));
  if (sizes.max != 0) members.push_back(fmt::format(".max = {}", sizes.max));
  if (unaligned) members.emplace_back(".unaligned = true");
  return members.empty() ? "" : fmt::format("{{{}}}", fmt::join(members, ", "));
}

std::string TraitsText(const Profile& profile) {
  std::vector<std::string> members;
  const std::string valid = SizesText(profile.valid, profile.unaligned);
  const std::string impl = SizesText(profile.impl, profile.impl_unaligned);
  if (!valid.empty()) members.push_back(".valid = " + valid);
  if (!impl.empty()) members.push_back(".impl = " + impl);
  if (profile.endian == Endian::kBig) members.emplace_back(".order = ByteOrder::kBig");
  return fmt::format("{{{}}}", fmt::join(members, ",\n       "));
}

// A function of what the device accepts.
std::string AcceptsText(std::uint8_t refuses, RegionSize size) {
  const Size bytes = Size{size.value} + (size.value == UINT64_MAX ? 1 : 0);
  const std::array<std::string, 8> conditions = {
      "offset % 2 == 0", fmt::format("offset < {}", Number(static_cast<std::uint64_t>(bytes / 2))),
      "is_write",        "!is_write",
      "size != 1",       "size != 2",
      "size != 4",       "size != 8"};
  std::vector<std::string_view> all;
  for (std::size_t bit = 0; bit < conditions.size(); ++bit) {
    if ((refuses >> bit & 1) != 0) all.emplace_back(conditions[bit]);
  }
  const bool by_offset = (refuses & (kRefusesOdd | kRefusesHigh)) != 0;
  const bool by_direction = (refuses & (kRefusesReads | kRefusesWrites)) != 0;
  return fmt::format("[](std::uint64_t{}, unsigned{}, bool{}) {{\n        return {};\n      }}",
                     by_offset ? " offset" : "", refuses >= kRefusesSize1 ? " size" : "",
                     by_direction ? " is_write" : "", fmt::join(all, " && "));
}

}  // namespace

std::vector<std::string> ProfileArguments(const Profile& profile, RegionSize size) {
  Profile little = profile;
  if (profile.endian == Endian::kNative) little.endian = Endian::kLittle;
  if (little == Profile()) return {};
  std::vector<std::string> arguments = {TraitsText(profile)};
  if (profile.refuses != 0) arguments.push_back(AcceptsText(profile.refuses, size));
  if (profile.refuses == 0 && profile.fail) arguments.emplace_back("nullptr");
  if (profile.fail) arguments.push_back(Number(*profile.fail));
  return arguments;
}

}  // namespace flatcheck
