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

std::span<const RangeSeen> RangesOf(const Trace& trace, const ViewSeen& view) {
  return std::span(trace.ranges).subspan(view.ranges.begin, view.ranges.end - view.ranges.begin);
}

bool HasBlock(const Machine& machine, RegionSlot region) {
  MemorySeen seen;
  machine.ObserveMemory(seen);
  return std::ranges::count(seen.blocks, region, &BlockSeen::region) != 0;
}

}  // namespace

std::optional<Disagreement> LookupsAgree::Check(Machines machines, const Trace& trace,
                                                std::size_t step) {
  const Extent views = trace.steps[step].views;
  if (views.begin == views.end) return std::nullopt;
  for (std::uint32_t v = views.begin; v < views.end; ++v) {
    const ViewSeen& view = trace.views[v];
    const Ranges ranges = RangesOf(trace, view);
    const std::optional<Ranges> before = RangesBefore(trace, view);
    if (before && std::ranges::equal(ranges, *before)) continue;
    CollectNew(ranges, before);
    if (auto wrong = AskAddresses(machines, view, ranges.size(), step)) return wrong;
    if (auto wrong = AskRegions(machines, step)) return wrong;
    if (auto wrong = AskHosts(machines, view.space, step)) return wrong;
  }
  views_before_ = views;
  return std::nullopt;
}

std::optional<Disagreement> LookupsAgree::CheckEnd(Machines machines, std::size_t step) {
  left_.Clear();
  machines.actual.ObserveViews(left_);
  for (const ViewSeen& view : left_.views) {
    const Ranges ranges = RangesOf(left_, view);
    CollectNew(ranges, std::nullopt);
    if (auto wrong = AskAddresses(machines, view, ranges.size(), step)) return wrong;
  }
  return std::nullopt;
}

void LookupsAgree::Skip(const Trace& trace, std::size_t step) {
  const Extent views = trace.steps[step].views;
  if (views.begin != views.end) views_before_ = views;
}

std::optional<LookupsAgree::Ranges> LookupsAgree::RangesBefore(const Trace& trace,
                                                               const ViewSeen& view) const {
  for (std::uint32_t v = views_before_.begin; v < views_before_.end; ++v) {
    const ViewSeen& before = trace.views[v];
    if (before.space != view.space) continue;
    const bool hangs_elsewhere = before.origin != view.origin || before.view_root != view.view_root;
    if (!hangs_elsewhere) return RangesOf(trace, before);
  }
  return std::nullopt;
}

// Where a range or a hole is new, so are its two edges. A hole is as it was between two ranges that
// were neighbours.
void LookupsAgree::CollectNew(Ranges ranges, const std::optional<Ranges>& ranges_before) {
  const Ranges before = ranges_before.value_or(Ranges());
  new_ranges_.clear();
  addresses_.assign({0, 1});
  auto old = before.begin();
  bool is_edge_new = !ranges_before;  // The one at `hole`.
  std::uint64_t hole = 0;             // Behind the range before.
  for (const RangeSeen& range : ranges) {
    for (; old != before.end() && old->first < range.first; ++old) is_edge_new = true;
    const bool is_new = old == before.end() || *old != range;
    if (is_new || is_edge_new) {
      CollectBeside(hole);
      if (range.first > hole) Collect(hole + (range.first - hole) / 2);
      CollectBeside(range.first);
    }
    if (is_new) {
      new_ranges_.push_back(range);
      CollectPageBorders(range);
    } else {
      ++old;
    }
    is_edge_new = is_new;
    hole = range.last + 1;
  }
  if (is_edge_new || old != before.end()) CollectBeside(hole);
  Collect(UINT64_MAX - 1);
  Collect(UINT64_MAX);
}

// RAM is translated by whole pages: the borders nearest to the two ends.
void LookupsAgree::CollectPageBorders(const RangeSeen& range) {
  if (PageFirst(range.first) != range.first) {
    CollectBeside(std::min(PageFirst(range.first) + limits::kPageSize, range.last));
  }
  if (range.last % limits::kPageSize != limits::kPageSize - 1) {
    CollectBeside(std::max(PageFirst(range.last), range.first));
  }
}

void LookupsAgree::Collect(std::uint64_t address) {
  if (address > addresses_.back()) addresses_.push_back(address);
}

void LookupsAgree::CollectBeside(std::uint64_t edge) {
  if (edge != 0) Collect(edge - 1);
  Collect(edge);
  if (edge != UINT64_MAX) Collect(edge + 1);
}

std::optional<Disagreement> LookupsAgree::AskAddresses(Machines machines, const ViewSeen& view,
                                                       std::size_t ranges, std::size_t step) const {
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    const std::uint64_t address = addresses_[i];
    // By the view alone: a program is no different for operations that change nothing.
    const std::uint64_t length = kLengths[(i + ranges) % kLengths.size()];
    const bool is_write = i % 2 != 0;
    if (machines.expect.Translate(view.space, address, length, is_write) !=
        machines.actual.Translate(view.space, address, length, is_write)) {
      return Disagreement{
          step, "lookups_agree", "xlat",
          fmt::format("xlat as{} {:#x} {:#x} differs", view.space.index, address, length),
          op::Translate{view.space, {address}, {length}, {is_write}}};
    }
    const std::uint64_t offset = address - view.origin;
    if (machines.expect.Find(view.root, offset, length) !=
        machines.actual.Find(view.root, offset, length)) {
      return Disagreement{
          step, "lookups_agree", "find",
          fmt::format("find r{} {:#x} {:#x} differs", view.root.index, offset, length),
          op::Find{view.root, {offset}, {length}}};
    }
  }
  return std::nullopt;
}

// A find may begin at any region: each that is seen is asked for its second byte.
std::optional<Disagreement> LookupsAgree::AskRegions(Machines machines, std::size_t step) const {
  for (const RangeSeen& range : new_ranges_) {
    const RegionSlot region = range.region;
    if (machines.expect.Find(region, 1, 1) == machines.actual.Find(region, 1, 1)) continue;
    return Disagreement{step, "lookups_agree", "find",
                        fmt::format("find r{} 1 1 differs", region.index),
                        op::Find{region, {1}, {1}}};
  }
  return std::nullopt;
}

std::optional<Disagreement> LookupsAgree::AskHosts(Machines machines, SpaceSlot space,
                                                   std::size_t step) const {
  for (const RangeSeen& range : new_ranges_) {
    for (const std::uint64_t address : {range.first, range.last}) {
      const HostPlace should = machines.expect.HostOf(space, address);
      const HostPlace is = machines.actual.HostOf(space, address);
      const HostPlace in_range{range.region, range.offset + (address - range.first),
                               is.ram_address};
      // Through an IOMMU, which has no block, the host memory is some other region's.
      const bool is_own =
          is.region == RegionSlot{} || is == in_range || !HasBlock(machines.actual, range.region);
      if (should == is && is_own) continue;
      const bool agree = should == is;
      return Disagreement{step, "lookups_agree", agree ? "host.range" : "host",
                          fmt::format("hostof as{} {:#x} {}", space.index, address,
                                      agree ? "is not in the range's region" : "differs"),
                          op::HostOf{space, {address}}};
    }
  }
  return std::nullopt;
}

}  // namespace flatcheck
