#include "engine/ram/dirty_transfer.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace flatcheck::engine {

namespace {

Refusal Check(const MemoryMap& map, const MemoryRegion& region, ByteRange range) {
  const RamBlock* const block = region.ram();
  if (block == nullptr) return Refusal::kNoBlock;
  const bool inside = range.start <= block->used_length() &&
                      range.length <= block->used_length() - range.start &&
                      range.start % map.limits().page_size == 0;
  return inside ? Refusal::kNone : Refusal::kBadRange;
}

// Sets the bits; returns how many were not set.
std::uint64_t SetBits(std::span<std::uint64_t> words, std::uint64_t first, std::uint64_t end) {
  std::uint64_t fresh = 0;
  for (std::uint64_t bit = first; bit < end;) {
    const std::uint64_t word_end = std::min(end, (bit / 64 + 1) * 64);
    const std::uint64_t ones = ~std::uint64_t{0} >> (64 - (word_end - bit)) << (bit % 64);
    fresh += static_cast<std::uint64_t>(std::popcount(ones & ~words[bit / 64]));
    words[bit / 64] |= ones;
    bit = word_end;
  }
  return fresh;
}

// Calls visit(first, end) for each run of ones within a word, of the first `count` bits.
template <class Visit>
void ForEachRun(std::span<const std::uint64_t> words, std::uint64_t count, Visit visit) {
  for (std::uint64_t base = 0; base < count; base += 64) {
    std::uint64_t left = words[base / 64];
    if (count - base < 64) left &= (std::uint64_t{1} << (count - base)) - 1;
    while (left != 0) {
      const auto first = static_cast<unsigned>(std::countr_zero(left));
      const auto end = first + static_cast<unsigned>(std::countr_one(left >> first));
      visit(base + first, base + end);
      left = end == 64 ? 0 : left >> end << end;
    }
  }
}

}  // namespace

Refusal ImportDirty(MemoryMap& map, const MemoryRegion& region, ByteRange range,
                    std::span<const std::uint64_t> log, std::uint64_t host_page_size) {
  if (const Refusal refusal = Check(map, region, range); refusal != Refusal::kNone) return refusal;
  assert(host_page_size % map.limits().page_size == 0);
  const std::uint8_t migration = map.global_logging() ? MaskOf(DirtyClient::kMigration) : 0;
  const auto mask = static_cast<std::uint8_t>(MaskOf(DirtyClient::kVga) | migration);
  const PageRange pages = map.PagesOf(*region.ram(), range.start, range.length);
  const std::uint64_t pages_per_bit = host_page_size / map.limits().page_size;
  ForEachRun(log, (pages.end - pages.first + pages_per_bit - 1) / pages_per_bit,
             [&](std::uint64_t first, std::uint64_t end) {
               map.dirty_memory().Set(mask,
                                      {pages.first + first * pages_per_bit,
                                       std::min(pages.end, pages.first + end * pages_per_bit)});
             });
  return Refusal::kNone;
}

Answered<std::uint64_t> MoveMigrationDirty(MemoryMap& map, MemoryRegion& region, ByteRange range,
                                           std::span<std::uint64_t> pages) {
  if (const Refusal refusal = Check(map, region, range); refusal != Refusal::kNone) {
    return {0, refusal};
  }
  const auto dirty = DirtyRuns(map, region, range, DirtyClient::kMigration);
  const auto cleared = TestAndClearDirty(map, region, range, DirtyClient::kMigration);
  if (cleared.refusal != Refusal::kNone) return {0, cleared.refusal};
  std::uint64_t fresh = 0;
  for (const PageRange& run : dirty.value) fresh += SetBits(pages, run.first, run.end);
  return {fresh};
}

}  // namespace flatcheck::engine
