// Operands in words.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <bit>
#include <string_view>
#include <vector>

#include "fuzz/plain_words.h"
#include "fuzz/sentence.h"

namespace flatcheck {
namespace {

using Phrases = std::vector<std::string>;

// "a", "a and b", "a, b and c".
std::string Listed(const Phrases& phrases) {
  std::string text;
  for (std::size_t i = 0; i < phrases.size(); ++i) {
    if (i > 0) text += i + 1 == phrases.size() ? " and " : ", ";
    text += phrases[i];
  }
  return text;
}

// "1 to 4", "up to 4", "4".
std::string SizesInWords(AccessSizes sizes) {
  if (sizes.min == sizes.max) return fmt::format("{}", sizes.max);
  if (sizes.min == 0) return fmt::format("up to {}", sizes.max);
  return fmt::format("{} to {}", sizes.min, sizes.max);
}

// By bit of Profile::refuses.
constexpr std::array<std::string_view, 8> kRefused = {"odd offsets",
                                                      "its second half",
                                                      "reads",
                                                      "writes",
                                                      "accesses of 1 byte",
                                                      "accesses of 2 bytes",
                                                      "accesses of 4 bytes",
                                                      "accesses of 8 bytes"};

std::string RefusedInWords(std::uint8_t refuses) {
  Phrases refused;
  for (std::size_t bit = 0; bit < kRefused.size(); ++bit) {
    if ((refuses >> bit & 1) != 0) refused.emplace_back(kRefused[bit]);
  }
  return Listed(refused);
}

}  // namespace

std::string Sentence::Of(RegionSize size) {
  return SizeInWords(Size{size.value} + (size.value == UINT64_MAX ? 1 : 0));
}

std::string Sentence::Of(Length length) { return SizeInWords(length.value); }

std::string Sentence::At(Address address) { return fmt::format("{:#x}", address.value); }

std::string BytesInWords(std::uint64_t count) {
  constexpr std::uint64_t kDecimalMax = 9999;
  if (count == 1) return "1 byte";
  return count <= kDecimalMax ? fmt::format("{} bytes", count) : fmt::format("{:#x} bytes", count);
}

std::string SizeInWords(Size size) {
  if (size >> 64 != 0) return "2^64 bytes";
  const auto bytes = static_cast<std::uint64_t>(size);
  constexpr std::array kUnits = {"", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
  const auto unit =
      bytes == 0 ? std::size_t{0} : static_cast<std::size_t>(std::countr_zero(bytes)) / 10;
  if (unit == 0) return BytesInWords(bytes);
  return fmt::format("{}{}", bytes >> (10 * unit), kUnits[unit]);
}

std::string SpanInWords(std::uint64_t first, std::uint64_t last) {
  return first == last ? fmt::format("{:#x}", first) : fmt::format("{:#x}-{:#x}", first, last);
}

std::string EndianInWords(Endian endian) {
  switch (endian) {
    case Endian::kLittle:
      return "little endian";
    case Endian::kBig:
      return "big endian";
    case Endian::kNative:
      return "native (little) endian";
  }
  return {};
}

std::string ClientInWords(Client client) {
  switch (client) {
    case Client::kVga:
      return "the display";
    case Client::kCode:
      return "translated code";
    case Client::kMigration:
      return "migration";
  }
  return {};
}

std::string PermissionInWords(std::uint8_t permission) {
  Phrases allowed;
  if ((permission & 1) != 0) allowed.emplace_back("reads");
  if ((permission & 2) != 0) allowed.emplace_back("writes");
  return allowed.empty() ? "for nothing" : "for " + Listed(allowed);
}

std::string EventsInWords(std::uint8_t flags) {
  Phrases kinds;
  if ((flags & 1) != 0) kinds.emplace_back("unmap");
  if ((flags & 2) != 0) kinds.emplace_back("map");
  if ((flags & 4) != 0) kinds.emplace_back("device IOTLB unmap");
  return (kinds.empty() ? "no" : Listed(kinds)) + " events";
}

std::string ProfileInWords(const Profile& profile) {
  Phrases phrases;
  if (profile.valid != AccessSizes()) {
    phrases.push_back(fmt::format("takes accesses of {} byte{}", SizesInWords(profile.valid),
                                  profile.valid.max == 1 ? "" : "s"));
  }
  if (profile.unaligned) phrases.emplace_back("takes unaligned accesses");
  if (profile.impl != AccessSizes()) {
    phrases.push_back(fmt::format("implements {}", SizesInWords(profile.impl)));
  }
  if (profile.impl_unaligned) phrases.emplace_back("implements unaligned ones");
  if (profile.endian != Endian::kLittle) phrases.push_back("is " + EndianInWords(profile.endian));
  if (profile.refuses != 0) phrases.push_back("refuses " + RefusedInWords(profile.refuses));
  if (profile.fail) {
    phrases.push_back(fmt::format("fails where an offset has the bits {:#x}", *profile.fail));
  }
  return fmt::format("{}", fmt::join(phrases, ", "));
}

}  // namespace flatcheck
