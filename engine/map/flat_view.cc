#include "engine/map/flat_view.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace flatcheck::engine {

bool SameRange(const FlatRange& a, const FlatRange& b) {
  return a.region == b.region && a.first == b.first && a.last == b.last && a.offset == b.offset &&
         a.romd_mode == b.romd_mode && a.readonly == b.readonly && a.nonvolatile == b.nonvolatile &&
         a.unmergeable == b.unmergeable;
}

bool CanMerge(const FlatRange& a, const FlatRange& b) {
  // Compared at the last byte of `a`, so that neither 2^64 nor an offset that wraps there counts as
  // a continuation.
  const bool adjacent = b.first != 0 && a.last == b.first - 1;
  const bool contiguous = b.offset != 0 && a.offset + (a.last - a.first) == b.offset - 1;
  return adjacent && contiguous && a.region == b.region && a.log_mask == b.log_mask &&
         a.romd_mode == b.romd_mode && a.readonly == b.readonly && a.nonvolatile == b.nonvolatile &&
         !a.unmergeable && !b.unmergeable;
}

FlatView::FlatView(const MemoryRegion* root, std::vector<FlatRange> ranges)
    : root_(root),
      ranges_(std::move(ranges)),
      firsts_(ranges_.size(), [this](std::size_t i) { return ranges_[i].first; }) {}

const FlatRange* FlatView::Search(std::uint64_t address) const {
  const std::size_t index = firsts_.FindLast(address);
  if (index == StartIndex::kNone || ranges_[index].last < address) return nullptr;
  HintFor(address).store(&ranges_[index], std::memory_order_relaxed);
  return &ranges_[index];
}

FlatView::const_iterator FlatView::FirstEndingAt(std::uint64_t address) const {
  const auto ends_before = [](const FlatRange& range, std::uint64_t a) { return range.last < a; };
  return std::lower_bound(begin(), end(), address, ends_before);
}

void FlatView::CheckInvariants() const {
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    assert(ranges_[i].first <= ranges_[i].last);
    if (i == 0) continue;
    assert(ranges_[i - 1].last < ranges_[i].first);
    assert(!CanMerge(ranges_[i - 1], ranges_[i]));
  }
}

}  // namespace flatcheck::engine
