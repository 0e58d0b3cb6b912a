#include "engine/ram/dirty_transfer.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "engine/ram/page_bits.h"

namespace flatcheck::engine {

namespace {

Refusal Check(const MemoryMap& map, const MemoryRegion& region, ByteRange range) {
  const Refusal refusal = CheckUsed(region, range);
  const bool begins_page = range.start % map.limits().page_size == 0;
  return refusal == Refusal::kNone && !begins_page ? Refusal::kBadRange : refusal;
}

// Sets the bits; returns how many were not set.
std::uint64_t SetBits(std::span<std::uint64_t> words, std::uint64_t first, std::uint64_t end) {
  std::uint64_t fresh = 0;
  ForEachWord(words.data(), first, end, [&](std::uint64_t& word, std::uint64_t ones) {
    fresh += static_cast<std::uint64_t>(std::popcount(ones & ~word));
    word |= ones;
    return true;
  });
  return fresh;
}

}  // namespace

Refusal ImportDirty(MemoryMap& map, const MemoryRegion& region, ByteRange range,
                    std::span<const std::uint64_t> log, std::uint64_t host_page_size) {
  if (const Refusal refusal = Check(map, region, range); refusal != Refusal::kNone) return refusal;
  assert(host_page_size != 0 && host_page_size % map.limits().page_size == 0);
  const std::uint8_t migration = map.global_logging() ? MaskOf(DirtyClient::kMigration) : 0;
  const auto mask = static_cast<std::uint8_t>(MaskOf(DirtyClient::kVga) | migration);
  const PageRange pages = map.PagesOf(*region.ram(), range.start, range.length);
  const std::uint64_t pages_per_bit = host_page_size / map.limits().page_size;
  const std::uint64_t bits = (pages.end - pages.first + pages_per_bit - 1) / pages_per_bit;
  assert(bits <= log.size() * 64);
  ForEachRun(log.data(), 0, bits, [&](std::uint64_t first, std::uint64_t end) {
    map.dirty_memory().Set(mask, {pages.first + first * pages_per_bit,
                                  std::min(pages.end, pages.first + end * pages_per_bit)});
  });
  return Refusal::kNone;
}

Answered<std::uint64_t> MoveMigrationDirty(MemoryMap& map, MemoryRegion& region, ByteRange range,
                                           std::span<std::uint64_t> pages) {
  if (map.in_callback()) return {0, Refusal::kInCallback};
  if (const Refusal refusal = Check(map, region, range); refusal != Refusal::kNone) {
    return {0, refusal};
  }
  const auto dirty = DirtyRuns(map, region, range, DirtyClient::kMigration);
  assert(dirty.value.empty() || dirty.value.back().end <= pages.size() * 64);
  const auto cleared = TestAndClearDirty(map, region, range, DirtyClient::kMigration);
  if (cleared.refusal != Refusal::kNone) return {0, cleared.refusal};
  std::uint64_t fresh = 0;
  for (const PageRange& run : dirty.value) fresh += SetBits(pages, run.first, run.end);
  return {fresh};
}

}  // namespace flatcheck::engine
