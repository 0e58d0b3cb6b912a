#include "engine/ram/translate.h"

#include <algorithm>

#include "engine/ram/iommu.h"
#include "engine/ram/ram_block.h"

namespace flatcheck::engine {

namespace {

// The last byte of the piece of `range` that holds `address` (memory-map 6.1).
std::uint64_t PieceLast(const FlatRange& range, std::uint64_t address, std::uint64_t page_size) {
  const std::uint64_t page_last = address | (page_size - 1);
  const std::uint64_t page_first = page_last - (page_size - 1);
  const bool whole_page = range.first <= page_first && page_last <= range.last;
  if (!whole_page) return std::min(page_last, range.last);
  const std::uint64_t tail = (range.last % page_size + 1) % page_size;
  return range.last - tail;
}

// What an entry of all 2^64 bytes does to a length at address 0 (DER-09).
enum class WholeSpace { kCutsToZero, kCutsNothing };

class Translator {
 public:
  Translator(const MemoryMap& map, bool is_write, WholeSpace whole_space)
      : guard_(map), limits_(map.limits()), is_write_(is_write), whole_space_(whole_space) {}

  Translation In(const FlatView& view, std::uint64_t address, std::uint64_t length) {
    Translation at = Place(view, address, length);
    Follow(at);
    return at;
  }

  // From an IOMMU region on, if `at` is in one.
  void Follow(Translation& at) {
    while (at.region != nullptr && at.region->iommu() != nullptr) {
      if (crossed_++ == limits_.iommu_levels_max) return Refuse(at);
      const std::uint8_t wanted = is_write_ ? kIommuWrite : kIommuRead;
      const IommuEntry entry = at.region->iommu()->device().Translate(at.offset, wanted);
      if (entry.target == nullptr || (entry.permission & wanted) == 0) return Refuse(at);
      const std::uint64_t address = (entry.translated & ~entry.mask) | (at.offset & entry.mask);
      const std::uint64_t left = (address | entry.mask) - address + 1;
      const bool cuts = left != 0 || whole_space_ == WholeSpace::kCutsToZero;
      at = Place(entry.target->view(), address, cuts ? std::min(at.length, left) : at.length);
    }
  }

 private:
  static void Refuse(Translation& at) { at.region = nullptr; }

  Translation Place(const FlatView& view, std::uint64_t address, std::uint64_t length) const {
    const FlatRange* const range = view.Find(address);
    if (range == nullptr) return {nullptr, address, length};
    if (range->is_ram) {
      const std::uint64_t behind = PieceLast(*range, address, limits_.page_size) - address;
      if (length > behind) length = behind + 1;
    }
    return {range->region, range->offset + (address - range->first), length};
  }

  const AccessGuard guard_;
  const MapLimits& limits_;
  const bool is_write_;
  const WholeSpace whole_space_;
  std::size_t crossed_ = 0;
};

}  // namespace

SectionPiece FindPiece(const MemoryMap& map, const FlatView& view, std::uint64_t address) {
  const FlatRange* const range = view.Find(address);
  if (range == nullptr) return {nullptr, address, UINT64_MAX};
  return {range->region, range->offset + (address - range->first),
          PieceLast(*range, address, map.limits().page_size)};
}

Translation Translate(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                      std::uint64_t length, bool is_write) {
  return Translator(map, is_write, WholeSpace::kCutsToZero).In(space.view(), address, length);
}

Translation TranslatePiece(const MemoryMap& map, const FlatView& view, std::uint64_t address,
                           std::uint64_t length, bool is_write) {
  return Translator(map, is_write, WholeSpace::kCutsNothing).In(view, address, length);
}

Translation TranslateThrough(const MemoryMap& map, const MemoryRegion& iommu, std::uint64_t offset,
                             std::uint64_t length, bool is_write) {
  Translation at{&iommu, offset, length};
  Translator(map, is_write, WholeSpace::kCutsNothing).Follow(at);
  return at;
}

std::uint64_t ContiguousLength(const MemoryMap& map, const FlatView& view, const Stretch& stretch,
                               const Translation& first) {
  std::uint64_t done = first.length;
  while (done < stretch.length) {
    const Translation next =
        TranslatePiece(map, view, stretch.address + done, stretch.length - done, stretch.is_write);
    if (next.region != first.region || next.offset != first.offset + done) break;
    done += next.length;
  }
  return std::min(done, first.region->ram()->max_length() - first.offset);
}

std::uint64_t OriginOf(const MemoryRegion& region) {
  std::uint64_t origin = 0;
  for (const MemoryRegion* r = &region; r != nullptr; r = r->container()) origin += r->address();
  return origin;
}

Finding Find(const MemoryMap& map, const MemoryRegion& region, std::uint64_t offset,
             std::uint64_t size) {
  const std::uint64_t address = OriginOf(region) + offset;
  const MemoryRegion* root = &region;
  while (root->container() != nullptr) root = root->container();
  const AddressSpace* const space = map.SpaceOf(*root);
  if (space == nullptr) return {};
  const auto found = space->view().FirstEndingAt(address);
  const Int128 wanted_end = Int128{address} + size;
  if (found == space->view().end() || found->first >= wanted_end) return {};
  const std::uint64_t first = std::max(address, found->first);
  const Int128 end = std::min(wanted_end, Int128{found->last} + 1);
  return {.region = found->region,
          .offset = found->offset + (first - found->first),
          .size = static_cast<Size>(end - first),
          .address = first,
          .readonly = found->readonly,
          .nonvolatile = found->nonvolatile};
}

}  // namespace flatcheck::engine
