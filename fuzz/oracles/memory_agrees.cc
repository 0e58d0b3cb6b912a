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

bool CreatesBlock(const Operation& operation) {
  return std::visit(
      []<class Op>(const Op&) {
        return kIsOneOf<Op, op::Ram, op::Rom, op::RomDevice, op::RamDevice, op::ResizeableRam>;
      },
      operation);
}

// Bytes, dirty bits or present blocks.
bool MayChangeMemory(const Operation& operation) {
  return std::visit(
      []<class Op>(const Op&) {
        return kIsOneOf<Op, op::Destroy, op::LogSync, op::LogClear, op::RamResize, op::TestClear,
                        op::Snapshot, op::SetDirty, op::Write, op::Store, op::WriteRom, op::Poke,
                        op::Unmap>;
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
  if (const auto* map = std::get_if<op::Map>(&operation)) Remember(*map, trace, step);
  const bool creates = CreatesBlock(operation);
  const bool changes = MayChangeMemory(operation) && trace.steps[step].refusal.empty();
  if (creates || !(changes || has_new_blocks_)) {
    has_new_blocks_ |= creates;
    return std::nullopt;
  }
  has_new_blocks_ = false;
  if (auto wrong = CompareBlocks(machines, step)) return wrong;
  const std::size_t known = places_.size();
  if (changes) CollectPlaces(machines.expect, operation);
  return CompareBytes(machines, known, step);
}

std::optional<Disagreement> MemoryAgrees::CheckEnd(Machines machines, std::size_t step) {
  if (auto wrong = CompareBlocks(machines, step)) return wrong;
  std::ranges::sort(places_);
  places_.erase(std::unique(places_.begin(), places_.end()), places_.end());
  return CompareBytes(machines, 0, step);
}

void MemoryAgrees::Remember(const op::Map& map, const Trace& trace, std::size_t step) {
  const std::int32_t answer = trace.steps[step].answer;
  MappingSeen seen{.space = map.space, .address = map.address.value};
  if (answer >= 0) seen.mapped = trace.answers[static_cast<std::size_t>(answer)].mapped;
  mappings_.push_back(seen);
}

void MemoryAgrees::CollectPlaces(const Machine& machine, const Operation& operation) {
  std::visit(Overload{[&](const op::Write& o) {
                        CollectRange(machine, o.space, o.address.value, o.length.value);
                      },
                      [&](const op::WriteRom& o) {
                        CollectRange(machine, o.space, o.address.value, o.length.value);
                      },
                      [&](const op::Store& o) {
                        CollectRange(machine, o.space, o.address.value, o.width.value);
                      },
                      [&](const op::Poke& o) {
                        const Mapped& mapped = mappings_[o.mapping.index].mapped;
                        if (mapped.way != Mapped::Way::kDirect) return;
                        CollectBeside(mapped.region, mapped.offset + o.offset.value);
                        CollectBeside(mapped.region,
                                      mapped.offset + o.offset.value + o.length.value);
                      },
                      // A bounce buffer is written back through the view of this moment.
                      [&](const op::Unmap& o) {
                        const MappingSeen& seen = mappings_[o.mapping.index];
                        if (seen.mapped.way != Mapped::Way::kBounce) return;
                        CollectRange(machine, seen.space, seen.address, o.access_length.value);
                      },
                      [](const auto&) {}},
             operation);
}

// Pieces may be as short as a byte. Of long requests, which only bounce buffers make, those that
// begin at a multiple of 16 bytes.
void MemoryAgrees::CollectRange(const Machine& machine, SpaceSlot space, std::uint64_t address,
                                std::uint64_t length) {
  const std::uint64_t stride = length <= kLineSize ? 1 : 16;
  Place last;
  for (std::uint64_t i = 0; i < length; i += stride) {
    const Translated leads = machine.Translate(space, address + i, 1, true);
    const Place place{leads.region, leads.address / kLineSize};
    if (place == last) continue;
    last = place;
    CollectBeside(leads.region, leads.address);
  }
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
