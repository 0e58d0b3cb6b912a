// Dirty pages on their way in, from a hypervisor's log, and out, to who migrates the machine
// (memory-map 7.9, 7.10). Addresses and lengths are in bytes of the region's block.
//
// Refused: a region without a block (kNoBlock); a range beyond its used_length, or that does not
// begin on a page (kBadRange).

#pragma once

#include <cstdint>
#include <span>

#include "engine/map/memory_map.h"
#include "engine/ram/dirty_log.h"

namespace flatcheck::engine {

// Marks what a hypervisor saw written: bit i of `log` (bit i % 64 of word i / 64) is the i-th page
// of the host from `range.start` on, and stands for all of the map's pages in it. VGA is always
// marked, MIGRATION while the global log is on; CODE is not, since nothing translates code here.
// REQUIRES: host_page_size is a multiple of the map's page size, and not 0; the log has a bit for
// each page.
[[nodiscard]] Refusal ImportDirty(MemoryMap& map, const MemoryRegion& region, ByteRange range,
                                  std::span<const std::uint64_t> log, std::uint64_t host_page_size);

// Moves MIGRATION's dirty pages of the range into `pages`, where bit i is page i of the block:
// there they are set, here cleared, and listeners are told (LogClear). The answer is how many were
// not set there before: a page that was written twice is sent once.
// REQUIRES: `pages` has a bit for each page up to the range's end.
Answered<std::uint64_t> MoveMigrationDirty(MemoryMap& map, MemoryRegion& region, ByteRange range,
                                           std::span<std::uint64_t> pages);

}  // namespace flatcheck::engine
