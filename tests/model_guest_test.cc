// What the accesses of a guest come to on the reference under KVM: bytes, exits, signals
// (memory-map 8.9, 8.10), by hand.

#include "reference/model_guest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/guest_world.h"

namespace flatcheck {
namespace {

TEST(Guest, SharesBytesWithEveryoneElse) {
  GuestWorld world(kRam);
  world.Do("region a alias 0x2000 m 0x1000\nadd root 0x1000 a\nwrite memory 0x11000 2 0xbeef\n");
  EXPECT_EQ(world.Guest({ReadAt(0x1000, 4), WriteAt(0x1001, 2, 0x1234), ReadAt(0x11000, 8)}),
            "beef 1234ef");
  EXPECT_EQ(world.Guest({ReadAt(0x13fff, 1), ReadAt(0x10fff, 2)}), "0 ef00");
}

// At 0x11000 to 0x11fff there is a device, whose byte at offset x reads x + 0x88.
TEST(Guest, LeavesPageByPage) {
  GuestWorld world(kRam);
  world.Do("region d io 0x1000\nadd root 0x11000 d 1\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10ffd, 8, 0x8877665544332211), ReadAt(0x10ffd, 2)}),
            "0:11000.5=8877665544 2211");
  EXPECT_EQ(world.emulation().device_calls.size(), 2U) << "of 4 bytes, and of 1";
  EXPECT_EQ(world.Guest({ReadAt(0x10fff, 2)}), "0:11000.1 8833");
  EXPECT_EQ(world.Guest({ReadAt(0x11fff, 4)}), "0:11fff.1 87");
  EXPECT_EQ(world.Guest({WriteAt(0xfffe, 4, 0x44332211), ReadAt(0x10000, 2)}),
            "0:fffe.2=2211 4433");
  EXPECT_EQ(world.Guest({WriteAt(0x4fffe, 8, 0x8877665544332211)}),
            "0:4fffe.2=2211 0:50000.6=887766554433");
  EXPECT_EQ(world.Guest({ReadAt(0x4fffe, 8)}), "0:4fffe.2 0:50000.6 0");
}

// Bytes at the ends of a range are no slot, but exits find them.
TEST(Guest, ReachesMemoryWithinAPageByExits) {
  GuestWorld world(
      "region root container 2^64\n"
      "region m ram 0x4000\n"
      "add root 0x10800 m\n"
      "as memory root\n"
      "log m 1\n"
      "testclear m 0 0x4000 vga\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10800, 4, 0x1234), ReadAt(0x107ff, 2)}),
            "0:10800.4=1234 1:107ff.2 3400");
  EXPECT_EQ(world.Dirty(1), "0") << "an exit's write is one of the machine";
}

TEST(Guest, LeavesAtWritesOfReadonlySlots) {
  GuestWorld world(
      "region root container 2^64\n"
      "region r rom 0x1000\n"
      "region f romd 0x1000\n"
      "add root 0 r\n"
      "add root 0x1000 f\n"
      "as memory root\n"
      "writerom memory 0xffe 4 0xaabbccdd\n");
  EXPECT_EQ(world.Guest({WriteAt(0xffe, 4, 1), ReadAt(0xffe, 4)}), "0:ffe.2=1 0:1000.2=0 aabbccdd");
  EXPECT_EQ(world.emulation().device_calls.size(), 1U) << "the ROM device's";
  world.Do("romdmode f 0\n");
  EXPECT_EQ(world.Guest({ReadAt(0xfff, 2)}), "0:1000.1 88cc");
}

TEST(Guest, HasNoAddressesBeyondItsEnd) {
  HypervisorOptions options;
  options.capabilities.address_end = 0x11000;
  GuestWorld world(kRam, options);
  EXPECT_EQ(world.Guest({WriteAt(0x10ffe, 2, 1), ReadAt(0x10fff, 2), ReadAt(UINT64_MAX, 1)}),
            "# #");
  GuestAccess elsewhere = ReadAt(0x10ffe, 2);
  EXPECT_EQ(world.Guest({elsewhere}), "1");
  elsewhere.address_space = 1;
  EXPECT_EQ(world.Guest({elsewhere}), "#");
}

constexpr std::string_view kDevice =
    "region root container 2^64\n"
    "region d io 0x2000\n"
    "add root 0x10000 d\n"
    "as memory root\n";

// 8.9.
TEST(GuestIoEventfds, TakeWritesOfTheirSizeAndData) {
  GuestWorld world(kDevice);
  world.Do(
      "eventfd add d 0x10 4 1 7 1\n"
      "eventfd add d 0x10 4 1 8 2\n"
      "eventfd add d 0x10 2 0 0 3\n"
      "eventfd add d 0x20 0 0 0 4\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10010, 4, 7), WriteAt(0x10010, 4, 8), WriteAt(0x10010, 2, 9),
                         WriteAt(0x10010, 2, 7)}),
            "!1*1 !2*1 !3*2");
  EXPECT_EQ(world.Guest({WriteAt(0x10010, 4, 9), WriteAt(0x10010, 1, 7), WriteAt(0x10011, 1, 7)}),
            "0:10010.4=9 1:10010.1=7 2:10011.1=7");
  EXPECT_EQ(world.Guest({WriteAt(0x10020, 1, 1), WriteAt(0x10020, 8, 2), ReadAt(0x10020, 1)}),
            "# !4*2");
  world.Do("eventfd del d 0x10 4 1 7 1\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10010, 4, 7)}), "0:10010.4=7");
}

// Data is compared in full, a part of an access by itself, and a slot comes first.
TEST(GuestIoEventfds, MeetParts) {
  GuestWorld world(kDevice);
  world.Do(
      "eventfd add d 0x1000 2 1 0x6655 1\n"
      "eventfd add d 0x30 1 1 0x107 2\n"
      "region m ram 0x1000\n"
      "eventfd add m 0 0 0 0 3\n"
      "add root 0x12000 m\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10ffc, 4, 0), WriteAt(0x10ffc, 8, 0x8877665544332211),
                         WriteAt(0x10ffe, 4, 0x66554433)}),
            "0:10ffc.4=0 1:10ffc.4=44332211 1:11000.4=88776655 2:10ffe.2=4433 !1*1");
  EXPECT_EQ(world.Guest({WriteAt(0x10030, 1, 7)}), "0:10030.1=7");
  EXPECT_EQ(world.Guest({WriteAt(0x12000, 4, 7)}), "");
  world.Do("readonly m 1\n");
  EXPECT_EQ(world.Guest({WriteAt(0x12000, 4, 7)}), "!3*1");
}

