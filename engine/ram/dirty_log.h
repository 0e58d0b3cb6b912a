// What clients ask of a region's dirty pages. Addresses and lengths are in bytes of its block;
// pages that are told are the block's own, from 0 (memory-map 4.8, 7.5 to 7.7).
//
// Refused: a region without a block of its own (kNoBlock); a range that does not lie in the block
// (kBadRange): in its max_length to look, in its used_length to change.

#pragma once

#include <cstdint>
#include <vector>

#include "engine/map/memory_map.h"
#include "engine/ram/dirty_memory.h"

namespace flatcheck::engine {

struct ByteRange {
  std::uint64_t start = 0;
  std::uint64_t length = 0;
};

// Does the region have a block (kNoBlock), and the range lie in its used_length (kBadRange)?
[[nodiscard]] Refusal CheckUsed(const MemoryRegion& region, ByteRange range);

// The dirty pages that the range touches, as runs.
Answered<std::vector<PageRange>> DirtyRuns(const MemoryMap& map, const MemoryRegion& region,
                                           ByteRange range, DirtyClient client);

// The same in place of what `runs` held, for those who ask often.
[[nodiscard]] Refusal FindDirtyRuns(const MemoryMap& map, const MemoryRegion& region,
                                    ByteRange range, DirtyClient client,
                                    std::vector<PageRange>& runs);

// Marks the pages for the clients that log the region now.
[[nodiscard]] Refusal SetDirty(MemoryMap& map, const MemoryRegion& region, ByteRange range);

// Was any page dirty? Clears them, and tells every listener so (LogClear).
Answered<bool> TestAndClearDirty(MemoryMap& map, MemoryRegion& region, ByteRange range,
                                 DirtyClient client);

// Syncs the region's logs, then returns and clears the dirty pages. Groups of 64 pages are cleared
// whole: pages around the range are lost (memory-map 4.8).
Answered<std::vector<PageRange>> SnapshotAndClearDirty(MemoryMap& map, MemoryRegion& region,
                                                       ByteRange range, DirtyClient client);

}  // namespace flatcheck::engine
