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
  std::optional<Disagreement> wrong;
  for (std::uint32_t v = views.begin; v < views.end && !wrong; ++v) {
    if (IsAsBefore(trace, v)) continue;
    CollectAddresses(trace, trace.views[v]);
    wrong = AskAll(machines, trace.views[v], step);
    if (!wrong) wrong = AskRegions(machines, trace, trace.views[v], step);
    if (!wrong) wrong = AskHosts(machines, trace, trace.views[v], step);
  }
  views_before_ = views;
  return wrong;
}

void LookupsAgree::Skip(const Trace& trace, std::size_t step) {
  const Extent views = trace.steps[step].views;
  if (views.begin != views.end) views_before_ = views;
}

bool LookupsAgree::IsAsBefore(const Trace& trace, std::size_t view) const {
  const ViewSeen& now = trace.views[view];
  for (std::uint32_t v = views_before_.begin; v < views_before_.end; ++v) {
    const ViewSeen& before = trace.views[v];
    if (before.space != now.space) continue;
    return before.origin == now.origin && before.view_root == now.view_root &&
           std::equal(
               trace.ranges.begin() + before.ranges.begin, trace.ranges.begin() + before.ranges.end,
               trace.ranges.begin() + now.ranges.begin, trace.ranges.begin() + now.ranges.end);
  }
  return false;
}

std::optional<Disagreement> LookupsAgree::AskAll(Machines machines, const ViewSeen& view,
                                                 std::size_t step) const {
  const std::size_t ranges = view.ranges.end - view.ranges.begin;
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
std::optional<Disagreement> LookupsAgree::AskRegions(Machines machines, const Trace& trace,
                                                     const ViewSeen& view, std::size_t step) const {
  for (std::uint32_t r = view.ranges.begin; r < view.ranges.end; ++r) {
    const RegionSlot region = trace.ranges[r].region;
    if (machines.expect.Find(region, 1, 1) == machines.actual.Find(region, 1, 1)) continue;
    return Disagreement{step, "lookups_agree", "find",
                        fmt::format("find r{} 1 1 differs", region.index),
                        op::Find{region, {1}, {1}}};
  }
  return std::nullopt;
}

std::optional<Disagreement> LookupsAgree::AskHosts(Machines machines, const Trace& trace,
                                                   const ViewSeen& view, std::size_t step) const {
  for (std::uint32_t r = view.ranges.begin; r < view.ranges.end; ++r) {
    const RangeSeen& range = trace.ranges[r];
    for (const std::uint64_t address : {range.first, range.last}) {
      const HostPlace should = machines.expect.HostOf(view.space, address);
      const HostPlace is = machines.actual.HostOf(view.space, address);
      const HostPlace in_range{range.region, range.offset + (address - range.first),
                               is.ram_address};
      // Through an IOMMU, which has no block, the host memory is some other region's.
      const bool is_own =
          is.region == RegionSlot{} || is == in_range || !HasBlock(machines.actual, range.region);
      if (should == is && is_own) continue;
      const bool agree = should == is;
      return Disagreement{step, "lookups_agree", agree ? "host.range" : "host",
                          fmt::format("hostof as{} {:#x} {}", view.space.index, address,
                                      agree ? "is not in the range's region" : "differs"),
                          op::HostOf{view.space, {address}}};
    }
  }
  return std::nullopt;
}

void LookupsAgree::CollectAddresses(const Trace& trace, const ViewSeen& view) {
  addresses_.assign({0, 1});
  const auto ask = [this](std::uint64_t address) {
    if (address > addresses_.back()) addresses_.push_back(address);
  };
  const auto beside = [&ask](std::uint64_t edge) {
    if (edge != 0) ask(edge - 1);
    ask(edge);
    if (edge != UINT64_MAX) ask(edge + 1);
  };
  std::uint64_t hole = 0;
  for (std::uint32_t r = view.ranges.begin; r < view.ranges.end; ++r) {
    const RangeSeen& range = trace.ranges[r];
    if (range.first > hole) ask(hole + (range.first - hole) / 2);
    beside(range.first);
    // RAM is translated by whole pages: the borders nearest to the two ends.
    if (PageFirst(range.first) != range.first) {
      beside(std::min(PageFirst(range.first) + limits::kPageSize, range.last));
    }
    if (range.last % limits::kPageSize != limits::kPageSize - 1) {
      beside(std::max(PageFirst(range.last), range.first));
    }
    if (range.last != UINT64_MAX) beside(range.last + 1);
    hole = range.last + 1;
  }
  ask(UINT64_MAX - 1);
  ask(UINT64_MAX);
}

}  // namespace flatcheck
