#include "fuzz/oracles/lookups_agree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "fuzz/limits.h"

namespace flatcheck {

namespace {

// Lengths asked in turn: one byte, across pages, nothing, everything.
constexpr std::array<std::uint64_t, 4> kLengths{1, 0x2001, 0, UINT64_MAX};

constexpr std::uint64_t PageFirst(std::uint64_t address) {
  return address / limits::kPageSize * limits::kPageSize;
}

}  // namespace

std::optional<Disagreement> LookupsAgree::Check(const Machine& expect, const Machine& actual,
                                                const Trace& trace, std::size_t step) {
  const Extent views = trace.steps[step].views;
  for (std::uint32_t v = views.begin; v < views.end; ++v) {
    const ViewSeen& view = trace.views[v];
    CollectAddresses(trace, view);
    for (std::size_t i = 0; i < addresses_.size(); ++i) {
      const std::uint64_t address = addresses_[i];
      const std::uint64_t length = kLengths[(i + step) % kLengths.size()];
      const bool is_write = i % 2 != 0;
      if (expect.Translate(view.space, address, length, is_write) !=
          actual.Translate(view.space, address, length, is_write)) {
        return Disagreement{
            step, "lookups_agree", "xlat",
            fmt::format("xlat as{} {:#x} {:#x} differs", view.space.index, address, length)};
      }
      if (expect.Find(view.root, address, length) != actual.Find(view.root, address, length)) {
        return Disagreement{
            step, "lookups_agree", "find",
            fmt::format("find r{} {:#x} {:#x} differs", view.root.index, address, length)};
      }
    }
  }
  return std::nullopt;
}

void LookupsAgree::CollectAddresses(const Trace& trace, const ViewSeen& view) {
  addresses_.clear();
  const auto beside = [this](std::uint64_t address) {
    // Wraps at the ends, which are asked about anyway.
    addresses_.insert(addresses_.end(), {address - 1, address, address + 1});
  };
  beside(0);
  std::uint64_t hole = 0;
  for (std::uint32_t r = view.ranges.begin; r < view.ranges.end; ++r) {
    const RangeSeen& range = trace.ranges[r];
    if (range.first > hole) addresses_.push_back(hole + (range.first - hole) / 2);
    beside(range.first);
    beside(range.last);
    addresses_.push_back(range.last + 2);
    // RAM is translated by whole pages: the borders nearest to the two ends.
    if (PageFirst(range.first) != range.first) beside(PageFirst(range.first) + limits::kPageSize);
    if (PageFirst(range.last + 1) != range.last + 1) beside(PageFirst(range.last + 1));
    hole = range.last + 1;
  }
  std::sort(addresses_.begin(), addresses_.end());
  addresses_.erase(std::unique(addresses_.begin(), addresses_.end()), addresses_.end());
}

}  // namespace flatcheck
