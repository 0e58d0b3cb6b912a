#include "reference/model_translation.h"

#include <algorithm>

namespace flatcheck::reference {
namespace {

const Range* FirstEndingBehind(const View& view, Wide address);
const Range* RangeAt(const View& view, std::uint64_t address);
Wide PieceEnd(const Range& range, Wide address, std::uint64_t page_size);
std::uint8_t FlagOf(Direction direction);
std::uint64_t Redirect(const IommuEntry& entry, std::uint64_t address);

}  // namespace

Part FindFirst(const View& view, Wide start, Wide end) {
  const Range* const range = FirstEndingBehind(view, start);
  if (range == nullptr || range->start >= end) return {};
  return {range, std::max(range->start, start), std::min(range->end, end)};
}

Translation Router::Translate(SpaceId space, std::uint64_t address, std::uint64_t length,
                              Direction direction) const {
  Translation at{.address = address, .length = length, .progress = length};
  const auto cut = [&at](Wide length_max) {
    at.length = static_cast<std::uint64_t>(std::min(Wide{at.length}, length_max));
    at.progress = static_cast<std::uint64_t>(std::min(Wide{at.progress}, length_max));
  };
  for (unsigned iommus = 0;; ++iommus) {
    const Range* const range = RangeAt(*spaces[space].view, at.address);
    if (range == nullptr) return at;
    const Kind kind = regions[range->region].kind;
    if (kind == Kind::kRam || kind == Kind::kRom || kind == Kind::kRamDevice) {
      cut(PieceEnd(*range, at.address, page_size) - at.address);
    }
    at.address = static_cast<std::uint64_t>(range->offset + (at.address - range->start));
    if (kind != Kind::kIommu) {
      at.region = range->region;
      return at;
    }
    if (iommus == iommus_max) return at;
    const IommuEntry* const entry = Ask(range->region, at.address, FlagOf(direction));
    if (entry == nullptr) return at;
    at.address = Redirect(*entry, at.address);
    const std::uint64_t to_mask_end = (at.address | entry->mask) - at.address + 1;
    if (to_mask_end != 0) {
      cut(to_mask_end);
    } else {
      at.length = 0;
    }
    space = entry->space;
  }
}

// Goes by whole pages: in a page of several parts no region is seen, and so no IOMMU.
IotlbEntry Router::FindIotlbEntry(SpaceId space, std::uint64_t address, Direction direction) const {
  const std::uint64_t asked = address;
  std::uint64_t mask = UINT64_MAX;
  for (unsigned iommus = 0;; ++iommus) {
    const std::uint64_t page = address / page_size * page_size;
    const Wide page_end = Wide{page} + page_size;
    const Part found = FindFirst(*spaces[space].view, page, page_end);
    if (found.range == nullptr) return {};
    const bool is_whole = found.end - found.start == page_size;
    const RegionId region = found.range->region;
    if (!is_whole || regions[region].kind != Kind::kIommu) {
      if (iommus == 0) mask = page_size - 1;
      return {space, asked & ~mask, address & ~mask, mask, kMayRead | kMayWrite};
    }
    if (iommus == iommus_max) return {};
    const auto offset = static_cast<std::uint64_t>(found.offset() + (address - page));
    const IommuEntry* const entry = Ask(region, offset, FlagOf(direction));
    if (entry == nullptr) return {};
    address = Redirect(*entry, offset);
    mask &= entry->mask;
    space = entry->space;
  }
}

const IommuEntry* Router::Ask(RegionId iommu, std::uint64_t address, std::uint8_t flag) const {
  const Iommu& table = *regions[iommu].iommu;
  if (table.is_traced && calls != nullptr) {
    calls->push_back({CallKind::kTranslated, iommu, {address, flag}});
  }
  const IommuEntry* const entry = table.Find(address);
  if (entry == nullptr || (PermissionOf(*entry) & flag) != flag) return nullptr;
  return entry;
}

std::uint8_t Router::PermissionOf(const IommuEntry& entry) const {
  return spaces[entry.space].is_live ? entry.permission : std::uint8_t{0};
}

namespace {

// Null: all ranges end at or before the address.
const Range* FirstEndingBehind(const View& view, Wide address) {
  const auto range = std::upper_bound(view.ranges.begin(), view.ranges.end(), address,
                                      [](Wide a, const Range& r) { return a < r.end; });
  return range != view.ranges.end() ? &*range : nullptr;
}

const Range* RangeAt(const View& view, std::uint64_t address) {
  const Range* const range = FirstEndingBehind(view, address);
  return range != nullptr && range->start <= address ? range : nullptr;
}

// The range is looked up in pieces: up to its first page boundary, whole pages, and the rest.
Wide PieceEnd(const Range& range, Wide address, std::uint64_t page_size) {
  const Wide page_mask = -Wide{page_size};
  const Wide first_page = (range.start + page_size - 1) & page_mask;
  const Wide last_page = range.end & page_mask;
  if (address < first_page) return std::min(first_page, range.end);
  return address < last_page ? last_page : range.end;
}

std::uint8_t FlagOf(Direction direction) {
  return direction == Direction::kRead ? kMayRead : kMayWrite;
}

std::uint64_t Redirect(const IommuEntry& entry, std::uint64_t address) {
  return (entry.target & ~entry.mask) | (address & entry.mask);
}

}  // namespace
}  // namespace flatcheck::reference
