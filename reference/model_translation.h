// A Router finds out where an access goes: through the view of its address space to a region, and
// if that is an IOMMU, by its table to another space, and so on.
//
// Which region answers is read off the views, as they were published. IOMMU tables are read as they
// are at this moment.

#pragma once

#include <vector>

#include "reference/model_view.h"

namespace flatcheck::reference {

struct Translation {
  RegionId region = kNone;  // kNone where nothing is mapped, and where an IOMMU refuses.
  // In the region; or else in the space with nothing there, or in the IOMMU that refuses.
  std::uint64_t address = 0;
  // How much may go there in one piece: RAM and ROM end with their part of a range, an IOMMU's
  // answer with its mask, everything else takes all. A mask of all ones at address 0 makes it 0,
  // since 2^64 is 0.
  std::uint64_t length = 0;
  // As the length, but that mask makes it no less: accesses that go on piece by piece need one.
  std::uint64_t progress = 0;
};

// What address_space_get_iotlb_entry answers; all zero, and no space, where there is nothing.
struct IotlbEntry {
  SpaceId space = kNone;
  std::uint64_t address = 0;
  std::uint64_t target = 0;
  std::uint64_t mask = 0;
  std::uint8_t permission = 0;
};

// The part [start, end) of a range.
struct Part {
  const Range* range =
      nullptr;  // Null: there is none. Else of the view, and as long there as that.
  Wide start = 0;
  Wide end = 0;

  Wide offset() const { return range->offset + (start - range->start); }
};

// Of the first range of the view that shares an address with [start, end), what lies in there. An
// empty query meets a range that it lies strictly inside of.
Part FindFirst(const View& view, Wide start, Wide end);

// REQUIRES: the spaces' views show `regions`; the space asked is live.
struct Router {
  const std::vector<Region>& regions;
  const std::vector<Space>& spaces;
  std::uint64_t page_size;
  unsigned iommus_max;             // One that an access meets beyond these refuses it.
  std::vector<DeviceCall>* calls;  // Where translations by a traced IOMMU are added, or null.

  Translation Translate(SpaceId space, std::uint64_t address, std::uint64_t length,
                        Direction direction) const;
  IotlbEntry FindIotlbEntry(SpaceId space, std::uint64_t address, Direction direction) const;

  // Asks a table, on record. `flag` is what the access needs of kMayRead and kMayWrite; null if
  // there is no entry, or not for all of it.
  const IommuEntry* Ask(RegionId iommu, std::uint64_t address, std::uint8_t flag) const;
  // What an entry permits: nothing, when its space is gone.
  std::uint8_t PermissionOf(const IommuEntry& entry) const;
};

}  // namespace flatcheck::reference
