// What a guest finds in a virtual machine of KVM: the kernel's rules for slots, dirty logs,
// ioeventfds and coalesced zones, as the guest sees them.

#include <linux/kvm.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "engine/kvm/guest_probe.h"
#include "tests/guest_probe_fixture.h"

namespace flatcheck::engine::guest {
namespace {

using GuestRules = GuestProbeTest;

TEST_F(GuestRules, SlotsServeEveryWidthWithoutAnExit) {
  Set({1, 0x10000, 2, 0});
  for (const std::uint8_t size : kWidths) {
    SCOPED_TRACE(+size);
    const std::uint64_t value = 0x8877665544332211 >> (64 - 8 * size);
    Expect({Write(0x10101, size, value)}, {});
    EXPECT_EQ(host_.Number(0x101), value);
    std::memset(host_.at(0x100), 0, 16);
    std::memset(host_.at(0x101), 0xff, size);
    std::vector<GuestAccess> accesses = {Write(0x10200, 8, UINT64_MAX), Read(0x10101, size)};
    EXPECT_EQ(Do(accesses)[1].value, UINT64_MAX >> (64 - 8 * size));
    EXPECT_TRUE(exits_.empty());
    std::memset(host_.at(0x100), 0, 16);
  }
}

TEST_F(GuestRules, ExitsCarryTheWholePartOfEveryWidth) {
  for (const std::uint8_t size : kWidths) {
    SCOPED_TRACE(+size);
    const std::uint64_t value = 0x8877665544332211 >> (64 - 8 * size);
    const GuestAccess write = Write(0x20003, size, value);
    const GuestAccess read = Read(0x20003, size);
    Expect({write, read}, {{0, Left(write)}, {1, Left(read)}});
    EXPECT_EQ(ValueOf(read), kAnswer & (UINT64_MAX >> (64 - 8 * size)));
  }
}

TEST_F(GuestRules, PortsLeaveAsOnePartAlsoAtTheirEnd) {
  for (const std::uint64_t port : {0x7eull, 0x80ull, 0x3f8ull, 0xfffdull, 0xffffull}) {
    for (const std::uint8_t size : kWidths) {
      if (size == 8) continue;
      SCOPED_TRACE(testing::Message() << port << "+" << +size);
      const GuestAccess write = Out(port, size, 0x44332211 >> (32 - 8 * size));
      const GuestAccess read = In(port, size);
      Expect({write, read, write}, {{0, Left(write)}, {1, Left(read)}, {2, Left(write)}});
      EXPECT_EQ(ValueOf(read), kAnswer & (UINT64_MAX >> (64 - 8 * size)));
    }
  }
}

TEST_F(GuestRules, AnAccessIsCutAtTheBorderOfPages) {
  Set({1, 0x10000, 1, 0});
  Set({2, 0x11000, 1, 8 * kPage});
  const std::uint64_t value = 0x8877665544332211;

  Expect({Write(0x10ffd, 8, value)}, {});  // From slot to slot.
  EXPECT_EQ(host_.Number(0xffd, 3), 0x332211u);
  EXPECT_EQ(host_.Number(8 * kPage, 5), 0x8877665544u);
  EXPECT_EQ(ValueOf(Read(0x10ffd, 8)), value);

  Expect({Write(0x11ffd, 8, value)}, {{0, Left(Write(0x12000, 5, 0x8877665544))}});
  EXPECT_EQ(host_.Number(9 * kPage - 3, 3), 0x332211u);
  EXPECT_EQ(ValueOf(Read(0x11ffd, 8)), (kAnswer << 24) | 0x332211);
  EXPECT_EQ(exits_, (std::vector<ExitOf>{{0, Left(Read(0x12000, 5))}}));

  Expect({Write(0xfffd, 8, value)}, {{0, Left(Write(0xfffd, 3, 0x332211))}});
  EXPECT_EQ(host_.Number(0, 5), 0x8877665544u);
  EXPECT_EQ(ValueOf(Read(0xfffd, 8)), 0x8877665544a2a1a0);
  EXPECT_EQ(exits_, (std::vector<ExitOf>{{0, Left(Read(0xfffd, 3))}}));

  Expect({Write(0x20ffb, 8, value), Read(0x20ffd, 4), Write(0x20fff, 2, 0x1122)},
         {{0, Left(Write(0x20ffb, 5, 0x5544332211))},
          {0, Left(Write(0x21000, 3, 0x887766))},
          {1, Left(Read(0x20ffd, 3))},
          {1, Left(Read(0x21000, 1))},
          {2, Left(Write(0x20fff, 1, 0x22))},
          {2, Left(Write(0x21000, 1, 0x11))}});
  EXPECT_EQ(ValueOf(Read(0x20ffd, 4)), 0xa0a2a1a0);
}

TEST_F(GuestRules, MemoryIsWrittenBeforeAnEarlierPartLeaves) {
  Set({1, 0x10000, 1, 0});
  std::vector<GuestAccess> accesses = {Write(0xfffc, 8, 0x8877665544332211)};
  std::uint64_t seen = 0;
  probe_->Run(accesses, [&](std::size_t, const GuestExit&) { return seen = host_.Number(0, 4); });
  EXPECT_EQ(seen, 0x88776655u);
}

TEST_F(GuestRules, ReadonlySlotsReadAsMemoryAndWriteAsHoles) {
  Set({1, 0x10000, 1, 0, KVM_MEM_READONLY});
  Set({2, 0x11000, 1, kPage});
  std::memset(host_.at(0), 0x42, kPage);
  EXPECT_EQ(ValueOf(Read(0x10005, 8)), 0x4242424242424242u);
  EXPECT_TRUE(exits_.empty());
  const GuestAccess inside = Write(0x10005, 8, 0x8877665544332211);
  Expect({inside, Write(0x10ffd, 8, 0x8877665544332211), Write(0xfffd, 8, 0x8877665544332211)},
         {{0, Left(inside)},
          {1, Left(Write(0x10ffd, 3, 0x332211))},
          {2, Left(Write(0xfffd, 3, 0x332211))},
          {2, Left(Write(0x10000, 5, 0x8877665544))}});
  EXPECT_EQ(host_.Number(kPage, 5), 0x8877665544u);
  EXPECT_EQ(host_.Number(0), 0x4242424242424242u);
}

TEST_F(GuestRules, SlotsComeMoveAndGoUnderTheGuest) {
  *host_.at(0) = 0x11;
  *host_.at(kPage) = 0x22;
  for (int round = 0; round < 3; ++round) {
    Set({1, 0x10000, 1, 0});
    EXPECT_EQ(ValueOf(Read(0x10000, 1)), 0x11u);
    Set({1, 0x40000, 1, 0});
    EXPECT_EQ(ValueOf(Read(0x40000, 1)), 0x11u);
    EXPECT_EQ(ValueOf(Read(0x10000, 1)), 0xa0u);
    Set({2, 0x10000, 1, kPage});
    EXPECT_EQ(ValueOf(Read(0x10000, 1)), 0x22u);
    Set({1, 0x40000, 0, 0});
    EXPECT_EQ(ValueOf(Read(0x40000, 1)), 0xa0u);
    Set({2, 0x10000, 0, 0});
    EXPECT_EQ(ValueOf(Read(0x10000, 1)), 0xa0u);
  }
}

TEST_F(GuestRules, WritesMarkTheirPagesInTheSlotsLog) {
  Set({1, 0x10000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES});
  Set({2, 0x30000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES});  // The same bytes.
  EXPECT_EQ(DirtyPages(1), 0u);
  std::vector<GuestAccess> accesses = {Write(0x11000, 1, 1), Read(0x12000, 8), Write(0x13ffc, 8, 1),
                                       Write(0xfffc, 8, 1), Write(0x17ffc, 8, 1)};
  Do(accesses);
  EXPECT_EQ(DirtyPages(1), 0b10011011u);
  EXPECT_EQ(DirtyPages(1), 0u);
  EXPECT_EQ(DirtyPages(2), 0u);
  Expect({Write(0x11000, 1, 1), Write(0x32000, 1, 1)}, {});
  EXPECT_EQ(DirtyPages(1), 0b10u);
  EXPECT_EQ(DirtyPages(2), 0b100u);
}

TEST_F(GuestRules, AMovedSlotKeepsItsLogAndOneThatStoppedLoggingDoesNot) {
  Set({1, 0x10000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES});
  Expect({Write(0x11000, 1, 1)}, {});
  Set({1, 0x20000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES});
  EXPECT_EQ(DirtyPages(1), 0b10u);
  Expect({Write(0x22000, 1, 1)}, {});
  Set({1, 0x20000, 8, 0});
  Set({1, 0x20000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES});
  EXPECT_EQ(DirtyPages(1), 0u);
  Expect({Write(0x23000, 1, 1)}, {});
  EXPECT_EQ(DirtyPages(1), 0b1000u);
}

TEST_F(GuestRules, AWriteThatLeavesAReadonlySlotMarksNothing) {
  Set({1, 0x10000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY});
  Expect({Write(0x11000, 1, 1)}, {{0, Left(Write(0x11000, 1, 1))}});
  EXPECT_EQ(DirtyPages(1), 0u);
}

TEST_F(GuestRules, IoEventfdsTakeWritesThatBeginThereInTheirSize) {
  const int any = Notify({.address = 0x30000});
  const int four = Notify({.address = 0x30010, .size = 4});
  const int matched = Notify({.address = 0x30020, .size = 4, .match_data = true, .data = 0x11});
  const std::vector<GuestAccess> left = {
      Read(0x30000, 4),     Write(0x30001, 4, 1), Write(0x2fff8, 8, 1),    Write(0x30010, 2, 1),
      Write(0x30010, 8, 1), Read(0x30010, 4),     Write(0x30020, 4, 0x12), Write(0x30020, 8, 0x11)};
  std::vector<ExitOf> exits;
  exits.reserve(left.size());
  for (const GuestAccess& access : left) exits.push_back({exits.size(), Left(access)});
  Expect(left, exits);
  Expect({Write(0x30000, 1, 1), Write(0x30000, 2, 1), Write(0x30000, 8, 1), Write(0x30010, 4, 1),
          Write(0x30020, 4, 0x11)},
         {});
  EXPECT_EQ(Signals(any), 3u);
  EXPECT_EQ(Signals(four), 1u);
  EXPECT_EQ(Signals(matched), 1u);
}

TEST_F(GuestRules, EachPartOfACutWriteIsOfferedToIoEventfds) {
  const int head = Notify({.address = 0x30ffe});
  const int tail = Notify({.address = 0x32000, .size = 4});
  Expect({Write(0x30ffe, 4, 0x44332211), Write(0x31ffc, 8, 0x8877665544332211)},
         {{0, Left(Write(0x31000, 2, 0x4433))}, {1, Left(Write(0x31ffc, 4, 0x44332211))}});
  EXPECT_EQ(Signals(head), 1u);
  EXPECT_EQ(Signals(tail), 1u);
}

TEST_F(GuestRules, IoEventfdsAreSeenThroughReadonlySlotsOnly) {
  Set({1, 0x10000, 1, 0, KVM_MEM_READONLY});
  Set({2, 0x11000, 1, kPage});
  const int readonly = Notify({.address = 0x10000, .size = 4});
  const int writable = Notify({.address = 0x11000, .size = 4});
  Expect({Write(0x10000, 4, 5), Write(0x11000, 4, 5), Write(0xfffc, 8, 6)},
         {{2, Left(Write(0xfffc, 4, 6))}});
  EXPECT_EQ(Signals(readonly), 2u);
  EXPECT_EQ(Signals(writable), 0u);
  EXPECT_EQ(host_.Number(kPage), 5u);
}

TEST_F(GuestRules, PortsHaveIoEventfdsAndZones) {
  const int any = Notify({.bus = KvmBus::kPortIo, .address = 0x3f8});
  const int two = Notify({.bus = KvmBus::kPortIo, .address = 0x400, .size = 2});
  Coalesce({.bus = KvmBus::kPortIo, .address = 0x500, .size = 4});
  Expect({Out(0x3f8, 1, 1), Out(0x3f8, 4, 1), Out(0x400, 2, 3), Out(0x400, 1, 3), In(0x400, 2),
          Out(0x502, 2, 7), Out(0x502, 4, 8), In(0x500, 4)},
         {{3, Left(Out(0x400, 1, 3))},
          {4, Left(In(0x400, 2))},
          {5, SetAside(Out(0x502, 2, 7))},
          {6, Left(Out(0x502, 4, 8))},
          {7, Left(In(0x500, 4))}});
  EXPECT_EQ(Signals(any), 2u);
  EXPECT_EQ(Signals(two), 1u);
}

TEST_F(GuestRules, AZoneSetsAsidePartsThatItContains) {
  Coalesce({.address = 0x33004, .size = 8});
  Coalesce({.address = 0x3300c, .size = 4});  // Adjacent zones do not add up.
  Expect({Write(0x33004, 8, 2), Write(0x3300b, 1, 7), Write(0x3300c, 4, 1)},
         {{0, SetAside(Write(0x33004, 8, 2))},
          {1, SetAside(Write(0x3300b, 1, 7))},
          {2, SetAside(Write(0x3300c, 4, 1))}});
  for (const GuestAccess& access :
       {Write(0x33003, 8, 3), Write(0x33009, 4, 4), Write(0x33010, 1, 8), Read(0x33004, 4)}) {
    Expect({access}, {{0, Left(access)}});
  }
}

}  // namespace
}  // namespace flatcheck::engine::guest
