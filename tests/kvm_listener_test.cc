// Which memory slots a space has, and with which ioctls they follow it (memory-map 8.1 to 8.4).

#include "engine/kvm/kvm_listener.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/map/transaction.h"
#include "tests/kvm_listener_fixture.h"

namespace flatcheck::engine {
namespace {

class KvmSlotsTest : public KvmListenerTest {
 protected:
  MemoryRegion& Ram(const std::string& name, std::uint64_t pages) {
    return Granted(map_.CreateRam(name, pages * kPage));
  }
  MemoryRegion& RamAt(std::uint64_t address, const std::string& name, std::uint64_t pages) {
    return At(address, map_.CreateRam(name, pages * kPage));
  }
  void MoveTo(MemoryRegion& region, std::uint64_t address) {
    Granted(map_.SetAddress(region, address));
  }
};

// memory-map 8.1; the host pointer moves with the start (HIST-76).
TEST_F(KvmSlotsTest, SectionsShrinkToWholePages) {
  struct Case {
    std::uint64_t address;
    std::uint64_t size;
    std::uint64_t offset;  // In the RAM.
    std::string ioctls;
  };
  const std::vector<Case> cases = {
      {0x1000, 0x3000, 0, "set 0 1000+3000 ram+0\n"},
      {0x1800, 0x3000, 0x800, "set 0 2000+2000 ram+1000\n"},
      {0x1800, 0x700, 0x800, ""},
      {0x1001, 0x1fff, 1, "set 0 2000+1000 ram+1000\n"},
      {0x1fff, 2, 0xfff, ""},
      {0x1800, 0x800, 0x800, ""},
      // Guest pages that straddle the host's.
      {0x1800, 0x3000, 0, ""},
      {0x1000, 0x3000, 0x800, ""},
  };
  StartKvm();
  MemoryRegion& ram = Ram("ram", 8);
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message() << std::hex << c.address << "+" << c.size);
    MemoryRegion& window = At(c.address, map_.CreateAlias("window", c.size, ram, c.offset));
    EXPECT_EQ(Ioctls(), c.ioctls);
    Granted(map_.DelSubregion(system_, window));
    EXPECT_EQ(Ioctls(), c.ioctls.empty() ? "" : "del 0\n");
  }
}

TEST_F(KvmSlotsTest, WhatLiesAboveTheGuestsAddressesIsCutOff) {
  StartKvm({.address_end = 0x5800});
  RamAt(0x3000, "low", 4);
  RamAt(0x5000, "high", 1);
  EXPECT_EQ(Ioctls(), "set 0 3000+2000 low+0\n");
}

TEST_F(KvmSlotsTest, TheLastAddressesDoNotWrap) {
  StartKvm({.address_end = UINT64_MAX});
  At(0, map_.CreateReservation("all", UINT64_MAX), -1);
  RamAt(0 - 0x800ull, "last", 1);
  EXPECT_EQ(Ioctls(), "");
  RamAt(0 - 0x3000ull, "near", 2);
  EXPECT_EQ(Ioctls(), "set 0 ffffffffffffd000+2000 near+0\n");
}

TEST_F(KvmSlotsTest, LongSectionsTakeSeveralSlots) {
  StartKvm({}, {.slot_bytes_max = 0x2000});
  MemoryRegion& ram = RamAt(0x1000, "ram", 5);
  EXPECT_EQ(Ioctls(),
            "set 0 1000+2000 ram+0\n"
            "set 1 3000+2000 ram+2000\n"
            "set 2 5000+1000 ram+4000\n");
  Granted(map_.SetEnabled(ram, false));
  EXPECT_EQ(Ioctls(), "del 0\ndel 1\ndel 2\n");
}

// memory-map 8.2.
TEST_F(KvmSlotsTest, OnlyRamAndRomAreSlots) {
  StartKvm();
  JournalDevice device;
  At(0x1000, map_.CreateRom("rom", kPage));
  At(0x2000, map_.CreateRamDevice("bar", kPage));
  At(0x3000, map_.CreateRomDevice("flash", kPage, device));
  EXPECT_EQ(Ioctls(),
            "set 0 1000+1000 rom+0 ro\n"
            "set 1 2000+1000 bar+0\n"
            "set 2 3000+1000 flash+0 ro\n");
  At(0x4000, map_.CreateIo("io", kPage, device));
  At(0x5000, map_.CreateReservation("reservation", kPage));
  EXPECT_EQ(Ioctls(), "");
}

