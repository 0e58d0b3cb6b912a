// Who answers at a guest address (memory-map 6.1, 6.2, 6.10).
//
// These read the published view, and the regions' kinds and attributes as they are now: a ROM
// device that was just switched to romd mode reads directly although the transaction is still open
// (memory-map 3.4).

#pragma once

#include <cstdint>

#include "engine/map/address_range.h"
#include "engine/map/memory_map.h"

namespace flatcheck::engine {

struct Translation {
  const MemoryRegion* region = nullptr;  // Null: nobody answers.
  // In the region. Where nobody answers: the address itself; behind an IOMMU the address that leads
  // nowhere; the offset in the IOMMU region where that refused.
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// The part of a range that the page tables of QEMU hold as one: the bytes up to a page border,
// whole pages, or the bytes behind the last border (memory-map 6.1).
struct SectionPiece {
  const MemoryRegion* region = nullptr;  // Null: a hole, which has no borders.
  std::uint64_t offset = 0;              // Of the address, in the region; in a hole itself.
  std::uint64_t last = 0;                // The address of its last byte.
};
SectionPiece FindPiece(const MemoryMap& map, const FlatView& view, std::uint64_t address);

// Follows IOMMU regions; a chain of more than MapLimits::iommu_levels_max leads nowhere. For RAM
// and ROM, the length is cut at the end of the piece. Each IOMMU cuts it at the end of its entry;
// one whose entry is all 2^64 bytes cuts it to 0 at address 0 (DER-09). Else it stays.
Translation Translate(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                      std::uint64_t length, bool is_write = false);

// The same for accesses that go on piece by piece, of which those of QEMU use one view to the end:
// an entry of all 2^64 bytes cuts nothing.
Translation TranslatePiece(const MemoryMap& map, const FlatView& view, std::uint64_t address,
                           std::uint64_t length, bool is_write);

// The same from an offset in an IOMMU region on.
Translation TranslateThrough(const MemoryMap& map, const MemoryRegion& iommu, std::uint64_t offset,
                             std::uint64_t length, bool is_write);

// Addresses to be mapped.
struct Stretch {
  std::uint64_t address = 0;
  std::uint64_t length = 0;
  bool is_write = false;
};
// How many bytes of the stretch, of which `first` is the beginning, are side by side in its block:
// over borders of pieces and ranges, but not past the block's end. REQUIRES: `first` is direct.
std::uint64_t ContiguousLength(const MemoryMap& map, const FlatView& view, const Stretch& stretch,
                               const Translation& first);

// Where offset 0 of the region lies in its topmost container: the sum of the addresses on the way,
// wrapping at 2^64, the topmost container's own included.
std::uint64_t OriginOf(const MemoryRegion& region);

struct Finding {
  const MemoryRegion* region = nullptr;  // Null: nothing found.
  std::uint64_t offset = 0;
  Size size = 0;
  std::uint64_t address = 0;
  bool readonly = false;
  bool nonvolatile = false;
};

// The lowest visible range that meets [offset, offset + size) of the region, at its place in the
// oldest address space whose root is the region's topmost container, cut to that stretch
// (memory-map 6.10).
Finding Find(const MemoryMap& map, const MemoryRegion& region, std::uint64_t offset,
             std::uint64_t size);

}  // namespace flatcheck::engine
