// Bytes in and out at a guest address (memory-map 6.2 to 6.8). Who answers there: translate.h.
//
// Writes to memory mark its pages dirty for the clients that log the region (memory-map 7.6).
// One thread at a time, reads too: the first access to a block maps it.
//
// Results are MemTx bits (engine/map/mmio_device.h). A bulk access goes by the view that was
// published when it began, whatever a device commits meanwhile; behind an IOMMU by the target
// space's view of that moment. So does AccessValid; WriteRom follows each commit.

#pragma once

#include <cassert>
#include <cstdint>
#include <cstring>
#include <span>

#include "engine/map/memory_map.h"
#include "engine/ram/byte_order.h"
#include "engine/ram/translate.h"

namespace flatcheck::engine {

struct Loaded {
  std::uint64_t value = 0;
  MemTx result = kMemTxOk;
};

// What the inline functions below leave over. Use those.
namespace slow {
MemTx Read(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
           std::span<std::uint8_t> bytes);
MemTx Write(MemoryMap& map, const AddressSpace& space, std::uint64_t address,
            std::span<const std::uint8_t> bytes);
Loaded Load(const MemoryMap& map, const AddressSpace& space, std::uint64_t address, unsigned width,
            ByteOrder order);
// The access of Store.
struct WordAccess {
  std::uint64_t address = 0;
  unsigned width = 0;
  ByteOrder order = ByteOrder::kLittle;
};
MemTx Store(MemoryMap& map, const AddressSpace& space, const WordAccess& access,
            std::uint64_t value);
void MarkDirty(MemoryMap& map, const MemoryRegion& region, std::uint64_t offset,
               std::uint64_t length, std::uint8_t mask);
}  // namespace slow

// Marks the bytes' pages for the clients that log the region now.
inline void MarkDirty(MemoryMap& map, const MemoryRegion& region, std::uint64_t offset,
                      std::uint64_t length) {
  const std::uint8_t mask = region.LogMask(map.global_logging());
  if (mask != 0) [[unlikely]]
    slow::MarkDirty(map, region, offset, length, mask);
}

// Memory that an access reaches without anybody's help.
struct DirectAccess {
  std::uint8_t* host = nullptr;  // Null: it is not of that kind.
  const MemoryRegion* region = nullptr;
  std::uint64_t offset = 0;
};

// For an access within one range. REQUIRES: length > 0.
inline DirectAccess FindDirect(const AddressSpace& space, std::uint64_t address,
                               std::uint64_t length, bool is_write) {
  const FlatRange* const range = space.view().Find(address);
  if (range == nullptr || range->last - address < length - 1) return {};
  std::uint8_t* const bytes = range->region->direct(is_write);
  if (bytes == nullptr) return {};
  const std::uint64_t offset = range->offset + (address - range->first);
  return {bytes + offset, range->region, offset};
}

// In as many parts as it takes. A part that fails reads as 0, or is not written; the rest goes on.
// Addresses wrap at 2^64.
inline MemTx Read(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                  std::span<std::uint8_t> bytes) {
  if (bytes.empty()) return kMemTxOk;
  const DirectAccess direct = FindDirect(space, address, bytes.size(), false);
  if (direct.host == nullptr) [[unlikely]]
    return slow::Read(map, space, address, bytes);
  std::memmove(bytes.data(), direct.host, bytes.size());
  return kMemTxOk;
}

inline MemTx Write(MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                   std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return kMemTxOk;
  const DirectAccess direct = FindDirect(space, address, bytes.size(), true);
  if (direct.host == nullptr) [[unlikely]]
    return slow::Write(map, space, address, bytes);
  std::memmove(direct.host, bytes.data(), bytes.size());
  MarkDirty(map, *direct.region, direct.offset, bytes.size());
  return kMemTxOk;
}

constexpr bool IsWidth(unsigned width) {
  return width == 1 || width == 2 || width == 4 || width == 8;
}

// One access of 1, 2, 4 or 8 bytes. Bytes of memory that a page table would not hold as one go to
// nobody: unlike Read, these never split (memory-map 6.8, DER-18). The loaded value is 0 where the
// result is neither kMemTxOk nor kMemTxError; a stored one is cut to the width.
inline Loaded Load(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                   unsigned width, ByteOrder order) {
  assert(IsWidth(width));
  const bool in_one_page =
      ((address ^ (address + (width - 1))) & ~(map.limits().page_size - 1)) == 0;
  if (in_one_page) [[likely]] {
    const DirectAccess direct = FindDirect(space, address, width, false);
    if (direct.host != nullptr) [[likely]] {
      Loaded loaded;
      std::memcpy(&loaded.value, direct.host, width);
      if (order == ByteOrder::kBig) loaded.value = ReverseBytes(loaded.value, width);
      return loaded;
    }
  }
  return slow::Load(map, space, address, width, order);
}
// NOLINTNEXTLINE(readability-function-size): Load's parameters, and the value.
inline MemTx Store(MemoryMap& map, const AddressSpace& space, std::uint64_t address, unsigned width,
                   ByteOrder order, std::uint64_t value) {
  assert(IsWidth(width));
  const bool in_one_page =
      ((address ^ (address + (width - 1))) & ~(map.limits().page_size - 1)) == 0;
  if (in_one_page) [[likely]] {
    const DirectAccess direct = FindDirect(space, address, width, true);
    if (direct.host != nullptr) [[likely]] {
      if (order == ByteOrder::kBig) value = ReverseBytes(value, width);
      std::memcpy(direct.host, &value, width);
      MarkDirty(map, *direct.region, direct.offset, width);
      return kMemTxOk;
    }
  }
  return slow::Store(map, space, {address, width, order}, value);
}

// Would each part of such an access reach memory or be taken by its device? (memory-map 6.6)
// Refused above MapLimits::access_valid_max (kTooLong).
Answered<bool> AccessValid(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                           std::uint64_t length, bool is_write);

// Writes to memory, device memory included, whether or not it is read-only; skips everything else
// (memory-map 6.9).
void WriteRom(MemoryMap& map, const AddressSpace& space, std::uint64_t address,
              std::span<const std::uint8_t> bytes);

// The host's address of a region's first byte, along its chain of aliases. Refused are a chain that
// ends without a block (kNoBlock), and offsets whose sum leaves the block (kBadRange); kNoMemory
// where the host has no room for the block (memory-map 7.8).
struct HostPointer {
  std::uint8_t* host = nullptr;
  Refusal refusal = Refusal::kNone;
};
HostPointer HostPointerOf(const MemoryRegion& region);

}  // namespace flatcheck::engine
