// The RamList holds the RamBlocks of a map, in QEMU's order, and gives each its place in the
// ram_addr space: best fit, with QEMU's ties (memory-map 7.2, 7.3).
//
//     ram_addr   0        1M       2M          4M
//                [ block ][ gap   ][ block    ][ gap without end
//
// A gap begins behind a block, rounded up to 64 pages, and ends at the next block. The smallest one
// that is large enough is taken; among equal ones, that behind the block that comes first in the
// list. What lies before the lowest block is never used again while another lives.
//
// All of it takes O(log n) for n blocks.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "engine/ram/ram_block.h"

namespace flatcheck::engine {

class RamList {
 public:
  // By descending max_length; equal ones in order of creation (memory-map 7.3).
  struct Order {
    bool operator()(const RamBlock* a, const RamBlock* b) const;
  };
  using Blocks = std::set<const RamBlock*, Order>;

  // A byte of a block.
  struct Place {
    const RamBlock* block = nullptr;  // Null: none.
    std::uint64_t offset = 0;
  };

  // Where the ram_addr space ends, by our own rule: sums of addresses then never wrap, and
  // DirtyMemory, which goes up to the last block, stays small.
  static constexpr std::uint64_t kAddressesEnd = 1ull << 48;

  explicit RamList(std::uint64_t page_size) : alignment_(64 * page_size) {}
  RamList(const RamList&) = delete;
  RamList& operator=(const RamList&) = delete;

  // In list order.
  Blocks::const_iterator begin() const { return blocks_.begin(); }
  Blocks::const_iterator end() const { return blocks_.end(); }
  std::size_t size() const { return blocks_.size(); }

  // The byte at a place of the ram_addr space, or at a host address (memory-map 7.8). Only blocks
  // that are mapped have host addresses.
  Place FromRamAddress(std::uint64_t address) const;
  Place FromHost(const void* host) const;

  // The pointer is not null, and no mapped block meets those bytes of the host.
  bool IsFreeHost(const std::uint8_t* host, std::uint64_t length) const;

  // Where a block of that length would be put; nothing if there is no room.
  std::optional<std::uint64_t> FindOffset(std::uint64_t max_length) const;
  // REQUIRES: the block is in no list, and there is room for it.
  void Add(RamBlock& block);
  void Remove(RamBlock& block);

 private:
  friend class RamBlock;

  // Behind `block`; they sort by length, then as their blocks do.
  struct Gap {
    std::uint64_t length = 0;
    const RamBlock* block = nullptr;
    bool operator<(const Gap& other) const;
  };
  using ByOffset = std::map<std::uint64_t, const RamBlock*>;

  // The first place behind the block where another may begin.
  std::uint64_t Behind(const RamBlock& block) const;
  Gap GapBehind(ByOffset::const_iterator block) const;
  void NoteHost(const RamBlock& block) const { by_host_.emplace(block.host_, &block); }

  std::uint64_t alignment_;
  std::uint64_t added_ = 0;
  Blocks blocks_;
  ByOffset by_offset_;
  std::set<Gap> gaps_;
  mutable std::map<const std::uint8_t*, const RamBlock*> by_host_;  // Those that are mapped.
};

}  // namespace flatcheck::engine
