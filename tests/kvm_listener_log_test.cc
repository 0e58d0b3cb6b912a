// The dirty logs of memory slots: who starts, fetches and clears them (memory-map 8.2, 8.5, 8.6).

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "engine/kvm/kvm_listener.h"
#include "engine/map/transaction.h"
#include "tests/kvm_listener_fixture.h"

namespace flatcheck::engine {
namespace {

class KvmLogTest : public KvmListenerTest {
 protected:
  static constexpr std::uint64_t kAt = 0x100000;

  // Clean RAM at kAt, whose slots log if `logged`.
  MemoryRegion& Ram(std::uint64_t pages, bool logged) {
    MemoryRegion& ram = At(kAt, map_.CreateRam("ram", pages * kPage));
    if (logged) Granted(map_.StartLog(ram));
    Clean(ram);
    Ioctls();
    return ram;
  }
  void WritePages(std::initializer_list<std::uint64_t> pages) {
    for (const std::uint64_t page : pages) GuestWrites(kAt + page * kPage);
  }
  // What a sync finds that nobody cleared.
  std::string Synced(const MemoryRegion& region) {
    Clean(region);
    Granted(map_.SyncLog(&region));
    Ioctls();
    return Dirty(region);
  }
  void ClearPages(MemoryRegion& region, std::uint64_t first, std::uint64_t count) {
    Granted(map_.ClearLog(region, first * kPage, count * kPage));
  }
};

// memory-map 8.5.
TEST_F(KvmLogTest, TheFirstClientStartsAndTheLastStops) {
  StartKvm({}, {.slot_bytes_max = 2 * kPage});
  MemoryRegion& ram = Ram(3, false);
  Granted(map_.StartLog(ram));
  EXPECT_EQ(Ioctls(), "set 0 100000+2000 ram+0 log\nset 1 102000+1000 ram+2000 log\n");
  Granted(map_.StartGlobalLog());
  Granted(map_.StopLog(ram));
  EXPECT_EQ(Ioctls(), "");
  Granted(map_.StopGlobalLog());
  EXPECT_EQ(Ioctls(), "set 0 100000+2000 ram+0\nset 1 102000+1000 ram+2000\n");
}

TEST_F(KvmLogTest, NewSlotsLogFromTheirBeginning) {
  StartKvm();
  Granted(map_.StartGlobalLog());
  At(kAt, map_.CreateRam("ram", kPage));
  EXPECT_EQ(Ioctls(), "set 0 100000+1000 ram+0 log\n");
}

TEST_F(KvmLogTest, MmioHasNoSlotToLog) {
  StartKvm();
  MemoryRegion& io = At(kAt, map_.CreateReservation("io", kPage));
  Granted(map_.StartLog(io));
  Granted(map_.SyncLog());
  Granted(map_.StopLog(io));
  EXPECT_EQ(Ioctls(), "");
}

// memory-map 8.6.
TEST_F(KvmLogTest, ASyncFetchesEachSlotOfTheSection) {
  StartKvm({}, {.slot_bytes_max = 2 * kPage});
  MemoryRegion& ram = Ram(5, true);
  MemoryRegion& other = At(0, map_.CreateRam("other", kPage));
  Ioctls();
  WritePages({1, 2, 4});
  Granted(map_.SyncLog(&ram));
  EXPECT_EQ(Ioctls(), "log 0\nlog 1\nlog 2\n");
  EXPECT_EQ(Dirty(ram), "1 2 4");
  EXPECT_EQ(Synced(ram), "");
  Granted(map_.SyncLog(&other));
  EXPECT_EQ(Ioctls(), "");
}

// memory-map 8.1, 8.6: page 0 of the slot is the second of the block.
TEST_F(KvmLogTest, ASlotMayBeginWithinItsBlock) {
  StartKvm();
  MemoryRegion& ram = Granted(map_.CreateRam("ram", 8 * kPage));
  At(kAt + 0x800, map_.CreateAlias("window", 4 * kPage, ram, 0x800));
  Granted(map_.StartLog(ram));
  Clean(ram);
  WritePages({1, 3});
  EXPECT_EQ(Synced(ram), "1 3");
}

// QEMU loses it too (memory-map 8.5).
TEST_F(KvmLogTest, WhatWasNotSyncedIsLostAtTheStop) {
  StartKvm();
  MemoryRegion& ram = Ram(4, true);
  WritePages({2});
  Granted(map_.StopLog(ram));
  Granted(map_.StartLog(ram));
  EXPECT_EQ(Ioctls(), "set 0 100000+4000 ram+0\nset 0 100000+4000 ram+0 log\n");
  EXPECT_EQ(Synced(ram), "");
}

// memory-map 8.2.
TEST_F(KvmLogTest, TheLogIsFetchedBeforeASlotGoes) {
  StartKvm({}, {.slot_bytes_max = 2 * kPage});
  MemoryRegion& ram = Ram(4, true);
  WritePages({1, 2});
  Granted(map_.SetEnabled(ram, false));
  EXPECT_EQ(Ioctls(), "log 0\ndel 0\nlog 1\ndel 1\n");
  EXPECT_EQ(Dirty(ram), "1 2");
}

TEST_F(KvmLogTest, TheLogIsFetchedBeforeASlotMoves) {
  StartKvm();
  MemoryRegion& ram = Ram(4, true);
  WritePages({1, 2});
  Granted(map_.SetAddress(ram, 0x200000));
  EXPECT_EQ(Ioctls(), "log 0\nset 0 200000+4000 ram+0 log\n");
  EXPECT_EQ(Dirty(ram), "1 2");
}

TEST_F(KvmLogTest, TheLogIsFetchedFromASlotThatIsAddedAgain) {
  StartKvm();
  MemoryRegion& ram = Ram(4, true);
  WritePages({1});
  Granted(map_.SetNonvolatile(ram, true));
  EXPECT_EQ(Ioctls(), "log 0\n");
  EXPECT_EQ(Dirty(ram), "1");
  WritePages({2});
  {
    const Transaction transaction(map_);
    Granted(map_.SetNonvolatile(ram, false));
    Granted(map_.StopLog(ram));
  }
  EXPECT_EQ(Ioctls(), "log 0\nset 0 100000+4000 ram+0\n");
  EXPECT_EQ(Dirty(ram), "1 2");
  {
    const Transaction transaction(map_);
    Granted(map_.SetNonvolatile(ram, true));
    Granted(map_.StartLog(ram));
  }
  EXPECT_EQ(Ioctls(), "set 0 100000+4000 ram+0 log\n");
}

// memory-map 8.3: a region seen through a read-only alias changes under a range that stays.
TEST_F(KvmLogTest, AChangeOfTheLogMayFindReadonlyChanged) {
  StartKvm();
  MemoryRegion& ram = Granted(map_.CreateRam("ram", kPage));
  MemoryRegion& window = Granted(map_.CreateAlias("window", kPage, ram, 0));
  Granted(map_.SetReadonly(window, true));
  Granted(map_.AddSubregion(system_, kAt, window));
  Granted(map_.SetReadonly(ram, true));
  EXPECT_EQ(Ioctls(), "set 0 100000+1000 ram+0\n");
  Granted(map_.StartLog(ram));
  EXPECT_EQ(Ioctls(), "del 0\nset 0 100000+1000 ram+0 ro log\n");
  Granted(map_.SetReadonly(ram, false));
  vm_->RefuseOnce("set 0 100000+1000 ram+0");
  Granted(map_.StopLog(ram));
  EXPECT_EQ(Ioctls(), "del 0\nset 0 100000+1000 ram+0 !\n");
  EXPECT_TRUE(vm_->fake().slots().empty());
}

// memory-map 7.5: pages beyond the new size have no place to be marked.
TEST_F(KvmLogTest, ABlockMayShrinkBeforeItsLogIsFetched) {
  StartKvm();
  MemoryRegion& ram = At(kAt, map_.CreateResizeableRam("ram", 4 * kPage, 8 * kPage));
  Granted(map_.StartLog(ram));
  Clean(ram);
  WritePages({1, 3});
  Ioctls();
  Granted(map_.ResizeRam(ram, 2 * kPage));
  EXPECT_EQ(Ioctls(), "log 0\ndel 0\nset 0 100000+2000 ram+0 log\n");
  EXPECT_EQ(Dirty(ram), "0 1");
  Clean(ram);
  Granted(map_.ResizeRam(ram, 0));
  EXPECT_EQ(Ioctls(), "log 0\ndel 0\n");
  EXPECT_EQ(Dirty(ram), "");
}

class KvmManualLogTest : public KvmLogTest {
 protected:
  static constexpr KvmCapabilities kManual = {.manual_dirty_log_protect = true};
};

TEST_F(KvmManualLogTest, PagesAreSeenUntilTheyAreCleared) {
  StartKvm(kManual);
  MemoryRegion& ram = Ram(200, true);
  WritePages({5, 70, 80, 130});
  EXPECT_EQ(Synced(ram), "5 70 80 130");
  EXPECT_EQ(Synced(ram), "5 70 80 130");
  // Whole words of the bitmap, and no page but those asked for (HIST-80).
  ClearPages(ram, 66, 10);
  EXPECT_EQ(Ioctls(), "clear 0 64+64: 70\n");
  EXPECT_EQ(Synced(ram), "5 80 130");
  // The last word ends with the slot.
  ClearPages(ram, 60, 140);
  EXPECT_EQ(Ioctls(), "clear 0 0+200: 80 130\n");
  EXPECT_EQ(Synced(ram), "5");
}

TEST_F(KvmManualLogTest, OnlyWhatASyncSawIsCleared) {
  StartKvm(kManual);
  MemoryRegion& ram = Ram(64, true);
  WritePages({7});
  ClearPages(ram, 0, 64);
  EXPECT_EQ(Ioctls(), "");
  EXPECT_EQ(Synced(ram), "7");
  WritePages({8});
  ClearPages(ram, 0, 64);
  EXPECT_EQ(Ioctls(), "clear 0 0+64: 7\n");
  // Written since it was cleared, and not synced since.
  WritePages({7});
  ClearPages(ram, 0, 64);
  EXPECT_EQ(Ioctls(), "");
  EXPECT_EQ(Synced(ram), "7 8");
}

// HIST-79.
TEST_F(KvmManualLogTest, AClearReachesEverySlotItOverlaps) {
  StartKvm(kManual, {.slot_bytes_max = 64 * kPage});
  MemoryRegion& ram = Ram(192, true);
  WritePages({0, 63, 64, 127, 128, 191});
  Synced(ram);
  ClearPages(ram, 63, 66);
  EXPECT_EQ(Ioctls(), "clear 0 0+64: 63\nclear 1 0+64: 0 63\nclear 2 0+64: 0\n");
  EXPECT_EQ(Synced(ram), "0 191");
}

// memory-map 8.6: both divisions round down.
TEST_F(KvmManualLogTest, AnUnalignedClearTakesThePartOfItsFirstPage) {
  StartKvm(kManual);
  MemoryRegion& ram = Ram(64, true);
  WritePages({10, 11, 12});
  Synced(ram);
  Granted(map_.ClearLog(ram, 10 * kPage + 0x800, 0x7ff));
  EXPECT_EQ(Ioctls(), "");
  Granted(map_.ClearLog(ram, 10 * kPage + 0x800, 2 * kPage + 0x7ff));
  EXPECT_EQ(Ioctls(), "clear 0 0+64: 10 11\n");
  EXPECT_EQ(Synced(ram), "12");
}

// The slot begins behind the section's first bytes.
TEST_F(KvmManualLogTest, AnUnalignedSectionClearsItsSlot) {
  StartKvm(kManual);
  MemoryRegion& ram = Granted(map_.CreateRam("ram", 8 * kPage));
  At(kAt + 0x800, map_.CreateAlias("window", 4 * kPage, ram, 0x800));
  Granted(map_.StartLog(ram));
  WritePages({1, 2, 3});
  EXPECT_EQ(Synced(ram), "1 2 3");
  ClearPages(ram, 0, 3);
  EXPECT_EQ(Ioctls(), "clear 0 0+3: 0 1\n");
  EXPECT_EQ(Synced(ram), "3");
}

TEST_F(KvmManualLogTest, ANewLogWasNeverSynced) {
  StartKvm(kManual);
  MemoryRegion& ram = Ram(64, true);
  WritePages({7});
  Synced(ram);
  Granted(map_.StopLog(ram));
  Granted(map_.StartLog(ram));
  WritePages({7});
  Ioctls();
  ClearPages(ram, 0, 64);
  EXPECT_EQ(Ioctls(), "");
  EXPECT_EQ(Synced(ram), "7");
}

// The kernel would keep what nobody cleared.
TEST_F(KvmManualLogTest, ASlotThatLogsIsMadeAnew) {
  StartKvm(kManual);
  MemoryRegion& ram = Ram(4, true);
  WritePages({1});
  Granted(map_.SetNonvolatile(ram, true));
  EXPECT_EQ(Ioctls(), "log 0\ndel 0\nset 0 100000+4000 ram+0 log\n");
  EXPECT_EQ(Dirty(ram), "1");
  EXPECT_EQ(Synced(ram), "");
  Granted(map_.SetAddress(ram, 0x200000));
  EXPECT_EQ(Ioctls(), "log 0\ndel 0\nset 0 200000+4000 ram+0 log\n");
  Granted(map_.StopLog(ram));
  Ioctls();
  Granted(map_.SetAddress(ram, 0x300000));
  EXPECT_EQ(Ioctls(), "set 0 300000+4000 ram+0\n");
}

TEST_F(KvmLogTest, WithoutManualProtectionNothingIsCleared) {
  StartKvm();
  MemoryRegion& ram = Ram(4, true);
  WritePages({1});
  Synced(ram);
  ClearPages(ram, 0, 4);
  EXPECT_EQ(Ioctls(), "");
}

}  // namespace
}  // namespace flatcheck::engine
