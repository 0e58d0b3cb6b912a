// Guest memory as bytes of the host, for bulk DMA (memory-map 6.9).
//
// Where the target is memory, a Mapping points into its block and extends over ranges as long as
// region and offset continue. Anything else - a device, a hole, a ROM for writing - gets a bounce
// buffer: filled by reads beforehand, or written back by Unmap. Buffers are scarce:
// MapLimits::bounce_buffers_max of them, MapLimits::bounce_bytes_max together. Both count for the
// whole map, as in QEMU 7.2; 9.2 has a budget of bytes for each address space. Not here: waking
// clients that wait for a buffer.
//
// Lifetime: the region of a direct mapping, and the space of any, cannot be destroyed while it
// lives (kHasMappings); a commit does not touch it. A Mapping must be gone before its map. One that
// goes without Unmap marks nothing and writes nothing back.

#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "engine/map/memory_map.h"
#include "engine/ram/translate.h"

namespace flatcheck::engine {

class Mapping {
 public:
  Mapping() = default;  // No mapping.
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping() { Release(); }

  explicit operator bool() const { return host_ != nullptr; }
  std::span<std::uint8_t> bytes() const { return {host_, length_}; }
  // Whose memory it is, or null for a bounce buffer.
  const MemoryRegion* region() const { return region_; }
  std::uint64_t offset() const { return offset_; }  // In the region.
  bool is_write() const { return is_write_; }

 private:
  friend Mapping MapMemory(MemoryMap& map, AddressSpace& space, std::uint64_t address,
                           std::uint64_t length, bool is_write);
  friend Refusal Unmap(Mapping& mapping, std::uint64_t access_length);

  void MapDirect(const MemoryRegion& region, std::uint64_t offset, std::uint64_t length);
  void MapBounce(const FlatView& view, std::uint64_t length);
  // Gives back what it holds.
  void Release();

  MemoryMap* map_ = nullptr;
  AddressSpace* space_ = nullptr;
  std::uint64_t address_ = 0;
  bool is_write_ = false;
  std::uint8_t* host_ = nullptr;
  std::uint64_t length_ = 0;
  const MemoryRegion* region_ = nullptr;
  std::uint64_t offset_ = 0;
  std::unique_ptr<std::uint8_t[]> bounce_;
};

// Maps a part of what is asked for, from its beginning on; no mapping for 0 bytes, without a free
// bounce buffer where one is needed, or where the host has no memory. All of it goes by the view
// that was published at the beginning.
[[nodiscard]] Mapping MapMemory(MemoryMap& map, AddressSpace& space, std::uint64_t address,
                                std::uint64_t length, bool is_write);

// Ends the mapping. Of one for writing, the first `access_length` bytes are marked dirty, or
// written back through the present view. Refused are more bytes than it has (kBadRange), and no
// mapping (kAbsent).
[[nodiscard]] Refusal Unmap(Mapping& mapping, std::uint64_t access_length);

}  // namespace flatcheck::engine
