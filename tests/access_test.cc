// Accesses at guest addresses, rule by rule (memory-map section 6).

#include "engine/ram/access.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/ram/dispatch.h"
#include "tests/memory_fixture.h"

namespace flatcheck::engine {
namespace {

using AccessTest = MemoryTest;

// memory-map 6.1, 6.2: RAM is held in pieces that end at page borders.
TEST_F(AccessTest, RamIsTranslatedInPieces) {
  MemoryRegion& ram = Granted(map_.CreateRam("ram", 4 * kPage));
  Granted(map_.SetSize(ram, 0x3456));
  Granted(map_.AddSubregion(system_, 0x1800, ram));
  EXPECT_EQ(Translate(map_, memory_, 0x1800, 0x10000).length, 0x800u);
  EXPECT_EQ(Translate(map_, memory_, 0x2000, 0x10000).length, 0x2000u);
  EXPECT_EQ(Translate(map_, memory_, 0x4000, 0x10000).length, 0xc56u);
  EXPECT_EQ(Translate(map_, memory_, 0x4000, 0x10).length, 0x10u);
}

// memory-map 6.2: nothing else is clipped.
TEST_F(AccessTest, OnlyRamAndRomAreClipped) {
  JournalDevice device;
  At(0, map_.CreateIo("io", kPage, device));
  At(kPage, map_.CreateRomDevice("romd", kPage, device));
  At(2 * kPage, map_.CreateRom("rom", kPage));
  EXPECT_EQ(Translate(map_, memory_, 8, 0x9000).length, 0x9000u);
  EXPECT_EQ(Translate(map_, memory_, kPage + 8, 0x9000).length, 0x9000u);
  EXPECT_EQ(Translate(map_, memory_, 2 * kPage + 8, 0x9000).length, kPage - 8);
  EXPECT_EQ(Translate(map_, memory_, 3 * kPage + 8, 0x9000).length, 0x9000u);
}

// memory-map 6.3: the region's own attributes decide, not those of its aliases.
TEST_F(AccessTest, DirectnessGoesByTheRegion) {
  MemoryRegion& ram = Granted(map_.CreateRam("ram", kPage));
  MemoryRegion& alias = At(0, map_.CreateAlias("alias", kPage, ram, 0));
  MemoryRegion& rom = At(kPage, map_.CreateRom("rom", kPage));
  Granted(map_.SetReadonly(alias, true));
  EXPECT_EQ(WriteBytes(0, {1, 2}), kMemTxOk);
  EXPECT_EQ(ReadText(0, 2), "0 0102");
  EXPECT_EQ(WriteBytes(kPage, {1, 2}), kMemTxDecodeError);
  EXPECT_EQ(ReadText(kPage, 2), "0 0000");
  Granted(map_.SetReadonly(rom, false));
  EXPECT_EQ(WriteBytes(kPage, {3, 4}), kMemTxOk);
  Granted(map_.SetReadonly(rom, true));
  EXPECT_EQ(WriteBytes(kPage, {5, 6}), kMemTxDecodeError);
  EXPECT_EQ(ReadText(kPage, 2), "0 0304");
}

// memory-map 6.3, 3.4: romd mode is read live; writes always reach the device.
TEST_F(AccessTest, ARomDeviceIsReadDirectlyInRomdModeOnly) {
  JournalDevice device;
  MemoryRegion& romd = At(0, map_.CreateRomDevice("romd", kPage, device));
  EXPECT_EQ(ReadText(4, 4), "0 00000000");
  EXPECT_EQ(WriteBytes(4, {1, 0, 0, 0}), kMemTxOk);
  EXPECT_EQ(device.Taken(), "w4.4=1 ");
  Granted(map_.Begin());
  Granted(map_.SetRomdMode(romd, false));
  EXPECT_EQ(ReadText(4, 4), "0 a4a5a6a7");
  Granted(map_.SetRomdMode(romd, true));
  EXPECT_EQ(ReadText(4, 4), "0 00000000");
  Granted(map_.Commit());
}

// memory-map 6.4: results add up, what fails reads as 0, addresses wrap.
TEST_F(AccessTest, AFailingPartDoesNotStopTheRest) {
  At(0, map_.CreateRam("low", kPage));
  At(UINT64_MAX - kPage + 1, map_.CreateRam("high", kPage));
  At(2 * kPage, map_.CreateRam("next", kPage));
  EXPECT_EQ(WriteBytes(UINT64_MAX - 1, {1, 2, 3, 4}), kMemTxOk);
  EXPECT_EQ(ReadText(UINT64_MAX - 1, 4), "0 01020304");
  EXPECT_EQ(ReadText(0, 2), "0 0304");
  EXPECT_EQ(WriteBytes(2 * kPage - 2, {7, 7, 8, 8}), kMemTxDecodeError);
  EXPECT_EQ(ReadText(2 * kPage - 2, 4), "2 00000808");
  EXPECT_EQ(Read(map_, memory_, kPage, {}), kMemTxOk);
}

// memory-map 6.5.
TEST(AccessSize, IsAPowerOfTwoThatTheRegionAllows) {
  struct Case {
    std::uint8_t valid_max;
    bool impl_unaligned;
    std::uint64_t address;
    std::uint64_t length;
    unsigned size;
  };
  constexpr Case kCases[] = {
      {0, false, 0, 8, 4}, {0, false, 0, 3, 2}, {8, false, 0, 9, 8}, {8, false, 4, 9, 4},
      {8, false, 6, 9, 2}, {8, false, 1, 9, 1}, {8, true, 1, 9, 8},  {8, true, 1, 7, 4},
      {2, false, 0, 8, 2}, {1, true, 3, 8, 1},  {0, true, 3, 8, 4},  {4, false, 8, 1, 1},
  };
  for (const Case& c : kCases) {
    MemoryMap map;
    JournalDevice device({.valid = {.max = c.valid_max}, .impl = {.unaligned = c.impl_unaligned}});
    MemoryRegion& io = Granted(map.CreateIo("io", kPage, device));
    EXPECT_EQ(AccessSize(&io, c.address, c.length), c.size)
        << unsigned{c.valid_max} << " " << c.address << " " << c.length;
  }
  EXPECT_EQ(AccessSize(nullptr, 6, 8), 2u);
}

struct DispatchCase {
  const char* name;
  MmioTraits traits;
  unsigned width;
  std::uint64_t offset;
  MemTx result;
  std::uint64_t loaded;  // Little endian.
  const char* reads;
  const char* writes;  // Of storing 0x1122334455667788, little endian.
};

constexpr MmioTraits Traits(AccessSizes valid, AccessSizes impl, ByteOrder order = kLittle) {
  return {.valid = valid, .impl = impl, .order = order, .guard = nullptr};
}

constexpr DispatchCase kDispatchCases[] = {
    {"the default", {}, 4, 8, 0, 0xabaaa9a8, "r8.4 ", "w8.4=55667788 "},
    {"wider than implemented",
     {},
     8,
     8,
     0,
     0xafaeadacabaaa9a8,
     "r8.4 r12.4 ",
     "w8.4=55667788 w12.4=11223344 "},
    {"unaligned", {}, 4, 2, 2, 0, "", ""},
    {"unaligned allowed", Traits({0, 0, true}, {}), 4, 2, 0, 0xa5a4a3a2, "r2.4 ", "w2.4=55667788 "},
    {"too wide", Traits({1, 4, false}, {}), 8, 0, 2, 0, "", ""},
    {"too narrow", Traits({4, 8, false}, {}), 2, 0, 2, 0, "", ""},
    {"of a least size, and no greatest", Traits({4, 0, false}, {}), 2, 4, 0, 0xa5a4, "r4.2 ",
     "w4.2=7788 "},
    {"bytes only", Traits({}, {1, 1, false}), 4, 4, 0, 0xa7a6a5a4, "r4.1 r5.1 r6.1 r7.1 ",
     "w4.1=88 w5.1=77 w6.1=66 w7.1=55 "},
    {"narrower than implemented", Traits({}, {4, 4, false}), 2, 4, 0, 0xa5a4, "r4.4 ",
     "w4.4=7788 "},
    {"big", Traits({}, {}, kBig), 4, 8, 0, 0xa8a9aaab, "r8.4 ", "w8.4=88776655 "},
    {"big, in pieces", Traits({}, {1, 2, false}, kBig), 4, 8, 0, 0xaaaba8a9, "r8.2 r10.2 ",
     "w8.2=8877 w10.2=6655 "},
    // The high bytes of the wide callback are the access (HIST-36).
    {"big, narrower than implemented", Traits({}, {4, 4, false}, kBig), 2, 4, 0, 0xa6a7, "r4.4 ",
     "w4.4=88770000 "},
};

// memory-map 6.6.
TEST_F(AccessTest, DispatchChecksSplitsAndSwaps) {
  for (const DispatchCase& c : kDispatchCases) {
    SCOPED_TRACE(c.name);
    JournalDevice device(c.traits);
    MemoryRegion& io = At(0, map_.CreateIo("io", kPage, device), 1);
    const Loaded loaded = Load(map_, memory_, c.offset, c.width, kLittle);
    EXPECT_EQ(loaded.result, c.result);
    EXPECT_EQ(loaded.value, c.loaded);
    EXPECT_EQ(device.Taken(), c.reads);
    // What is wider than the access is cut.
    EXPECT_EQ(Store(map_, memory_, c.offset, c.width, kLittle, 0x1122334455667788), c.result);
    EXPECT_EQ(device.Taken(), c.writes);
    Granted(map_.DelSubregion(system_, io));
    Granted(map_.Destroy(io));
  }
}

// memory-map 6.6: the order of the access and of the device are swapped against each other.
TEST_F(AccessTest, ABigEndianAccessOfABigEndianDeviceIsNotSwapped) {
  JournalDevice device(Traits({}, {}, kBig));
  At(0, map_.CreateIo("io", kPage, device));
  EXPECT_EQ(Load(map_, memory_, 8, 4, kBig).value, 0xabaaa9a8u);
  EXPECT_EQ(Store(map_, memory_, 8, 4, kBig, 0x11223344), kMemTxOk);
  EXPECT_EQ(device.Taken(), "r8.4 w8.4=11223344 ");
}

class FussyDevice final : public MmioDevice {
 public:
  bool Accepts(std::uint64_t offset, unsigned, bool is_write) const override {
    return offset != 4 && !is_write;
  }
  MemTx ReadWithResult(std::uint64_t offset, unsigned, std::uint64_t& value) override {
    value = 0x5a;
    return offset == 8 ? kMemTxError : kMemTxOk;
  }
};

// memory-map 6.6, 6.4.
TEST_F(AccessTest, ADeviceMayRefuseAndFail) {
  FussyDevice device;
  At(0, map_.CreateIo("io", kPage, device));
  EXPECT_EQ(ReadText(0, 12),
            "3 5a000000"
            "00000000"
            "5a000000");
}

// memory-map 6.6, [8.1].
class ReentrantDevice final : public MmioDevice {
 public:
  explicit ReentrantDevice(ReentrancyGuard* guard = nullptr) : MmioDevice({.guard = guard}) {}
  std::uint64_t Read(std::uint64_t offset, unsigned) override {
    ++calls;
    if (offset != 0 || calls > 1) return 7;
    inner = on_read();
    inner |= on_read();
    return 1;
  }

