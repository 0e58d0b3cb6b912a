// EngineBackings say where the engine's memory is to come from (fuzz/backing_of_length.h), and hold
// what is not the engine's own. Of a machine's regions with such a length, the first 64 may have
// files.
//
// The map's own memory begins where pages of 4 KiB do. If a host's pages are larger, a caller gives
// all of it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "engine/map/memory_map.h"
#include "engine/ram/ram_block.h"
#include "engine/ram/ram_list.h"

namespace flatcheck {

class EngineBackings {
 public:
  explicit EngineBackings(std::uint64_t host_page_size) : host_page_size_(host_page_size) {}
  ~EngineBackings();
  EngineBackings(const EngineBackings&) = delete;
  EngineBackings& operator=(const EngineBackings&) = delete;

  // Of a region of `size` bytes that is being created. What a caller or a file gives is zero, and
  // lives as long as this object.
  engine::RamBacking Of(std::uint64_t size);

  // Whether the map refuses what a region that has its memory from a file or a caller may not have
  // it from, as often as it is asked: what is refused takes nothing of what may be had. Asks for
  // the first few.
  bool RefusesBad(engine::MemoryMap& map, std::uint64_t size);

  // Whether the bytes are also in a descriptor (RamBlock::fd) with which they are shared; if so,
  // takes them from there.
  static bool ReadShared(const engine::RamBlock& block, std::uint64_t offset,
                         std::span<std::uint8_t> bytes);

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const { std::free(bytes); }
  };
  std::vector<engine::RamBacking> Bad(std::uint64_t size, const engine::RamList& blocks);
  engine::FileMemory NewFile(std::uint64_t length);
  // For a region of that size.
  engine::RamBacking NewMemory(std::uint64_t size);

  std::uint64_t host_page_size_;
  std::size_t given_ = 0;
  std::vector<int> files_;
  std::vector<std::unique_ptr<std::uint8_t, Free>> memories_;
};

}  // namespace flatcheck