// memory-map 8.2: RAM is mapped all the same, so that the guest can write it.
TEST_F(KvmSlotsTest, WithoutReadonlyMemoryRomDevicesAreNone) {
  StartKvm({.readonly_memory = false});
  JournalDevice device;
  At(0x1000, map_.CreateRom("rom", kPage));
  At(0x3000, map_.CreateRomDevice("flash", kPage, device));
  EXPECT_EQ(Ioctls(), "set 0 1000+1000 rom+0\n");
}

// LIVE-04.
TEST_F(KvmSlotsTest, AReadonlyAliasIsWritable) {
  StartKvm();
  MemoryRegion& ram = Ram("ram", 1);
  MemoryRegion& window = Granted(map_.CreateAlias("window", kPage, ram, 0));
  Granted(map_.SetReadonly(window, true));
  Granted(map_.AddSubregion(system_, 0x1000, window));
  EXPECT_EQ(Ioctls(), "set 0 1000+1000 ram+0\n");
}

// memory-map 8.2, HIST-77.
TEST_F(KvmSlotsTest, RomdModeComesAndGoes) {
  StartKvm();
  JournalDevice device;
  MemoryRegion& flash = At(0x1000, map_.CreateRomDevice("flash", kPage, device));
  Ioctls();
  Granted(map_.SetRomdMode(flash, false));
  EXPECT_EQ(Ioctls(), "del 0\n");
  Granted(map_.SetRomdMode(flash, true));
  EXPECT_EQ(Ioctls(), "set 0 1000+1000 flash+0 ro\n");
}

// memory-map 8.3: the kernel refuses it otherwise.
TEST_F(KvmSlotsTest, ReadonlyChangesByDeletion) {
  StartKvm();
  MemoryRegion& ram = RamAt(0x1000, "ram", 1);
  Ioctls();
  Granted(map_.SetReadonly(ram, true));
  EXPECT_EQ(Ioctls(), "del 0\nset 0 1000+1000 ram+0 ro\n");
  Granted(map_.SetReadonly(ram, false));
  EXPECT_EQ(Ioctls(), "del 0\nset 0 1000+1000 ram+0\n");
}

TEST_F(KvmSlotsTest, WhatIsAddedAgainAsItWasCostsNothing) {
  StartKvm({}, {.slot_bytes_max = 0x1000});
  MemoryRegion& ram = RamAt(0x1000, "ram", 2);
  Ioctls();
  Granted(map_.SetNonvolatile(ram, true));
  EXPECT_EQ(Ioctls(), "");
  EXPECT_EQ(vm_->fake().slots().size(), 2u);
}

TEST_F(KvmSlotsTest, AMoveIsOneIoctl) {
  StartKvm();
  MemoryRegion& ram = RamAt(0x1000, "ram", 3);
  Ioctls();
  MoveTo(ram, 0x8000);
  EXPECT_EQ(Ioctls(), "set 0 8000+3000 ram+0\n");
  // Over a part of its own place.
  MoveTo(ram, 0x9000);
  EXPECT_EQ(Ioctls(), "set 0 9000+3000 ram+0\n");
  Granted(map_.SetEnabled(ram, false));
  EXPECT_EQ(Ioctls(), "del 0\n");
}

TEST_F(KvmSlotsTest, AMoveMayChangeWhetherItLogs) {
  StartKvm();
  MemoryRegion& ram = RamAt(0x1000, "ram", 3);
  Ioctls();
  {
    const Transaction transaction(map_);
    MoveTo(ram, 0x8000);
    Granted(map_.StartLog(ram));
  }
  EXPECT_EQ(Ioctls(), "set 0 8000+3000 ram+0 log\n");
}

TEST_F(KvmSlotsTest, MovesWaitForTheirPlaces) {
  StartKvm();
  MemoryRegion& a = RamAt(0x1000, "a", 1);
  MemoryRegion& b = RamAt(0x2000, "b", 1);
  MemoryRegion& c = RamAt(0x3000, "c", 1);
  RamAt(0x10000, "still", 1);
  Ioctls();
  {
    const Transaction transaction(map_);
    MoveTo(a, 0x2000);
    MoveTo(b, 0x3000);
    MoveTo(c, 0x4000);
  }
  EXPECT_EQ(Ioctls(),
            "set 2 4000+1000 c+0\n"
            "set 1 3000+1000 b+0\n"
            "set 0 2000+1000 a+0\n");
}