  std::function<MemTx()> on_read;
  MemTx inner = kMemTxOk;
  int calls = 0;
};

TEST_F(AccessTest, ADeviceInACallbackIsNotCalledAgainIfItSaysSo) {
  for (const bool guards : {true, false}) {
    ReentrancyGuard guard;
    ReentrantDevice device(guards ? &guard : nullptr);
    MemoryRegion& io = At(0, map_.CreateIo("io", kPage, device));
    device.on_read = [&] {
      std::array<std::uint8_t, 4> bytes{};
      return Read(map_, memory_, 4, bytes);
    };
    EXPECT_EQ(Load(map_, memory_, 0, 4, kLittle).result, kMemTxOk);
    EXPECT_EQ(device.inner, guards ? kMemTxAccessError : kMemTxOk);
    EXPECT_EQ(device.calls, guards ? 1 : 3);
    // The callback is over.
    EXPECT_EQ(Load(map_, memory_, 4, 4, kLittle).result, kMemTxOk);
    Granted(map_.DelSubregion(system_, io));
    Granted(map_.Destroy(io));
  }
}

// memory-map 6.6, [8.1]: QEMU guards all regions of a device model together.
TEST_F(AccessTest, DevicesOfOneOwnerShareTheirGuard) {
  ReentrancyGuard guard;
  ReentrantDevice device(&guard);
  JournalDevice sibling({.guard = &guard});
  JournalDevice other;
  At(0, map_.CreateIo("io", kPage, device));
  At(kPage, map_.CreateIo("sibling", kPage, sibling));
  At(2 * kPage, map_.CreateIo("other", kPage, other));
  MemTx of_other = kMemTxError;
  device.on_read = [&] {
    of_other = Load(map_, memory_, 2 * kPage, 4, kLittle).result;
    return Load(map_, memory_, kPage, 4, kLittle).result;
  };
  EXPECT_EQ(Load(map_, memory_, 0, 4, kLittle).result, kMemTxOk);
  EXPECT_EQ(device.inner, kMemTxAccessError);
  EXPECT_EQ(of_other, kMemTxOk);
  EXPECT_EQ(Load(map_, memory_, kPage, 4, kLittle).result, kMemTxOk);
}

// memory-map 6.4: an access goes by one view to its end; what it goes by is not destroyed.
TEST_F(AccessTest, ACommitWithinAnAccessIsForTheNext) {
  ReentrantDevice device;
  MemoryRegion& io = At(0, map_.CreateIo("io", 4, device));
  MemoryRegion& ram = At(4, map_.CreateRam("ram", kPage));
  WriteBytes(4, {1, 2, 3, 4});
  device.on_read = [&] {
    (void)map_.DelSubregion(system_, io);
    (void)map_.DelSubregion(system_, ram);
    EXPECT_EQ(map_.Destroy(ram), Refusal::kInAccess);
    EXPECT_EQ(map_.Destroy(io), Refusal::kInAccess);
    EXPECT_EQ(map_.DestroyAddressSpace(memory_), Refusal::kInAccess);
    return kMemTxOk;
  };
  EXPECT_EQ(ReadText(0, 8), "0 0100000001020304");
  EXPECT_EQ(ReadText(0, 8), "2 0000000000000000");
  EXPECT_FALSE(map_.in_access());
  Granted(map_.Destroy(io));
  Granted(map_.Destroy(ram));
}

// What is read may lie where it is read to.
TEST_F(AccessTest, AReadOverItsOwnSource) {
  JournalDevice device;
  MemoryRegion& ram = At(0, map_.CreateRam("ram", kPage));
  At(kPage, map_.CreateIo("io", kPage, device));
  WriteBytes(kPage - 4, {1, 2, 3, 4});
  const std::span<std::uint8_t> over(ram.ram()->host() + kPage - 6, 6);
  EXPECT_EQ(Read(map_, memory_, kPage - 4, over), kMemTxOk);
  EXPECT_EQ(Text(over), "01020304a0a1");
}

// memory-map 6.6, 6.2: nobody and a reservation answer alike.
TEST_F(AccessTest, NobodyAnswersWithADecodeError) {
  At(0, map_.CreateReservation("reserved", kPage));
  for (const std::uint64_t address : {std::uint64_t{0}, 2 * kPage}) {
    EXPECT_EQ(Load(map_, memory_, address, 8, kLittle).result, kMemTxDecodeError);
    EXPECT_EQ(Store(map_, memory_, address, 8, kLittle, 1), kMemTxDecodeError);
    EXPECT_EQ(ReadText(address, 2), "2 0000");
  }
}

// memory-map 6.6, 6.8: device memory takes any access of 1 to 8 bytes.
TEST_F(AccessTest, ARamDeviceIsAccessedByValue) {
  At(0, map_.CreateRamDevice("bar", kPage));
  EXPECT_EQ(Store(map_, memory_, 3, 8, kBig, 0x1122334455667788), kMemTxOk);
  EXPECT_EQ(ReadText(3, 8), "0 1122334455667788");
  EXPECT_EQ(Load(map_, memory_, 3, 8, kLittle).value, 0x8877665544332211u);
}

// memory-map 5.3, 5.6.
TEST_F(AccessTest, AnIoEventfdMatchesInTheDevicesOrder) {
  std::vector<std::uint32_t> signalled;
  map_.SetSignal([&](std::uint32_t notifier) { signalled.push_back(notifier); });
  JournalDevice device(Traits({1, 4, false}, {}, kBig));
  MemoryRegion& io = At(0, map_.CreateIo("io", kPage, device));
  const IoEventfd entry{
      .address = 4, .size = 4, .match_data = true, .data = 0x11223344, .notifier = 3};
  Granted(map_.AddIoEventfd(io, entry));
  EXPECT_EQ(io.ioeventfds().begin()->data, 0x44332211u);
  EXPECT_EQ(Store(map_, memory_, 4, 4, kLittle, 0x11223344), kMemTxOk);
  EXPECT_EQ(device.Taken(), "");
  EXPECT_EQ(Store(map_, memory_, 4, 4, kBig, 0x11223344), kMemTxOk);
  EXPECT_EQ(device.Taken(), "w4.4=11223344 ");
  // An access that is not valid matches nothing.
  EXPECT_EQ(Store(map_, memory_, 4, 8, kLittle, 0x11223344), kMemTxDecodeError);
  EXPECT_EQ(signalled, std::vector<std::uint32_t>{3});
  // Of entries at other addresses none.
  Granted(map_.AddIoEventfd(io, {.address = 3, .size = 0}));
  Granted(map_.AddIoEventfd(io, {.address = 12, .size = 0, .notifier = 5}));
  EXPECT_EQ(Store(map_, memory_, 8, 4, kLittle, 1), kMemTxOk);
  EXPECT_EQ(Store(map_, memory_, 12, 2, kLittle, 1), kMemTxOk);
  EXPECT_EQ(signalled, (std::vector<std::uint32_t>{3, 5}));
  Granted(map_.DelIoEventfd(io, entry));
  EXPECT_EQ(map_.DelIoEventfd(io, entry), Refusal::kAbsent);
}

// memory-map 6.7; 12b: a device's access runs past the end of its range.
TEST_F(AccessTest, RegionsSmallerThanAPageShareIt) {
  JournalDevice one;
  JournalDevice two;
  At(0x10, map_.CreateIo("one", 4, one));
  At(0x14, map_.CreateIo("two", 2, two));
  At(0x16, map_.CreateRam("ram", kPage));
  WriteBytes(0x16, {1, 2, 3});
  EXPECT_EQ(ReadText(0x10, 9), "0 a0a1a2a3a0a1a2a303");
  EXPECT_EQ(one.Taken(), "r0.4 ");
  EXPECT_EQ(two.Taken(), "r0.4 ");
  EXPECT_EQ(ReadText(0x14, 3), "0 a0a101");
}

// memory-map 6.8, DER-18.
TEST_F(AccessTest, ALoadDoesNotSplit) {
  At(0x1800, map_.CreateRam("ram", 2 * kPage));
  WriteBytes(0x1ffc, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(ReadText(0x1ffc, 8), "0 0102030405060708");
  // The bytes of one page, and those behind it, are not one piece.
  EXPECT_EQ(Load(map_, memory_, 0x1ffc, 8, kLittle).result, kMemTxDecodeError);
  EXPECT_EQ(Load(map_, memory_, 0x1ffc, 8, kLittle).value, 0u);
  EXPECT_EQ(Store(map_, memory_, 0x37fc, 8, kLittle, 1), kMemTxDecodeError);
  EXPECT_EQ(Load(map_, memory_, 0x1ffc, 4, kLittle).value, 0x04030201u);
  EXPECT_EQ(Load(map_, memory_, 0x1ffc, 4, kBig).value, 0x01020304u);
  EXPECT_EQ(Load(map_, memory_, 0x1fff, 1, kBig).value, 4u);
}

// memory-map 6.8: numbers of either order, whatever else the value holds.
TEST_F(AccessTest, AStoreHasAnOrderAndAWidth) {
  At(0, map_.CreateRam("ram", kPage));
  EXPECT_EQ(Store(map_, memory_, 0, 2, kBig, 0x11223344), kMemTxOk);
  EXPECT_EQ(Store(map_, memory_, 2, 4, kBig, 0x1122334455667788), kMemTxOk);
  EXPECT_EQ(Store(map_, memory_, 6, 2, kLittle, 0x11223344), kMemTxOk);
  EXPECT_EQ(Store(map_, memory_, 8, 1, kBig, 0x1122), kMemTxOk);
  EXPECT_EQ(ReadText(0, 10), "0 33445566778844332200");
  EXPECT_EQ(Load(map_, memory_, 2, 4, kBig).value, 0x55667788u);
}

// memory-map 6.8: within whole pages a border is none; a rom device goes on in its block.
TEST_F(AccessTest, ALoadCrossesPagesOfOnePiece) {
  JournalDevice device;
  At(0, map_.CreateRam("ram", 2 * kPage));
  MemoryRegion& romd = At(4 * kPage, map_.CreateRomDevice("romd", 2 * kPage, device));
  EXPECT_EQ(Store(map_, memory_, kPage - 3, 8, kLittle, 0x1122334455667788), kMemTxOk);
  EXPECT_EQ(Load(map_, memory_, kPage - 3, 8, kBig).value, 0x8877665544332211u);
  Granted(map_.SetSize(romd, kPage));
  EXPECT_EQ(Load(map_, memory_, 5 * kPage - 4, 8, kLittle).result, kMemTxOk);
  EXPECT_EQ(device.Taken(), "");
  Granted(map_.SetSize(romd, 2 * kPage));
  // Past the block's end the device is asked.
  EXPECT_EQ(Load(map_, memory_, 6 * kPage - 4, 8, kLittle).result, kMemTxDecodeError);
}

// memory-map 6.9.
TEST_F(AccessTest, WriteRomWritesMemoryAndSkipsTheRest) {
  JournalDevice device;
  At(0, map_.CreateRom("rom", kPage));
  At(kPage, map_.CreateIo("io", kPage, device));
  MemoryRegion& romd = At(2 * kPage, map_.CreateRomDevice("romd", kPage, device));
  const std::vector<std::uint8_t> bytes(2 * kPage + 4, 9);
  WriteRom(map_, memory_, kPage - 2, bytes);
  EXPECT_EQ(ReadText(kPage - 4, 4), "0 00000909");
  EXPECT_EQ(ReadText(2 * kPage, 4), "0 09090909");
  EXPECT_EQ(device.Taken(), "");
  Granted(map_.SetRomdMode(romd, false));
  WriteRom(map_, memory_, 2 * kPage, std::vector<std::uint8_t>(2, 5));
  Granted(map_.SetRomdMode(romd, true));
  EXPECT_EQ(ReadText(2 * kPage, 2), "0 0909");
  At(4 * kPage, map_.CreateRamDevice("bar", kPage));
  WriteRom(map_, memory_, 4 * kPage + 1, std::vector<std::uint8_t>{1, 2});
  EXPECT_EQ(ReadText(4 * kPage, 4), "0 00010200");
}

// memory-map 6.10, DER-10: the size goes by the address, the check by the offset.
TEST_F(AccessTest, AccessValidSizesByTheAddress) {
  JournalDevice device(Traits({1, 8, false}, {}));
  At(2, map_.CreateIo("io", kPage, device));
  At(0x10000, map_.CreateRam("ram", kPage));
  At(0x11000, map_.CreateRom("rom", kPage));
  EXPECT_FALSE(AccessValid(map_, memory_, 4, 4, false).value);
  EXPECT_TRUE(AccessValid(map_, memory_, 2, 2, false).value);
  EXPECT_TRUE(AccessValid(map_, memory_, 0x10000, 2 * kPage, false).value);
  EXPECT_FALSE(AccessValid(map_, memory_, 0x10000, 2 * kPage, true).value);
  EXPECT_FALSE(AccessValid(map_, memory_, 0x11fff, 2, false).value);
  EXPECT_TRUE(AccessValid(map_, memory_, 0x20000, 0, true).value);
  EXPECT_EQ(AccessValid(map_, memory_, 0, UINT64_MAX, false).refusal, Refusal::kTooLong);
  EXPECT_EQ(AccessValid(map_, memory_, 0, map_.limits().access_valid_max, false).refusal,
            Refusal::kNone);
}

// memory-map 6.10: found by the topmost container's first space; aliases do not count.
TEST_F(AccessTest, FindGoesUpContainersAlone) {
  MemoryRegion& bus = At(kPage, map_.CreateContainer("bus", 4 * kPage));
  MemoryRegion& ram = Granted(map_.CreateRam("ram", kPage));
  Granted(map_.AddSubregion(bus, kPage, ram));
  const Finding found = Find(map_, ram, 0x10, 0x2000);
  EXPECT_EQ(found.region, &ram);
  EXPECT_EQ(found.address, 2 * kPage + 0x10);
  EXPECT_TRUE(found.size == kPage - 0x10);
  MemoryRegion& shown = Granted(map_.CreateRam("shown", kPage));
  At(0x10000, map_.CreateAlias("alias", kPage, shown, 0));
  EXPECT_EQ(Find(map_, shown, 0, 1).region, nullptr);
}

}  // namespace
}  // namespace flatcheck::engine
