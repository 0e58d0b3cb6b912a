#include "engine/ram/dirty_memory.h"

#include <algorithm>
#include <cassert>

#include "engine/ram/page_bits.h"

namespace flatcheck::engine {

namespace {

// Appends the pages to the last run if they continue it.
void Append(std::vector<PageRange>& runs, PageRange pages) {
  if (!runs.empty() && runs.back().end == pages.first) {
    runs.back().end = pages.end;
  } else {
    runs.push_back(pages);
  }
}

}  // namespace

void DirtyPages::GrowTo(std::uint64_t end) {
  if (end <= end_) return;
  end_ = (end + kGrowthPages - 1) / kGrowthPages * kGrowthPages;
  if (!chunks_.empty() && !chunks_.back().bits.empty()) {
    chunks_.back().bits.resize(WordsOf((chunks_.size() - 1) * kChunkPages));
  }
  chunks_.resize((end_ + kChunkPages - 1) / kChunkPages);
}

template <class Self, class Visit>
void DirtyPages::ForEachChunk(Self& self, PageRange pages, Visit visit) {
  assert(pages.first >= pages.end || pages.end <= self.end_);
  while (pages.first < pages.end) {
    const std::uint64_t index = pages.first / kChunkPages;
    const std::uint64_t base = index * kChunkPages;
    const std::uint64_t end = std::min(pages.end, base + kChunkPages);
    if (!visit(self.chunks_[index], PageRange{pages.first - base, end - base}, base)) return;
    pages.first = end;
  }
}

std::uint64_t* DirtyPages::Materialise(Chunk& chunk, std::uint64_t base) const {
  if (chunk.bits.empty()) {
    chunk.bits.assign(WordsOf(base), chunk.dirty ? ~std::uint64_t{0} : 0);
    chunk.dirty = false;
  }
  return chunk.bits.data();
}

std::size_t DirtyPages::WordsOf(std::uint64_t base) const {
  return std::min(kChunkPages, end_ - base) / 64;
}

void DirtyPages::Set(PageRange pages) {
  ForEachChunk(*this, pages, [this](Chunk& chunk, PageRange within, std::uint64_t base) {
    if (chunk.dirty) return true;
    if (within == PageRange{0, kChunkPages}) {
      chunk = {.dirty = true, .bits = {}};
      return true;
    }
    return ForEachWord(Materialise(chunk, base), within.first, within.end,
                       [](std::uint64_t& word, std::uint64_t mask) {
                         word |= mask;
                         return true;
                       });
  });
}

bool DirtyPages::TestAndClear(PageRange pages) {
  const bool was_dirty = Any(pages);
  if (!was_dirty) return false;
  ForEachChunk(*this, pages, [this](Chunk& chunk, PageRange within, std::uint64_t base) {
    const bool is_clean = !chunk.dirty && chunk.bits.empty();
    if (is_clean) return true;
    if (within == PageRange{0, kChunkPages}) {
      chunk = {};
      return true;
    }
    return ForEachWord(Materialise(chunk, base), within.first, within.end,
                       [](std::uint64_t& word, std::uint64_t mask) {
                         word &= ~mask;
                         return true;
                       });
  });
  return true;
}

bool DirtyPages::Any(PageRange pages) const {
  bool any = false;
  ForEachChunk(*this, pages, [&](const Chunk& chunk, PageRange within, std::uint64_t) {
    any = chunk.dirty;
    if (!any && !chunk.bits.empty()) {
      any = !ForEachWord(chunk.bits.data(), within.first, within.end,
                         [](std::uint64_t word, std::uint64_t mask) { return (word & mask) == 0; });
    }
    return !any;
  });
  return any;
}

std::vector<PageRange> DirtyPages::Runs(PageRange pages) const {
  std::vector<PageRange> runs;
  FindRuns(pages, runs);
  return runs;
}

void DirtyPages::FindRuns(PageRange pages, std::vector<PageRange>& runs) const {
  runs.clear();
  ForEachChunk(*this, pages, [&](const Chunk& chunk, PageRange within, std::uint64_t base) {
    if (chunk.dirty) Append(runs, {base + within.first, base + within.end});
    if (chunk.bits.empty()) return true;
    ForEachRun(chunk.bits.data(), within.first, within.end,
               [&](std::uint64_t first, std::uint64_t end) {
                 Append(runs, {base + first, base + end});
               });
    return true;
  });
}

void DirtyMemory::GrowTo(std::uint64_t end_page) {
  for (DirtyPages& client : clients_) client.GrowTo(end_page);
}

void DirtyMemory::Set(std::uint8_t mask, PageRange pages) {
  for (std::size_t client = 0; client < kDirtyClients; ++client) {
    if ((mask >> client & 1) != 0) clients_[client].Set(pages);
  }
}

}  // namespace flatcheck::engine