// Each one's place is partly its own and partly the next one's.
TEST_F(KvmSlotsTest, MovesByLessThanTheirSizeWaitToo) {
  StartKvm();
  MemoryRegion& a = RamAt(0x1000, "a", 2);
  MemoryRegion& b = RamAt(0x3000, "b", 2);
  Ioctls();
  {
    const Transaction transaction(map_);
    MoveTo(a, 0x2000);
    MoveTo(b, 0x4000);
  }
  EXPECT_EQ(Ioctls(), "set 1 4000+2000 b+0\nset 0 2000+2000 a+0\n");
  {
    const Transaction transaction(map_);
    MoveTo(a, 0x1000);
    MoveTo(b, 0x3000);
  }
  EXPECT_EQ(Ioctls(), "set 0 1000+2000 a+0\nset 1 3000+2000 b+0\n");
}

TEST_F(KvmSlotsTest, ARingOfMovesIsBrokenOnce) {
  StartKvm();
  MemoryRegion& a = RamAt(0x1000, "a", 1);
  MemoryRegion& b = RamAt(0x2000, "b", 1);
  MemoryRegion& c = RamAt(0x3000, "c", 1);
  Ioctls();
  {
    const Transaction transaction(map_);
    MoveTo(a, 0x2000);
    MoveTo(b, 0x3000);
    MoveTo(c, 0x1000);
  }
  EXPECT_EQ(Ioctls(),
            "del 1\n"
            "set 0 2000+1000 a+0\n"
            "set 2 1000+1000 c+0\n"
            "set 1 3000+1000 b+0\n");
}

// One byte of memory may be shown many times; none of the slots is taken twice.
TEST_F(KvmSlotsTest, EqualBytesMoveInOrder) {
  StartKvm();
  MemoryRegion& ram = Ram("ram", 1);
  MemoryRegion& bus = At(0x10000, map_.CreateContainer("bus", 0x10000));
  {
    const Transaction transaction(map_);
    for (std::uint64_t i = 0; i < 3; ++i) {
      MemoryRegion& window = Granted(map_.CreateAlias("window", kPage, ram, 0));
      Granted(map_.AddSubregion(bus, i * 2 * kPage, window));
    }
  }
  Ioctls();
  MoveTo(bus, 0x40000);
  EXPECT_EQ(Ioctls(),
            "set 0 40000+1000 ram+0\n"
            "set 1 42000+1000 ram+0\n"
            "set 2 44000+1000 ram+0\n");
}

// memory-map 8.4: ram shrinks to two sections, then moves come, then what is new.
TEST_F(KvmSlotsTest, DeletionsThenMovesThenCreations) {
  StartKvm();
  RamAt(0x1000, "ram", 4);
  MemoryRegion& other = RamAt(0x8000, "other", 1);
  Ioctls();
  {
    const Transaction transaction(map_);
    MoveTo(other, 0x2000);
    RamAt(0x0, "new", 1);
  }
  EXPECT_EQ(Ioctls(),
            "del 0\n"
            "set 1 2000+1000 other+0\n"
            "set 0 0+1000 new+0\n"
            "set 2 1000+1000 ram+0\n"
            "set 3 3000+2000 ram+2000\n");
}

TEST_F(KvmSlotsTest, NewSlotsTakeTheLowestFreeNumber) {
  StartKvm();
  MemoryRegion& a = RamAt(0x1000, "a", 1);
  RamAt(0x2000, "b", 1);
  MemoryRegion& c = RamAt(0x3000, "c", 1);
  {
    const Transaction transaction(map_);
    Granted(map_.SetEnabled(c, false));
    Granted(map_.SetEnabled(a, false));
  }
  Ioctls();
  RamAt(0x5000, "d", 1);
  RamAt(0x6000, "e", 1);
  RamAt(0x7000, "f", 1);
  EXPECT_EQ(Ioctls(),
            "set 0 5000+1000 d+0\n"
            "set 2 6000+1000 e+0\n"
            "set 3 7000+1000 f+0\n");
}

TEST_F(KvmSlotsTest, WithoutAFreeNumberASectionIsLeftOut) {
  StartKvm({.slots_max = 2}, {.slot_bytes_max = 0x1000});
  MemoryRegion& a = RamAt(0x1000, "a", 1);
  MemoryRegion& b = RamAt(0x4000, "b", 4);
  EXPECT_EQ(Ioctls(), "set 0 1000+1000 a+0\nset 1 4000+1000 b+0\n");
  EXPECT_EQ(Failures(), "KVM_SET_USER_MEMORY_REGION 28 5000+3000\n");
  Granted(map_.SetEnabled(a, false));
  RamAt(0x10000, "c", 1);
  EXPECT_EQ(Ioctls(), "del 0\nset 0 10000+1000 c+0\n");
  Granted(map_.SetEnabled(b, false));
  Granted(map_.SetEnabled(a, true));
  EXPECT_EQ(Ioctls(), "del 1\nset 1 1000+1000 a+0\n");
  EXPECT_EQ(Failures(), "");
}

