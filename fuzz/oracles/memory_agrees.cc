#include "fuzz/oracles/memory_agrees.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <variant>

#include "fuzz/operation_kinds.h"
#include "fuzz/trace_text.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kLineSize = 64;
using Line = std::array<std::uint8_t, kLineSize>;

template <class Op>
inline constexpr bool kWrites = kIsOneOf<Op, op::Write, op::Store, op::WriteRom>;

// Bytes, dirty bits or blocks.
bool MayChangeMemory(const Operation& operation) {
  return std::visit(
      []<class Op>(const Op&) {
        return CreatesRegion<Op> || kWrites<Op> ||
               kIsOneOf<Op, op::Destroy, op::RamResize, op::TestClear, op::Snapshot, op::SetDirty,
                        op::Poke, op::Unmap>;
      },
      operation);
}

std::span<const PageRun> Part(const std::vector<PageRun>& runs, Extent extent) {
  return std::span(runs).subspan(extent.begin, extent.end - extent.begin);
}

// The first client whose dirty pages differ, or -1.
int DifferingClient(const MemorySeen& expect, const MemorySeen& actual, std::size_t block) {
  for (std::size_t client = 0; client < 3; ++client) {
    const auto should = Part(expect.page_runs, expect.dirty[block].runs[client]);
    const auto is = Part(actual.page_runs, actual.dirty[block].runs[client]);
    if (!std::ranges::equal(should, is)) return static_cast<int>(client);
  }
  return -1;
}

constexpr std::array<std::string_view, 3> kDirtyFields = {"dirty.vga", "dirty.code",
                                                          "dirty.migration"};

}  // namespace

std::optional<Disagreement> MemoryAgrees::Check(Machines machines, const Operation& operation,
                                                const Trace& trace, std::size_t step) {
  if (!MayChangeMemory(operation) || !trace.steps[step].refusal.empty()) return std::nullopt;
  if (auto wrong = CompareBlocks(machines, step)) return wrong;
  const std::size_t known = places_.size();
  CollectPlaces(machines.expect, operation);
  CollectPlaces(machines.actual, operation);
  return CompareBytes(machines, known, step);
}

std::optional<Disagreement> MemoryAgrees::CheckEnd(Machines machines, std::size_t step) {
  if (auto wrong = CompareBlocks(machines, step)) return wrong;
  std::ranges::sort(places_);
  places_.erase(std::unique(places_.begin(), places_.end()), places_.end());
  return CompareBytes(machines, 0, step);
}

// The first byte and the last: what lies between is read by the program, or is not.
void MemoryAgrees::CollectPlaces(const Machine& machine, const Operation& operation) {
  const auto collect = [&](SpaceSlot space, std::uint64_t address, std::uint64_t length) {
    if (length == 0) return;
    for (const std::uint64_t at : {address, address + length - 1}) {
      const Translated leads = machine.Translate(space, at, 1, true);
      CollectBeside(leads.region, leads.address);
    }
  };
  std::visit(
      [&]<class Op>(const Op& o) {
        if constexpr (std::is_same_v<Op, op::Store>) {
          collect(o.space, o.address.value, o.width.value);
        } else if constexpr (kWrites<Op>) {
          collect(o.space, o.address.value, o.length.value);
        }
      },
      operation);
}

void MemoryAgrees::CollectBeside(RegionSlot region, std::uint64_t offset) {
  const auto block = std::ranges::find(expect_.blocks, region, &BlockSeen::region);
  if (block == expect_.blocks.end()) return;
  const std::uint64_t line = offset / kLineSize * kLineSize;
  for (const std::uint64_t at : {line - kLineSize, line, line + kLineSize}) {
    if (at < block->max_length) places_.push_back({region, at});
  }
}

std::optional<Disagreement> MemoryAgrees::CompareBlocks(Machines machines, std::size_t step) {
  expect_.Clear();
  actual_.Clear();
  machines.expect.ObserveMemory(expect_);
  machines.actual.ObserveMemory(actual_);
  if (expect_.blocks != actual_.blocks) {
    return Disagreement{step, "memory_agrees", "blocks", "the RAM blocks or their order differ"};
  }
  for (std::size_t block = 0; block < expect_.blocks.size(); ++block) {
    const int client = DifferingClient(expect_, actual_, block);
    if (client < 0) continue;
    const auto i = static_cast<std::size_t>(client);
    return Disagreement{
        step, "memory_agrees", kDirtyFields[i],
        fmt::format("of r{} pages {} are dirty, should be {}", expect_.blocks[block].region.index,
                    PagesText(Part(actual_.page_runs, actual_.dirty[block].runs[i])),
                    PagesText(Part(expect_.page_runs, expect_.dirty[block].runs[i])))};
  }
  return std::nullopt;
}

std::optional<Disagreement> MemoryAgrees::CompareBytes(Machines machines, std::size_t first,
                                                       std::size_t step) const {
  for (const Place& place : std::span(places_).subspan(first)) {
    const bool lives = std::ranges::count(expect_.blocks, place.region, &BlockSeen::region) != 0;
    if (!lives) continue;
    Line should;
    Line is;
    machines.expect.ReadBlock(place.region, place.offset, should);
    machines.actual.ReadBlock(place.region, place.offset, is);
    if (should == is) continue;
    const auto index =
        static_cast<std::size_t>(std::ranges::mismatch(should, is).in1 - should.begin());
    Disagreement differing{
        step, "memory_agrees", "bytes",
        fmt::format("byte {:#x} of r{} is {:#x}, should be {:#x}", place.offset + index,
                    place.region.index, is[index], should[index])};
    differing.byte = {place.region, place.offset + index, should[index]};
    return differing;
  }
  return std::nullopt;
}

}  // namespace flatcheck
