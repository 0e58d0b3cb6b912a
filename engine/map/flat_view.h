// A FlatView is what a guest sees of an address space: the visible parts of its regions as sorted,
// disjoint ranges.
//
//     regions   root  [....................................]
//               ram     [AAAAAAAAAAAAAAAAAAAAAAA]              priority 0
//               rom             [BBBBB]                        priority 1
//     view            [A@0     ][B@0  ][A@13    ]
//
// Invariants (CheckInvariants):
//   1. Ranges are sorted by `first`, disjoint and not empty.
//   2. No two neighbours could be one range (CanMerge).
// Lifetime: immutable once built, shared by the address spaces that resolve to the same root;
// regions outlive it. Not here: how it is made (engine/map/render.h), how two are compared
// (engine/map/topology_diff.h).

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/map/address_range.h"
#include "engine/map/start_index.h"

namespace flatcheck::engine {

class MemoryRegion;

struct FlatRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const MemoryRegion* region = nullptr;
  std::uint64_t offset = 0;   // Of `first` in the region.
  std::uint8_t log_mask = 0;  // Dirty log clients when the view was built (memory-map 1.6).
  bool romd_mode =
      false;  // The region's own; the next three are OR-ed along the path from the root.
  bool readonly = false;
  bool nonvolatile = false;
  bool unmergeable = false;
  bool is_ram = false;  // The region's; here so that a translation need not touch it.

  Size size() const { return Size{last - first} + 1; }
  AddressRange addresses() const { return {Int128{first}, Int128{last} + 1}; }
};

// The same range to a listener; a change of the log mask is told apart (memory-map 4.3).
bool SameRange(const FlatRange& a, const FlatRange& b);

// `b` continues `a` in address, region and every attribute (memory-map 2.2).
bool CanMerge(const FlatRange& a, const FlatRange& b);

class FlatView {
 public:
  using const_iterator = std::vector<FlatRange>::const_iterator;

  // The empty view of a root that shows nothing at all: no root, no ranges.
  FlatView() = default;
  // REQUIRES: the ranges satisfy the invariants.
  FlatView(const MemoryRegion* root, std::vector<FlatRange> ranges);

  FlatView(const FlatView&) = delete;
  FlatView& operator=(const FlatView&) = delete;

  // The region that the address space's root was resolved to (memory-map 2.3); null for the empty
  // view.
  const MemoryRegion* root() const { return root_; }

  const_iterator begin() const { return ranges_.begin(); }
  const_iterator end() const { return ranges_.end(); }
  std::size_t size() const { return ranges_.size(); }

  // The range that holds the address, or null. Readers may be many threads: of Find alone, not of
  // accesses, which may map a block (engine/ram/ram_block.h).
  const FlatRange* Find(std::uint64_t address) const {
    const FlatRange* const hint = HintFor(address).load(std::memory_order_relaxed);
    if (hint != nullptr && address - hint->first <= hint->last - hint->first) [[likely]] {
      return hint;
    }
    return Search(address);
  }

  // The first range that ends at or behind the address.
  const_iterator FirstEndingAt(std::uint64_t address) const;

  void CheckInvariants() const;

 private:
  using Hint = std::atomic<const FlatRange*>;
  static constexpr std::size_t kHints = 64;

  // Where the range is noted that last answered for the address or one like it: neighbouring pages
  // have different places, so that busy ranges do not drive each other out.
  Hint& HintFor(std::uint64_t address) const {
    return hints_[((address >> 12) ^ (address >> 18)) % kHints];
  }
  const FlatRange* Search(std::uint64_t address) const;

  const MemoryRegion* root_ = nullptr;
  std::vector<FlatRange> ranges_;
  StartIndex firsts_;  // Of ranges_.
  mutable std::array<Hint, kHints> hints_{};
};

}  // namespace flatcheck::engine
