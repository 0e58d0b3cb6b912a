#include "engine/ram/cached_translation.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "tests/memory_fixture.h"

namespace flatcheck::engine {
namespace {

using CachedTranslationTest = MemoryTest;

// memory-map 6.9: MemoryRegionCache.
TEST_F(CachedTranslationTest, StaysWithItsRegion) {
  MemoryRegion& ram = At(0x800, map_.CreateRam("ram", kPage));
  CachedTranslation cached(map_, memory_, 0x900, 0x10000, true);
  EXPECT_TRUE(cached.is_direct());
  EXPECT_EQ(cached.length(), 0xf00u);
  EXPECT_EQ(cached.Write(4, std::vector<std::uint8_t>{1, 2}), kMemTxOk);
  Granted(map_.DelSubregion(system_, ram));
  EXPECT_EQ(map_.Destroy(ram), Refusal::kHasMappings);
  std::array<std::uint8_t, 2> bytes{};
  EXPECT_EQ(cached.Read(4, bytes), kMemTxOk);
  EXPECT_EQ(Text(bytes), "0102");
}

// memory-map 6.9: over ranges of one region, as long as the offset continues.
TEST_F(CachedTranslationTest, ExtendsAsAMappingDoes) {
  MemoryRegion& ram = Granted(map_.CreateRam("ram", 4 * kPage));
  MemoryRegion& second = Granted(map_.CreateAlias("second", 0x800, ram, 0x1800));
  At(0x10000, map_.CreateAlias("first", 0x1800, ram, 0));
  Granted(map_.SetReadonly(second, true));
  Granted(map_.AddSubregion(system_, 0x11800, second));
  At(0x12000, map_.CreateAlias("third", kPage, ram, 0x3000));
  const CachedTranslation cached(map_, memory_, 0x10100, 0x4000, true);
  EXPECT_EQ(cached.length(), 0x1f00u);
  EXPECT_EQ(cached.Write(0x16fe, std::vector<std::uint8_t>{1, 2, 3, 4}), kMemTxOk);
  EXPECT_EQ(ReadText(0x117fe, 4), "0 01020304");
}

TEST_F(CachedTranslationTest, OfADeviceIsClippedToo) {
  JournalDevice device;
  MemoryRegion& io = At(0, map_.CreateIo("io", 0x20, device));
  {
    CachedTranslation cached(map_, memory_, 0x8, 0x10000, false);
    EXPECT_FALSE(cached.is_direct());
    EXPECT_EQ(cached.length(), 0x18u);
    std::array<std::uint8_t, 6> bytes{};
    EXPECT_EQ(cached.Read(2, bytes), kMemTxOk);
    EXPECT_EQ(Text(bytes), "aaabacadaeaf");
    EXPECT_EQ(device.Taken(), "r10.2 r12.4 ");
    EXPECT_EQ(map_.DestroyAddressSpace(memory_), Refusal::kHasMappings);
  }
  Granted(map_.DelSubregion(system_, io));
  Granted(map_.Destroy(io));
  const CachedTranslation hole(map_, memory_, 0, 0x10, false);
  std::array<std::uint8_t, 4> bytes{};
  EXPECT_EQ(hole.Read(0, bytes), kMemTxDecodeError);
}

}  // namespace
}  // namespace flatcheck::engine
