// A Bus carries accesses to the regions that a view shows.
//
// Which region answers is read off the view, as it was published. How that region answers goes by
// its fields of this moment, so a change that waits in a transaction shows at once.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reference/model_view.h"

namespace flatcheck::reference {

// Results of an access; the results of its parts are OR-ed.
inline constexpr std::uint32_t kOk = 0;
inline constexpr std::uint32_t kDecodeError = 2;

struct Translation {
  RegionId region = kNone;    // kNone where nothing is mapped.
  std::uint64_t address = 0;  // In the region, or in the space if there is none.
  std::uint64_t length = 0;
};

// One call of a device.
struct DeviceCall {
  RegionId region = kNone;
  bool is_write = false;
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::uint64_t value = 0;  // Of a write.
};

// The first range of the view that shares an address with [start, end), cut to it. An empty query
// meets a range that it lies strictly inside of.
std::optional<Range> FindFirst(const View& view, Wide start, Wide end);

// Where an access that begins at the address goes, and how much of its length may go there in one
// piece: RAM and ROM end with their part of the range, everything else takes all.
Translation Translate(const std::vector<Region>& regions, const View& view, std::uint64_t address,
                      std::uint64_t length, std::uint64_t page_size);

// REQUIRES: `view` shows `regions`. Addresses go on at 0 after 2^64 - 1.
struct Bus {
  std::vector<Region>& regions;
  const View& view;
  std::uint64_t page_size;
  std::vector<DeviceCall>& calls;  // Where calls of devices are added.

  // Return the OR-ed results. What cannot be read is left as it is in `bytes`.
  std::uint32_t Read(std::uint64_t address, std::span<std::uint8_t> bytes) const;
  std::uint32_t Write(std::uint64_t address, std::span<const std::uint8_t> bytes) const;
};

}  // namespace flatcheck::reference
