// Guest, host and ram addresses of memory, as properties of every range of every view
// (memory-map 7.8).

#include <gtest/gtest.h>

#include <cstdint>

#include "engine/ram/access.h"
#include "engine/ram/ram_list.h"
#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/generator.h"

namespace flatcheck {
namespace {

using engine::FlatRange;
using engine::MemoryMap;
using engine::RamBlock;

// host = the block's host + the offset in the region; ram_addr = the block's offset + the offset in
// the region; and both lead back.
void CheckAddress(const MemoryMap& map, const engine::AddressSpace& space, const FlatRange& range,
                  std::uint64_t address) {
  const RamBlock& block = *range.region->ram();
  const std::uint64_t offset = range.offset + (address - range.first);
  std::uint8_t* const host = engine::FindDirect(space, address, 1, false).host;
  ASSERT_EQ(host, block.host() + offset);
  const auto from_host = map.ram_list().FromHost(host);
  EXPECT_EQ(from_host.block, &block);
  EXPECT_EQ(from_host.offset, offset);
  const auto from_ram_address = map.ram_list().FromRamAddress(block.offset() + offset);
  EXPECT_EQ(from_ram_address.block, &block);
  EXPECT_EQ(from_ram_address.offset, offset);
}

// Returns how many ranges are memory.
std::size_t CheckSpace(const MemoryMap& map, const engine::AddressSpace& space) {
  std::size_t checked = 0;
  for (const FlatRange& range : space.view()) {
    const bool is_memory = range.region->ram() != nullptr && range.region->IsDirect(false) &&
                           range.region->ram()->host() != nullptr;
    if (!is_memory) continue;
    ++checked;
    const std::uint64_t middle = range.first + (range.last - range.first) / 2;
    for (const std::uint64_t address : {range.first, middle, range.last}) {
      CheckAddress(map, space, range, address);
    }
  }
  return checked;
}

// So guest - host is the same all over a range, and two aliases of one block show the same bytes.
TEST(HostAddresses, FollowTheRangesOfEveryView) {
  std::size_t checked = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    EngineMachine machine;
    Trace trace;
    for (const Operation& operation : Generate(seed, Theme::kMemory).operations) {
      RunStep(operation, machine, trace);
      if (trace.steps.back().views.begin == trace.steps.back().views.end) continue;
      for (const auto& space : machine.map().spaces()) checked += CheckSpace(machine.map(), *space);
    }
  }
  EXPECT_GT(checked, 1000u);
}

}  // namespace
}  // namespace flatcheck