TEST(GuestIoEventfds, AreForgottenWhereTheKernelRefusesThem) {
  GuestWorld world(kDevice);
  world.Do(
      "eventfd add d 0x10 3 0 0 1\n"
      "eventfd add d 0x20 0 1 5 1\n"
      "eventfd add d 0x30 4 0 0 1\n"
      "eventfd add d 0x30 4 0 0 1\n"
      "eventfd add d 0x30 4 0 0 2\n"
      "eventfd add d 0x30 4 1 3 3\n"
      "eventfd add d 0x30 2 0 0 4\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10020, 4, 5), WriteAt(0x10030, 4, 3), WriteAt(0x10030, 2, 3)}),
            "0:10020.4=5 !1*1 !4*1");
  world.Do("eventfd del d 0x30 4 0 0 2\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10030, 4, 3)}), "!1*1");
  world.Do("eventfd del d 0x30 4 0 0 1\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10030, 4, 4), WriteAt(0x10030, 4, 3)}),
            "0:10030.4=4 1:10030.4=3")
      << "nobody asks again for what was refused";
}

// 4.5 [7.2]: who comes late hears of later ones alone.
TEST(GuestIoEventfds, AreNotReplayedAndLeaveWithTheirSpace) {
  GuestWorld world(kDevice);
  world.Do(
      "asdestroy memory\n"
      "eventfd add d 0x10 0 0 0 1\n"
      "as again root\n"
      "eventfd add d 0x20 0 0 0 2\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10010, 1, 1), WriteAt(0x10020, 1, 1)}), "0:10010.1=1 !2*1");
  world.Do("asdestroy again\nas last root\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10020, 1, 1)}), "0:10020.1=1");
}

// 8.10.
TEST(GuestZones, SetWritesAside) {
  GuestWorld world(kDevice);
  world.Do("coalesce d 0x100 0x10\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10100, 4, 1), WriteAt(0x1010c, 4, 2), WriteAt(0x1010d, 4, 3),
                         WriteAt(0x10104, 1, 4), ReadAt(0x10100, 1), WriteAt(0x100ff, 2, 5),
                         WriteAt(0x10108, 8, 6)}),
            "c:10100.4=1 c:1010c.4=2 2:1010d.4=3 c:10104.1=4 4:10100.1 5:100ff.2=5 c:10108.8=6 88");
  EXPECT_EQ(world.emulation().steps.size(), 7U);
  world.Do("uncoalesce d\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10100, 4, 1)}), "0:10100.4=1");
}

TEST(GuestZones, LetWritesOutWhenTheRingIsFull) {
  GuestWorld world(kDevice);
  world.Do("coalesce d 0 0x1000\n");
  constexpr std::uint64_t kEntries = 169;
  std::vector<GuestAccess> accesses;
  std::string expect;
  for (std::uint64_t i = 0; i <= kEntries; ++i) {
    accesses.push_back(WriteAt(0x10000 + i, 1, 1));
    expect += fmt::format("{}:{:x}.1=1 ", i < kEntries ? "c" : "169", 0x10000 + i);
  }
  accesses.push_back(WriteAt(0x10000, 1, 2));
  EXPECT_EQ(world.Guest(accesses), expect + "c:10000.1=2");
}

// A zone that is taken back takes those with it that contain it, not those that it contains.
TEST(GuestZones, GoWithAnyPartOfThem) {
  GuestWorld world(kDevice);
  world.Do(
      "coalesce d 0x100 0x10\n"
      "region e io 0x8\n"
      "coalesce e 0 8\n"
      "add root 0x10100 e 1\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10100, 4, 1), WriteAt(0x10108, 4, 2)}),
            "c:10100.4=1 c:10108.4=2");
  world.Do("del root e\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10100, 4, 1), WriteAt(0x10108, 4, 2)}),
            "c:10100.4=1 c:10108.4=2");
  world.Do("asdestroy memory\nas again root\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10100, 4, 1)}), "0:10100.4=1");
}

TEST(GuestZones, AreShorterThan2GiB) {
  GuestWorld world(
      "region root container 2^64\n"
      "region d io 0x80000000\n"
      "region e io 0x7fffffff\n"
      "add root 0x80000000 d\n"
      "add root 0x100000000 e\n"
      "as memory root\n"
      "coalesce d 0 0x80000000\n"
      "coalesce e 0 0x7fffffff\n");
  EXPECT_EQ(world.Guest({WriteAt(0x80000000, 1, 1), WriteAt(0x100000000, 1, 2)}),
            "0:80000000.1=1 c:100000000.1=2");
}

TEST(GuestZones, AreLeftOutWhereTheKernelHasNone) {
  HypervisorOptions options;
  options.capabilities.coalesced_mmio = false;
  GuestWorld world(kDevice, options);
  world.Do("coalesce d 0 0x10\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10000, 1, 1)}), "0:10000.1=1");
}

// The kernel searches its bus as if nothing there overlapped.
TEST(GuestBus, DoesNotTellWhoOfSeveralTakesAWrite) {
  GuestWorld world(kDevice);
  world.Do("coalesce d 0 0x100\neventfd add d 0x10 4 0 0 1\ncoalesce d 0x200 0x10\n");
  EXPECT_EQ(world.Guest({WriteAt(0x10010, 4, 1), WriteAt(0x10000, 4, 2), ReadAt(0x10010, 4),
                         WriteAt(0x10200, 4, 3)}),
            "2:10010.4 # # 65768798 #");
}

// The kernel's bus of memory is the first address space's, and all of them meet it.
TEST(GuestBus, IsThatOfTheFirstAddressSpace) {
  HypervisorOptions options;
  options.capabilities.address_spaces = 2;
  GuestWorld world(kDevice, options);
  world.Do(
      "region smm container 2^64\n"
      "region e io 0x1000\n"
      "add smm 0x20000 e\n"
      "as other smm\n"
      "eventfd add d 0x10 4 0 0 1\n"
      "eventfd add e 0x10 4 0 0 2\n");
  GuestAccess first = WriteAt(0x10010, 4, 1);
  GuestAccess second = WriteAt(0x20010, 4, 2);
  EXPECT_EQ(world.Guest({first, second}), "1:20010.4=2 !1*1");
  first.address_space = second.address_space = 1;
  EXPECT_EQ(world.Guest({first, second}), "1:20010.4=2 !1*1");
  EXPECT_EQ(world.emulation().answers.front().result, 0U) << "the second space's ioeventfd";
}

TEST(GuestPorts, HaveNoSlots) {
  GuestWorld world(kDevice);
  world.Do(
      "region ports container 0x10000\n"
      "region m ram 0x1000\n"
      "add ports 0 m\n"
      "as ports ports\n");
  EXPECT_EQ(world.Guest({Port(WriteAt(0x10, 2, 0x1234)), Port(ReadAt(0x11, 1))}),
            "0:10.2=1234 1:11.1 12");
  EXPECT_EQ(world.Slots(), "");
}

TEST(GuestPorts, HaveABusOfTheirOwn) {
  GuestWorld world(kDevice);
  world.Do(
      "region root2 container 0x10000\n"
      "region p io 0x100\n"
      "add root2 0x1f0 p\n"
      "as ports root2\n"
      "eventfd add p 4 2 0 0 9\n"
      "coalesce p 8 4\n"
      "coalesce d 0x10 4\n");
  EXPECT_EQ(
      world.Guest({Port(WriteAt(0x1f4, 2, 1)), WriteAt(0x1f4, 2, 2), Port(WriteAt(0x1f8, 4, 3)),
                   WriteAt(0x10010, 4, 4), Port(ReadAt(0x1f0, 4)), Port(WriteAt(0x1fe, 4, 5))}),
      "1:1f4.2=2 c:1f8.4=3 c:10010.4=4 4:1f0.4 5:1fe.4=5 55667788 !9*1");
  const Trace& emulation = world.emulation();
  ASSERT_EQ(emulation.device_calls.size(), 5U);
  EXPECT_EQ(emulation.device_calls[0].region.index, 3U);
  EXPECT_EQ(emulation.device_calls[1].region.index, 1U);
  EXPECT_EQ(world.Guest({Port(ReadAt(0xfffd, 4)), Port(ReadAt(0xfffc, 4)), Port(ReadAt(0, 8))}),
            "0:fffd.4 1:fffc.4 0 0 #");
}

}  // namespace
}  // namespace flatcheck
