// Dirty pages from a hypervisor's log, and to a migration (memory-map 7.9, 7.10).

#include "engine/ram/dirty_transfer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "fuzz/random.h"
#include "tests/memory_fixture.h"

namespace flatcheck::engine {
namespace {

class DirtyTransferTest : public MemoryTest {
 protected:
  static constexpr std::uint64_t kPages = 300;

  void SetUp() override {
    for (const DirtyClient client :
         {DirtyClient::kVga, DirtyClient::kCode, DirtyClient::kMigration}) {
      TestAndClearDirty(map_, ram_, {0, kPages * kPage}, client);
    }
  }

  bool IsDirty(std::uint64_t page, DirtyClient client) {
    return !DirtyRuns(map_, ram_, {page * kPage, 1}, client).value.empty();
  }

  // So that the other block begins elsewhere than at 0.
  MemoryRegion& before_ = Granted(map_.CreateRam("before", kPages* kPage));
  MemoryRegion& ram_ = At(0, map_.CreateRam("ram", kPages* kPage));
};

// memory-map 7.9.
TEST_F(DirtyTransferTest, AHostPageIsAllOfItsGuestPages) {
  Random random(1);
  std::vector<std::uint64_t> log((kPages + 63) / 64);
  for (std::uint64_t& word : log) word = random.Next() & random.Next();
  constexpr std::uint64_t kStart = 7;
  constexpr std::uint64_t kRatio = 4;
  Granted(ImportDirty(map_, ram_, {kStart * kPage, 201 * kPage}, log, kRatio * kPage));
  for (std::uint64_t page = 0; page < kPages; ++page) {
    const std::uint64_t bit = (page - kStart) / kRatio;
    const bool seen = page >= kStart && page < kStart + 201 && (log[bit / 64] >> (bit % 64) & 1);
    EXPECT_EQ(IsDirty(page, DirtyClient::kVga), seen) << page;
    EXPECT_FALSE(IsDirty(page, DirtyClient::kMigration) || IsDirty(page, DirtyClient::kCode));
  }
}

// memory-map 7.9.
TEST_F(DirtyTransferTest, MigrationIsMarkedWhileItLogs) {
  const std::vector<std::uint64_t> log = {~std::uint64_t{0}};
  Granted(map_.StartGlobalLog());
  Granted(ImportDirty(map_, ram_, {64 * kPage, 64 * kPage}, log, kPage));
  EXPECT_TRUE(IsDirty(64, DirtyClient::kMigration) && IsDirty(127, DirtyClient::kVga));
  EXPECT_FALSE(IsDirty(63, DirtyClient::kMigration) || IsDirty(128, DirtyClient::kVga));
  EXPECT_FALSE(IsDirty(64, DirtyClient::kCode));
}

// memory-map 7.10.
TEST_F(DirtyTransferTest, APageWrittenTwiceCountsOnce) {
  Granted(map_.StartGlobalLog());
  std::vector<std::uint64_t> bitmap((kPages + 63) / 64);
  bitmap[1] = 0x3;  // Pages 64 and 65 wait to be sent already.
  Granted(SetDirty(map_, ram_, {60 * kPage, 10 * kPage}));
  Granted(SetDirty(map_, ram_, {(kPages - 1) * kPage, kPage}));
  const auto moved = MoveMigrationDirty(map_, ram_, {0, kPages * kPage}, bitmap);
  EXPECT_EQ(moved.refusal, Refusal::kNone);
  EXPECT_EQ(moved.value, 10u - 2u + 1u);
  EXPECT_EQ(bitmap[0], std::uint64_t{0xf} << 60);
  EXPECT_EQ(bitmap[1], 0x3fu);
  EXPECT_EQ(bitmap[4], std::uint64_t{1} << (kPages - 1 - 256));
  EXPECT_FALSE(IsDirty(60, DirtyClient::kMigration));
  EXPECT_EQ(MoveMigrationDirty(map_, ram_, {0, kPages * kPage}, bitmap).value, 0u);
}

TEST_F(DirtyTransferTest, WhatLiesBeyondTheBlockIsRefused) {
  std::vector<std::uint64_t> bitmap((kPages + 64) / 64);
  const ByteRange beyond{kPage, kPages * kPage};
  EXPECT_EQ(ImportDirty(map_, ram_, beyond, bitmap, kPage), Refusal::kBadRange);
  EXPECT_EQ(ImportDirty(map_, ram_, {1, kPage}, bitmap, kPage), Refusal::kBadRange);
  EXPECT_EQ(MoveMigrationDirty(map_, ram_, beyond, bitmap).refusal, Refusal::kBadRange);
  EXPECT_EQ(MoveMigrationDirty(map_, system_, {}, bitmap).refusal, Refusal::kNoBlock);
}

}  // namespace
}  // namespace flatcheck::engine
