// Dirty pages and who asks for them (memory-map 7.4 to 7.7).

#include "engine/ram/dirty_memory.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/ram/dirty_log.h"
#include "tests/memory_fixture.h"

namespace flatcheck::engine {
namespace {

constexpr DirtyClient kClients[] = {DirtyClient::kVga, DirtyClient::kCode, DirtyClient::kMigration};

std::string RunsText(const std::vector<PageRange>& runs) {
  std::string text;
  for (const PageRange& run : runs) {
    text += std::to_string(run.first) + "-" + std::to_string(run.end - 1) + " ";
  }
  return text;
}

// memory-map 7.4.
TEST(DirtyPages, RunsAreMaximal) {
  DirtyPages pages;
  pages.GrowTo(1 << 18);
  pages.Set({0, 1});
  pages.Set({63, 65});
  pages.Set({127, 128});
  pages.Set({65530, 131080});
  EXPECT_EQ(RunsText(pages.Runs({0, 1 << 18})), "0-0 63-64 127-127 65530-131079 ");
  EXPECT_EQ(RunsText(pages.Runs({64, 65535})), "64-64 127-127 65530-65534 ");
  EXPECT_TRUE(pages.TestAndClear({65540, 65541}));
  EXPECT_FALSE(pages.TestAndClear({65540, 65541}));
  EXPECT_EQ(RunsText(pages.Runs({65000, 140000})), "65530-65539 65541-131079 ");
  EXPECT_TRUE(pages.Any({131079, 140000}));
  EXPECT_FALSE(pages.Any({131080, 140000}));
  EXPECT_FALSE(pages.Any({5, 5}));
  EXPECT_EQ(RunsText(pages.Runs({5, 5})), "");
}

TEST(DirtyPages, ABitmapGrowsAsFarAsItsChunk) {
  DirtyPages pages;
  for (const std::uint64_t end : {100u, 5'000u, 65'536u, 200'000u}) {
    pages.GrowTo(end);
    EXPECT_FALSE(pages.Any({end - 36, end}));
    pages.Set({end - 2, end - 1});
  }
  EXPECT_EQ(RunsText(pages.Runs({0, 200'000})), "98-98 4998-4998 65534-65534 199998-199998 ");
}

TEST(DirtyPages, AreThoseOfABitmapHoweverTheyChange) {
  constexpr std::uint64_t kPages = 150'000;
  DirtyPages pages;
  pages.GrowTo(kPages);
  std::vector<bool> bitmap(kPages);
  std::uint64_t state = 1;
  const auto below = [&](std::uint64_t bound) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return (state >> 33) % bound;
  };
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t first = below(kPages);
    const std::uint64_t end = first + below((i % 4 == 0 ? kPages : 200) + 1) % (kPages - first + 1);
    const bool set = below(2) == 0;
    bool any = false;
    for (std::uint64_t p = first; p < end; ++p) any = any || bitmap[p];
    if (set) {
      pages.Set({first, end});
    } else {
      ASSERT_EQ(pages.TestAndClear({first, end}), any);
    }
    for (std::uint64_t p = first; p < end; ++p) bitmap[p] = set;
  }
  std::vector<bool> seen(kPages);
  for (const PageRange& run : pages.Runs({0, kPages})) {
    for (std::uint64_t p = run.first; p < run.end; ++p) seen[p] = true;
  }
  EXPECT_EQ(seen, bitmap);
}

class LogListener final : public MemoryListener {
 public:
  void LogSync(const MemoryRegionSection& s) override { Add("sync", s); }
  void LogClear(const MemoryRegionSection& s) override { Add("clear", s); }
  void LogGlobalAfterSync() override { calls_ += "after "; }

  std::string Taken() {
    std::string taken;
    taken.swap(calls_);
    return taken;
  }

 private:
  void Add(const char* name, const MemoryRegionSection& s) {
    calls_ += name + (" " + std::to_string(s.offset)) + "+" +
              std::to_string(static_cast<std::uint64_t>(s.size)) + " ";
  }

  std::string calls_;
};

class DirtyLogTest : public MemoryTest {
 protected:
  ~DirtyLogTest() override { Granted(map_.UnregisterListener(listener_)); }

  std::string Dirty(const MemoryRegion& region, DirtyClient client = DirtyClient::kVga) {
    return RunsText(DirtyRuns(map_, region, {0, region.ram()->max_length()}, client).value);
  }
  void Clean(MemoryRegion& region) {
    for (const DirtyClient client : kClients) {
      TestAndClearDirty(map_, region, {0, region.ram()->used_length()}, client);
    }
    listener_.Taken();
  }

  LogListener listener_;
  MemoryRegion& ram_ = At(0, map_.CreateRam("ram", 256 * kPage));
  MemoryRegion& alias_ = At(0x10000000, map_.CreateAlias("alias", 4 * kPage, ram_, 8 * kPage));

  void SetUp() override { Granted(map_.RegisterListener(listener_, memory_, 0)); }
};

// memory-map 7.5.
TEST_F(DirtyLogTest, ABlockBeginsDirty) {
  for (const DirtyClient client : kClients) EXPECT_EQ(Dirty(ram_, client), "0-255 ");
  MemoryRegion& part = Granted(map_.CreateResizeableRam("part", kPage + 1, 8 * kPage));
  EXPECT_EQ(Dirty(part), "0-1 ");
  // At no cost.
  Granted(map_.CreateRam("huge", std::uint64_t{10} << 30));
}

// memory-map 7.5: logs are cleared for each client, whatever was dirty.
TEST_F(DirtyLogTest, AResizedBlockIsDirty) {
  MemoryRegion& part = At(0x20000000, map_.CreateResizeableRam("part", 2 * kPage, 8 * kPage));
  Granted(map_.StartLog(part));
  Clean(part);
  Granted(map_.ResizeRam(part, 3 * kPage));
  EXPECT_EQ(listener_.Taken(), "clear 0+8192 clear 0+8192 clear 0+8192 ");
  EXPECT_EQ(Dirty(part, DirtyClient::kCode), "0-2 ");
  Granted(map_.ResizeRam(part, kPage));
  EXPECT_EQ(Dirty(part), "0-0 ");
}

// memory-map 7.6: the clients of the region's mask, on every way to write.
TEST_F(DirtyLogTest, WritesMarkTheirPages) {
  Clean(ram_);
  WriteBytes(0, {1});
  EXPECT_EQ(Dirty(ram_), "");
  Granted(map_.StartLog(ram_));
  WriteBytes(kPage - 1, {1, 2});
  WriteBytes(0x10000000, {1});
  EXPECT_EQ(Dirty(ram_), "0-1 8-8 ");
  EXPECT_EQ(Dirty(ram_, DirtyClient::kMigration), "");
  Granted(map_.StartGlobalLog());
  EXPECT_EQ(Store(map_, memory_, 4 * kPage - 4, 8, kBig, 1), kMemTxOk);
  EXPECT_EQ(Store(map_, memory_, 6 * kPage, 4, kLittle, 1), kMemTxOk);
  WriteRom(map_, memory_, 7 * kPage, std::vector<std::uint8_t>(1));
  EXPECT_EQ(Dirty(ram_), "0-1 3-4 6-8 ");
  EXPECT_EQ(Dirty(ram_, DirtyClient::kMigration), "3-4 6-7 ");
  EXPECT_EQ(Dirty(ram_, DirtyClient::kCode), "");
  Granted(SetDirty(map_, ram_, {10 * kPage, 1}));
  EXPECT_EQ(Dirty(ram_), "0-1 3-4 6-8 10-10 ");
}

// memory-map 7.7.
TEST_F(DirtyLogTest, TestAndClearTellsWholePages) {
  Granted(map_.StartLog(ram_));
  const ByteRange range{kPage + 5, kPage};
  EXPECT_TRUE(TestAndClearDirty(map_, ram_, range, DirtyClient::kVga).value);
  EXPECT_EQ(listener_.Taken(), "clear 4096+8192 ");
  EXPECT_FALSE(TestAndClearDirty(map_, ram_, range, DirtyClient::kVga).value);
  EXPECT_EQ(listener_.Taken(), "clear 4096+8192 ");
  EXPECT_EQ(Dirty(ram_), "0-0 3-255 ");
  EXPECT_FALSE(TestAndClearDirty(map_, ram_, {5, 0}, DirtyClient::kVga).value);
  EXPECT_EQ(listener_.Taken(), "");
}

// memory-map 4.8 as corrected: groups of 64 pages are cleared whole.
TEST_F(DirtyLogTest, ASnapshotClearsWholeGroups) {
  Granted(map_.StartLog(ram_));
  const auto taken = SnapshotAndClearDirty(map_, ram_, {70 * kPage, kPage}, DirtyClient::kVga);
  EXPECT_EQ(RunsText(taken.value), "70-70 ");
  EXPECT_EQ(listener_.Taken(), "sync 0+1048576 sync 32768+16384 clear 286720+4096 after ");
  EXPECT_EQ(Dirty(ram_), "0-63 128-255 ");
}

TEST_F(DirtyLogTest, RangesAreChecked) {
  MemoryRegion& part = Granted(map_.CreateResizeableRam("part", kPage, 4 * kPage));
  const DirtyClient vga = DirtyClient::kVga;
  EXPECT_EQ(DirtyRuns(map_, part, {0, 4 * kPage}, vga).refusal, Refusal::kNone);
  EXPECT_EQ(DirtyRuns(map_, part, {1, 4 * kPage}, vga).refusal, Refusal::kBadRange);
  EXPECT_EQ(DirtyRuns(map_, part, {UINT64_MAX, 2}, vga).refusal, Refusal::kBadRange);
  EXPECT_EQ(SetDirty(map_, part, {0, kPage + 1}), Refusal::kBadRange);
  EXPECT_EQ(TestAndClearDirty(map_, part, {kPage, 1}, vga).refusal, Refusal::kBadRange);
  EXPECT_EQ(SnapshotAndClearDirty(map_, part, {0, kPage + 1}, vga).refusal, Refusal::kBadRange);
  EXPECT_EQ(SetDirty(map_, alias_, {0, 1}), Refusal::kNoBlock);
}

}  // namespace
}  // namespace flatcheck::engine