TEST_F(KvmSlotsTest, ARefusedSlotIsToldAndForgotten) {
  StartKvm();
  vm_->RefuseOnce("set 0 1000+1000 a+0");
  MemoryRegion& a = RamAt(0x1000, "a", 1);
  EXPECT_EQ(Failures(), "KVM_SET_USER_MEMORY_REGION 5 1000+1000\n");
  RamAt(0x2000, "b", 1);
  Granted(map_.SetEnabled(a, false));
  EXPECT_EQ(Ioctls(), "set 0 1000+1000 a+0 !\nset 0 2000+1000 b+0\n");
  EXPECT_EQ(Failures(), "");
}

TEST_F(KvmSlotsTest, ARefusedMoveIsMadeAnew) {
  StartKvm();
  MemoryRegion& a = RamAt(0x1000, "a", 1);
  Ioctls();
  vm_->RefuseOnce("set 0 2000+1000 a+0");
  MoveTo(a, 0x2000);
  EXPECT_EQ(Failures(), "KVM_SET_USER_MEMORY_REGION 5 2000+1000\n");
  EXPECT_EQ(Ioctls(), "set 0 2000+1000 a+0 !\ndel 0\nset 0 2000+1000 a+0\n");
}

TEST_F(KvmSlotsTest, ARefusedDeletionIsTriedAgain) {
  StartKvm();
  MemoryRegion& a = RamAt(0x1000, "a", 1);
  Ioctls();
  vm_->RefuseOnce("del 0");
  Granted(map_.SetEnabled(a, false));
  EXPECT_EQ(Failures(), "KVM_SET_USER_MEMORY_REGION 5 1000+1000\n");
  EXPECT_EQ(Ioctls(), "del 0 !\n");
  RamAt(0x5000, "b", 1);
  EXPECT_EQ(Ioctls(), "del 0\nset 0 5000+1000 b+0\n");
}

TEST_F(KvmSlotsTest, TheSecondAddressSpaceHasNumbersOfItsOwn) {
  StartKvm({.address_spaces = 2}, {.address_space = 1});
  MemoryRegion& a = RamAt(0x1000, "a", 1);
  Granted(map_.StartLog(a));
  Granted(map_.SetEnabled(a, false));
  EXPECT_EQ(Ioctls(),
            "set 1:0 1000+1000 a+0\n"
            "set 1:0 1000+1000 a+0 log\n"
            "log 1:0\n"
            "del 1:0\n");
}

TEST_F(KvmSlotsTest, ALateListenerFindsWhatIsThere) {
  MemoryRegion& a = RamAt(0x1000, "a", 1);
  RamAt(0x2000, "b", 1);
  Granted(map_.StartLog(a));
  StartKvm();
  EXPECT_EQ(Ioctls(), "set 0 1000+1000 a+0 log\nset 1 2000+1000 b+0\n");
  Granted(map_.UnregisterListener(*listener_));
  EXPECT_EQ(Ioctls(), "log 0\ndel 0\ndel 1\n");
  Granted(map_.RegisterListener(*listener_, memory_, 10));
  EXPECT_EQ(Ioctls(), "set 0 1000+1000 a+0 log\nset 1 2000+1000 b+0\n");
}

// Memory of the caller's that begins within a page: guest pages must meet the host's.
TEST_F(KvmSlotsTest, ACallersMemoryLiesWhereItLies) {
  StartKvm();
  std::vector<std::uint8_t> memory(5 * kPage);
  const auto first = reinterpret_cast<std::uintptr_t>(memory.data());
  std::uint8_t* const host = memory.data() + ((0 - first) & (kPage - 1)) + 0x800;
  MemoryRegion& ram = At(0x1000, map_.CreateRam("ram", 3 * kPage, CallerMemory{host}));
  EXPECT_EQ(Ioctls(), "");
  MoveTo(ram, 0x1800);
  EXPECT_EQ(Ioctls(), "set 0 2000+2000 ram+800\n");
  Granted(map_.StartLog(ram));
  Clean(ram);
  GuestWrites(0x3000);
  Granted(map_.SyncLog());
  // Half of each: bytes 1800 to 27ff.
  EXPECT_EQ(Dirty(ram), "1 2");
  Granted(map_.UnregisterListener(*listener_));
  Granted(map_.DelSubregion(system_, ram));
  Granted(map_.Destroy(ram));
  Granted(map_.RegisterListener(*listener_, memory_, 10));
}

}  // namespace
}  // namespace flatcheck::engine
