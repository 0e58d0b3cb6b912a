// What happens at a guest address: who answers (Translate, Find) and bytes in and out (Read,
// Write). Memory-map section 6.
//
// All of these read the published view, and the regions' kinds and attributes as they are now: a
// ROM device that was just switched to romd mode reads directly although the transaction is still
// open (memory-map 3.4).

#pragma once

#include <cstdint>
#include <span>

#include "engine/map/address_range.h"
#include "engine/map/memory_map.h"

namespace flatcheck::engine {

struct Translation {
  const MemoryRegion* region = nullptr;  // Null: nobody answers.
  std::uint64_t offset = 0;              // In the region; the address itself where nobody answers.
  std::uint64_t length = 0;
};

// For RAM and ROM, the length is cut at the end of the part of the range that the page tables of
// QEMU would hold as one: the bytes up to a page border, whole pages, or the bytes behind the last
// border (memory-map 6.1). Else it stays.
Translation Translate(const AddressSpace& space, std::uint64_t address, std::uint64_t length,
                      std::uint64_t page_size);

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

// Results of an access, OR-ed over its parts.
inline constexpr std::uint32_t kMemTxOk = 0;
inline constexpr std::uint32_t kMemTxDecodeError = 2;

// A part that fails reads as 0, or is not written; the rest goes on. Addresses wrap at 2^64.
std::uint32_t Read(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                   std::span<std::uint8_t> bytes);
std::uint32_t Write(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                    std::span<const std::uint8_t> bytes);

}  // namespace flatcheck::engine
