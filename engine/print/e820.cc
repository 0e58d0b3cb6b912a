#include "engine/print/e820.h"

#include <optional>
#include <string_view>

#include "engine/map/memory_region.h"
#include "engine/print/hex.h"

namespace flatcheck::engine {
namespace {

constexpr std::uint64_t kInPage = 0xfff;

std::optional<E820Type> TypeOf(const FlatRange& range) {
  const MemoryRegion& region = *range.region;
  if (region.is_ram() && region.kind() != RegionKind::kRamDevice && !range.readonly) {
    return range.nonvolatile ? E820Type::kPersistent : E820Type::kUsable;
  }
  if (region.is_ram() || region.kind() == RegionKind::kRomDevice) return E820Type::kReserved;
  const bool is_reservation = region.kind() == RegionKind::kIo && region.device() == nullptr;
  return is_reservation ? std::optional(E820Type::kReserved) : std::nullopt;
}

// The whole pages in it, if there are any.
std::optional<E820Entry> CutToPages(E820Entry entry) {
  const std::uint64_t past_last = (entry.last + 1) & ~kInPage;  // 0 for 2^64.
  if (entry.last != UINT64_MAX && past_last == 0) return std::nullopt;
  entry.last = past_last - 1;
  if (entry.first > UINT64_MAX - kInPage) return std::nullopt;
  entry.first = (entry.first + kInPage) & ~kInPage;
  return entry.first <= entry.last ? std::optional(entry) : std::nullopt;
}

std::string_view WordsOf(E820Type type) {
  switch (type) {
    case E820Type::kUsable:
      return "usable";
    case E820Type::kReserved:
      return "reserved";
    case E820Type::kPersistent:
      return "persistent (type 7)";
  }
  return "";
}

}  // namespace

std::vector<E820Entry> E820Entries(const FlatView& view) {
  std::vector<E820Entry> joined;
  for (const FlatRange& range : view) {
    const auto type = TypeOf(range);
    if (!type) continue;
    const bool continues = !joined.empty() && joined.back().type == *type && range.first != 0 &&
                           joined.back().last == range.first - 1;
    if (continues) {
      joined.back().last = range.last;
    } else {
      joined.push_back({range.first, range.last, *type});
    }
  }
  std::vector<E820Entry> entries;
  for (const E820Entry& entry : joined) {
    const auto cut = entry.type == E820Type::kReserved ? std::optional(entry) : CutToPages(entry);
    if (cut) entries.push_back(*cut);
  }
  return entries;
}

std::string PrintE820(const FlatView& view) {
  std::string text;
  for (const E820Entry& entry : E820Entries(view)) {
    text += "BIOS-e820: [mem 0x" + Hex(entry.first, 16) + "-0x" + Hex(entry.last, 16) + "] ";
    text.append(WordsOf(entry.type)) += '\n';
  }
  return text;
}

}  // namespace flatcheck::engine
