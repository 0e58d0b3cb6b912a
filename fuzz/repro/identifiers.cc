#include "fuzz/repro/identifiers.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "fuzz/words.h"

namespace flatcheck {
namespace {

constexpr std::size_t kLengthMax = 24;

// Keywords of either language, macros, and what the emitted sources name in lower case.
constexpr std::string_view kReserved =
    "alarm alignas alignof and and_eq asm assert auto before bitand bitor bool break case "
    "catch char class co_await co_return co_yield compl concept const const_cast consteval "
    "constexpr constinit continue decltype default delete device do double dynamic_cast else "
    "engine enum errno error_abort error_fatal explicit export extern false flatcheck float "
    "for friend goto heard hidden hwaddr i386 if inline int linux long main map mutable "
    "namespace new noexcept not not_eq notifiers nullptr operator or or_eq printf private "
    "protected public region register reinterpret_cast reproduce requires restrict result return "
    "short signed sizeof space static static_assert static_cast std stderr stdin stdout "
    "struct switch template testing this thread_local throw true try typedef typeid typename "
    "typeof union unix unsigned using value view views virtual void volatile wchar_t while xor "
    "xor_eq";

// Functions and types that the emitted C calls by their full names.
constexpr std::string_view kReservedBeginnings[] = {
    "address_space_", "ask_",        "device_", "event_notifier_", "int128_", "memory_",
    "ops_of_",        "accepts_of_", "print_",  "mtree_",          "object_", "qemu_"};

bool IsReserved(std::string_view identifier) {
  static const std::vector<std::string_view> reserved = Words(kReserved);
  return std::ranges::find(reserved, identifier) != reserved.end() ||
         std::ranges::any_of(kReservedBeginnings,
                             [&](auto beginning) { return identifier.starts_with(beginning); }) ||
         identifier.ends_with("_t") || identifier.ends_with("_device") ||
         identifier.ends_with("_iommu");
}

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Letters and digits of the name, in lower case; one underscore for any others between them.
std::string Readable(std::string_view name, std::string_view noun) {
  std::string identifier;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_plain = is_upper || (c >= 'a' && c <= 'z') || IsDigit(c);
    if (is_plain) {
      identifier += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!identifier.empty() && identifier.back() != '_') {
      identifier += '_';
    }
    if (identifier.size() == kLengthMax) break;
  }
  while (identifier.ends_with('_')) identifier.pop_back();
  if (identifier.empty()) return std::string(noun);
  return IsDigit(identifier.front()) ? fmt::format("{}{}", noun, identifier) : identifier;
}

class Namer {
 public:
  std::vector<std::string> Rename(const std::vector<std::string>& names, std::string_view noun) {
    std::vector<std::string> identifiers;
    for (const std::string& name : names) {
      const std::string readable = Readable(name, noun);
      std::string identifier = readable;
      if (IsReserved(identifier)) identifier = fmt::format("{}_{}", readable, noun);
      for (int number = 2; !taken_.insert(identifier).second; ++number) {
        identifier = fmt::format("{}_{}", readable, number);
      }
      identifiers.push_back(identifier);
    }
    return identifiers;
  }

 private:
  std::unordered_set<std::string> taken_;
};

}  // namespace

Names IdentifiersFor(const Names& names) {
  Namer namer;
  Names identifiers;
  identifiers.regions = namer.Rename(names.regions, "mr");
  identifiers.spaces = namer.Rename(names.spaces, "as");
  identifiers.listeners = namer.Rename(names.listeners, "listener");
  identifiers.mappings = namer.Rename(names.mappings, "mapping");
  identifiers.iommu_notifiers = namer.Rename(names.iommu_notifiers, "notifier");
  return identifiers;
}

}  // namespace flatcheck
