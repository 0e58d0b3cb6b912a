// A Bus carries accesses to the regions that views show.
//
// Where an access goes is the Router's answer (model_translation.h). How a region answers goes by
// its fields of this moment, so a change that waits in a transaction shows at once.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "reference/model_translation.h"

namespace flatcheck::reference {

struct Response {
  std::uint64_t value = 0;
  std::uint32_t result = kOk;
};

// Where a fixed-width access is made, and how: 1, 2, 4 or 8 bytes in the given order.
struct WordAt {
  std::uint64_t address = 0;
  std::uint64_t width = 0;
  Endian endian = Endian::kLittle;
};

// REQUIRES: as for Router. Addresses go on at 0 after 2^64 - 1.
struct Bus {
  std::vector<Region>& regions;
  const std::vector<Space>& spaces;
  DirtyPages& dirty;
  std::uint64_t page_size;
  unsigned iommus_max;
  std::uint8_t migration_mask;         // 0 unless migration is logging.
  std::vector<DeviceCall>& calls;      // Where calls of devices are added,
  std::vector<std::uint8_t>& signals;  // and the notifiers that writes signal.

  Router router() const { return {regions, spaces, page_size, iommus_max, &calls}; }

  // Return the OR-ed results. What cannot be read reads 0.
  std::uint32_t Read(SpaceId space, std::uint64_t address, std::span<std::uint8_t> bytes) const;
  std::uint32_t Write(SpaceId space, std::uint64_t address,
                      std::span<const std::uint8_t> bytes) const;
  // Writes to the bytes of read-only regions too, and to nothing but bytes.
  void WriteRom(SpaceId space, std::uint64_t address, std::span<const std::uint8_t> bytes) const;

  Response Load(SpaceId space, const WordAt& at) const;
  std::uint32_t Store(SpaceId space, const WordAt& at, std::uint64_t value) const;

  // Whether every part of an access would be accepted.
  bool AcceptsAll(SpaceId space, std::uint64_t address, std::uint64_t length,
                  Direction direction) const;

  // How many bytes from `address` on, up to `length`, lie side by side in the block that `first`,
  // the translation of that address and length, leads to. REQUIRES: it leads to bytes directly.
  std::uint64_t ContiguousLength(SpaceId space, std::uint64_t address, std::uint64_t length,
                                 Direction direction, const Translation& first) const;

  // A write to `length` bytes of a region's block makes their pages dirty for those who log it.
  void MarkDirty(RegionId id, std::uint64_t offset, std::uint64_t length) const;
};

// Whether an access goes to the region's bytes without a call. The region's own `readonly` counts,
// not what it inherits on the way to a range.
bool IsDirect(const Region& region, Direction direction);

}  // namespace flatcheck::reference
