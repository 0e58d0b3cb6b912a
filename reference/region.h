// A Region is one node of the guest's memory tree: it holds other regions, shows a part of another
// region (an alias), or answers accesses itself.
//
// Regions live in one vector and name each other by their place in it, so the tree of a map can be
// read, and asked, without following a pointer. Nothing here is shared with engine/: the two sides
// agree on the prose of the rules and on nothing else.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "reference/device.h"
#include "reference/iommu.h"
#include "reference/ram_block.h"

namespace flatcheck::reference {

// Geometry is computed in a signed type in which no sum of offsets along a path can wrap. Where a
// rule does wrap at 2^64, the code says std::uint64_t.
__extension__ typedef __int128 Wide;
inline constexpr Wide kSpaceEnd = Wide{1} << 64;

// Objects are numbered in the order of the requests that create them, the refused ones included.
using RegionId = std::uint32_t;
using SpaceId = std::uint32_t;
using ListenerId = std::uint32_t;
using MappingId = std::uint32_t;
using NotifierId = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xffffffff;

enum class Kind : std::uint8_t {
  kContainer,
  kIo,
  kReservation,  // Occupies addresses, and fails every access.
  kRam,
  kRom,
  kRomDevice,
  kRamDevice,
  kIommu,  // Passes accesses on to other address spaces.
  kAlias,
};

// A notifier that is signalled in place of a device's write callback.
struct Eventfd {
  std::uint64_t start = 0;
  std::uint64_t size = 0;  // 0 compares equal to any size.
  bool is_data_matched = false;
  std::uint64_t data = 0;
  std::uint8_t notifier = 0;
};

// A part of a region whose writes may be gathered before they reach the device.
struct CoalescedWindow {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct Region {
  bool is_live = false;
  Kind kind = Kind::kContainer;
  Wide size = 0;
  Wide size_created = 0;

  bool enabled = true;
  bool readonly = false;
  bool nonvolatile = false;
  bool unmergeable = false;
  bool romd_mode = true;

  RegionId container = kNone;
  std::uint64_t address = 0;  // In the container; kept, and obeyed, when there is none.
  std::int32_t priority = 0;
  std::vector<RegionId> children;  // Front to back.

  RegionId target = kNone;  // Of an alias.
  std::uint64_t target_offset = 0;

  // Logging follows a counter of 8 bits, and so errs after 256 starts; `vga_starts` does not.
  std::uint8_t vga_counter = 0;
  bool is_vga_logged = false;
  std::uint64_t vga_starts = 0;

  std::vector<Eventfd> eventfds;           // In the order of Precedes (model_events.h).
  std::vector<CoalescedWindow> coalesced;  // In the order of their requests.

  Profile profile;                  // Of kIo, kRomDevice and kRamDevice.
  std::unique_ptr<RamBlock> block;  // Of the kinds with bytes.
  std::unique_ptr<Iommu> iommu;     // Of kIommu.
};

// Whether there are bytes behind the region, where accesses go at least some of the time.
inline bool HasBytes(Kind kind) {
  return kind == Kind::kRam || kind == Kind::kRom || kind == Kind::kRomDevice ||
         kind == Kind::kRamDevice;
}

}  // namespace flatcheck::reference
