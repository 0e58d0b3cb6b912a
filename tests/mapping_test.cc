// Guest memory mapped into the host (memory-map 6.9).

#include "engine/ram/mapping.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

#include "engine/ram/dirty_log.h"
#include "tests/memory_fixture.h"

namespace flatcheck::engine {
namespace {

class MappingTest : public MemoryTest {
 protected:
  Mapping Map(std::uint64_t address, std::uint64_t length, bool is_write) {
    return MapMemory(map_, memory_, address, length, is_write);
  }
};

// memory-map 6.9: it goes on over pieces and aliases as long as region and offset do.
TEST_F(MappingTest, ADirectMappingExtends) {
  MemoryRegion& ram = Granted(map_.CreateRam("ram", 8 * kPage));
  MemoryRegion& second = Granted(map_.CreateAlias("second", kPage, ram, 0x1800));
  At(0x10800, map_.CreateAlias("first", 0x1800, ram, 0));
  Granted(map_.AddSubregion(system_, 0x12000, second));
  Granted(map_.SetReadonly(second, true));
  At(0x13000, map_.CreateAlias("third", kPage, ram, 0x5000));
  Mapping mapping = Map(0x10900, UINT64_MAX, true);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping.region(), &ram);
  EXPECT_EQ(mapping.offset(), 0x100u);
  EXPECT_EQ(mapping.bytes().size(), 0x2700u);
  mapping.bytes()[1] = 9;
  EXPECT_EQ(ReadText(0x10900, 2), "0 0009");
  EXPECT_EQ(Unmap(mapping, 0x2701), Refusal::kBadRange);
  Granted(Unmap(mapping, 0));
  EXPECT_EQ(Unmap(mapping, 0), Refusal::kAbsent);
}

// memory-map 6.9 as corrected: unmap marks what was accessed, by the mask of that moment.
TEST_F(MappingTest, UnmapMarksTheAccessedBytes) {
  MemoryRegion& ram = At(0, map_.CreateRam("ram", 8 * kPage));
  TestAndClearDirty(map_, ram, {0, 8 * kPage}, DirtyClient::kVga);
  const auto dirty = [&] {
    std::uint64_t pages = 0;
    for (const PageRange& run : DirtyRuns(map_, ram, {0, 8 * kPage}, DirtyClient::kVga).value) {
      for (std::uint64_t page = run.first; page < run.end; ++page) pages |= 1u << page;
    }
    return pages;
  };
  Mapping mapping = Map(kPage, 4 * kPage, true);
  Granted(map_.StartLog(ram));
  Granted(Unmap(mapping, kPage + 1));
  EXPECT_EQ(dirty(), 0x6u);
  mapping = Map(5 * kPage + 4, 8, true);
  Granted(Unmap(mapping, 0));
  EXPECT_EQ(dirty(), 0x26u);
  mapping = Map(6 * kPage, 8, true);
  Granted(Unmap(mapping, 0));
  mapping = Map(7 * kPage, 8, false);
  Granted(Unmap(mapping, 8));
  EXPECT_EQ(dirty(), 0x26u);
}

// memory-map 6.9: anything else goes through a buffer.
TEST_F(MappingTest, ABounceBufferIsFilledAndWrittenBack) {
  JournalDevice device;
  At(0, map_.CreateIo("io", kPage, device));
  Mapping mapping = Map(4, 6, false);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping.region(), nullptr);
  EXPECT_EQ(Text(mapping.bytes()), "a4a5a6a7a8a9");
  EXPECT_EQ(device.Taken(), "r4.4 r8.2 ");
  Granted(Unmap(mapping, 6));
  EXPECT_EQ(device.Taken(), "");
  mapping = Map(4, 6, true);
  EXPECT_EQ(Text(mapping.bytes()), "000000000000");
  mapping.bytes()[0] = 5;
  Granted(Unmap(mapping, 4));
  EXPECT_EQ(device.Taken(), "w4.4=5 ");
}

// memory-map 6.9, [7.2]: one buffer of a page.
TEST_F(MappingTest, BounceBuffersAreScarce) {
  At(0x10000, map_.CreateRam("ram", kPage));
  Mapping first = Map(0, 0x5000, true);
  EXPECT_EQ(first.bytes().size(), kPage);
  EXPECT_FALSE(Map(0, 1, true));
  EXPECT_TRUE(Map(0x10000, 1, true));
  EXPECT_FALSE(Map(0x10000, 0, true));
  first = Mapping();
  EXPECT_TRUE(Map(0, 1, true));
}

// memory-map 6.9, [9.2]: as many as the budget allows.
TEST(BounceBuffers, HaveABudget) {
  MemoryMap map({.bounce_buffers_max = 3, .bounce_bytes_max = 0x100});
  MemoryRegion& root = Granted(map.CreateContainer("root", UINT64_MAX));
  AddressSpace& space = Granted(map.CreateAddressSpace("space", root));
  const Mapping one = MapMemory(map, space, 0, 0xc0, true);
  const Mapping two = MapMemory(map, space, 0, 0xc0, true);
  EXPECT_EQ(one.bytes().size(), 0xc0u);
  EXPECT_EQ(two.bytes().size(), 0x40u);
  EXPECT_FALSE(MapMemory(map, space, 0, 0xc0, true));
}

TEST(BounceBuffers, AreOfOnePageOfTheMap) {
  MemoryMap map({.page_size = 0x10});
  MemoryRegion& root = Granted(map.CreateContainer("root", UINT64_MAX));
  AddressSpace& space = Granted(map.CreateAddressSpace("space", root));
  EXPECT_EQ(MapMemory(map, space, 0, 0xc0, true).bytes().size(), 0x10u);
}

// Unmaps the mapping again when it is written to.
class UnmappingDevice final : public MmioDevice {
 public:
  void Write(std::uint64_t, unsigned, std::uint64_t) override {
    ++writes;
    refusal = Unmap(*mapping, 0);
  }

  Mapping* mapping = nullptr;
  Refusal refusal = Refusal::kNone;
  int writes = 0;
};

TEST_F(MappingTest, AMappingHasEndedWhenItIsWrittenBack) {
  UnmappingDevice device;
  At(0, map_.CreateIo("io", kPage, device));
  Mapping mapping = Map(0, 4, true);
  device.mapping = &mapping;
  Granted(Unmap(mapping, 4));
  EXPECT_EQ(device.writes, 1);
  EXPECT_EQ(device.refusal, Refusal::kAbsent);
  EXPECT_EQ(Map(0, 4, true).bytes().size(), 4u);
}

TEST_F(MappingTest, WhatIsMappedCannotBeDestroyed) {
  MemoryRegion& ram = At(0, map_.CreateRam("ram", kPage));
  Mapping mapping = Map(0, 8, true);
  Granted(map_.DelSubregion(system_, ram));
  mapping.bytes()[0] = 1;
  EXPECT_EQ(map_.Destroy(ram), Refusal::kHasMappings);
  EXPECT_EQ(map_.DestroyAddressSpace(memory_), Refusal::kHasMappings);
  Mapping moved = std::move(mapping);
  EXPECT_FALSE(mapping);  // NOLINT(bugprone-use-after-move): it is empty.
  Granted(Unmap(moved, 8));
  Granted(map_.Destroy(ram));
  Granted(map_.DestroyAddressSpace(memory_));
}

}  // namespace
}  // namespace flatcheck::engine
