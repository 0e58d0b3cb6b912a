// What a guest would list: the firmware's memory map and the kernel's resources, by hand.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "engine/map/memory_map.h"
#include "engine/print/e820.h"
#include "engine/print/iomem.h"
#include "tests/programmed_map.h"

namespace flatcheck {
namespace {

std::string E820(std::string_view program) {
  const ProgrammedMap programmed(program);
  return PrintE820(programmed.map().spaces().front()->view());
}

std::string Iomem(std::string_view program) {
  const ProgrammedMap programmed(program);
  return PrintIomem(*programmed.map().spaces().front());
}

TEST(E820, EachKindHasItsType) {
  EXPECT_EQ(E820(R"(
region sys container 2^64
region ram ram 0x1000
region rom rom 0x1000
region flash romd 0x1000
region bar ramdevice 0x1000
region none reservation 0x800
region dev io 0x1000
region nv ram 0x1000
region shadow rom 0x1000
region locked ram 0x1000
add sys 0 ram
add sys 0x10000 rom
add sys 0x20000 flash
add sys 0x30000 bar
add sys 0x40000 none
add sys 0x50000 dev
add sys 0x60000 nv
add sys 0x70000 shadow
add sys 0x80000 locked
romdmode flash 0
nonvolatile nv 1
readonly shadow 0
readonly locked 1
as mem sys
)"),
            R"(BIOS-e820: [mem 0x0000000000000000-0x0000000000000fff] usable
BIOS-e820: [mem 0x0000000000010000-0x0000000000010fff] reserved
BIOS-e820: [mem 0x0000000000020000-0x0000000000020fff] reserved
BIOS-e820: [mem 0x0000000000030000-0x0000000000030fff] reserved
BIOS-e820: [mem 0x0000000000040000-0x00000000000407ff] reserved
BIOS-e820: [mem 0x0000000000060000-0x0000000000060fff] persistent (type 7)
BIOS-e820: [mem 0x0000000000070000-0x0000000000070fff] usable
BIOS-e820: [mem 0x0000000000080000-0x0000000000080fff] reserved
)");
}

// Two regions that share a page give it together; what is left of a page goes.
TEST(E820, NeighboursAreJoinedBeforeTheyAreCutToPages) {
  EXPECT_EQ(E820(R"(
region sys container 2^64
region a ram 0x3000
region b ram 0x3000
region c ram 0x1000
region d io 0x10
add sys 0x0800 a
add sys 0x3800 b
add sys 0x8800 c
add sys 0x6000 d 1
as mem sys
)"),
            "BIOS-e820: [mem 0x0000000000001000-0x0000000000005fff] usable\n");
}

TEST(E820, TheEndOfTheSpaceIsTheEndOfAPage) {
  constexpr std::string_view kTop = R"(
region sys container 2^64
region a ram 0x2000
add sys 0xffffffffffffe800 a
as mem sys
)";
  EXPECT_EQ(E820(kTop), "BIOS-e820: [mem 0xfffffffffffff000-0xffffffffffffffff] usable\n");
  EXPECT_EQ(E820(R"(
region sys container 2^64
region a ram 0x1000
region b ram 0x1000
add sys 0xfffffffffffffff0 a
size b 0xfff
add sys 0 b
as mem sys
)"),
            "");
}

TEST(Iomem, ContainersStandAroundWhatOnlyTheyShow) {
  EXPECT_EQ(Iomem(R"(
region sys container 2^64
region ram ram 0x100000
region below alias 0x80000 ram 0
region above alias 0x80000 ram 0x80000
region nv ram 0x1000
region pci container 2^64
region hole alias 0x100000 pci 0x200000
region bridge container 0x10000
region nic io 0x1000
region msix io 0x40
region bios rom 0x2000
region first alias 0x1000 bios 0
region second alias 0x1000 bios 0x1000
add sys 0 below
add sys 0x80000 above
add sys 0x100000000 nv
add sys 0x200000 hole
add pci 0x210000 bridge
add bridge 0x100 nic
add nic 0x800 msix
add sys 0x300000 first
add sys 0x301000 second
nonvolatile nv 1
as mem sys
)"),
            R"(00000000-000fffff : System RAM
00200000-002fffff : pci
  00210000-0021ffff : bridge
    00210100-002110ff : nic
      00210900-0021093f : msix
00300000-00301fff : bios
100000000-100000fff : Persistent Memory
)");
}

// `bus` spans all, and `left` and `right` cross, of which `right` is in front.
TEST(Iomem, AContainerThatOthersShowThroughHasNoLine) {
  EXPECT_EQ(Iomem(R"(
region sys container 2^64
region bus container 2^64
region left container 0x3000
region right container 0x3000
region a io 0x1000
region b io 0x1000
region low ram 0x1000
region over io 0x100
add sys 0 bus -1
add sys 0x8000 low
add low 0x100 over
add bus 0x1000 left
add bus 0x3000 right
add left 0 a
add right 0x2000 b
as mem sys
)"),
            R"(00001000-00001fff : a
00003000-00005fff : right
  00005000-00005fff : b
00008000-000080ff : System RAM
00008100-000081ff : over
00008200-00008fff : System RAM
)");
}

TEST(Iomem, AWholeSpaceOfIoHoldsItsPorts) {
  EXPECT_EQ(Iomem(R"(
region io io 2^64
region pic io 2
add io 0x20 pic
as ports io
)"),
            R"(00000000-ffffffffffffffff : io
  00000020-00000021 : pic
)");
}

// The view of an open transaction is the one before; the tree is not.
TEST(Iomem, WhatTheTreeNoLongerHoldsIsListedAlone) {
  EXPECT_EQ(Iomem(R"(
region sys container 2^64
region bus container 0x10000
region a io 0x1000
region b io 0x1000
region far io 0x1000
add sys 0 bus
add sys 0x20000 far
add bus 0 a
add bus 0x4000 b
as mem sys
begin
addr a 0x2000
size far 0x2000
)"),
            R"(00000000-00000fff : a
00004000-00004fff : b
00020000-00020fff : far
)");
}

TEST(Iomem, ALineIsARegionWhateverItsName) {
  engine::MemoryMap map;
  engine::MemoryRegion& root = *map.CreateReservation("a\nb\x7f\xc3\xa9", 0x1000).object;
  EXPECT_EQ(PrintIomem(*map.CreateAddressSpace("space", root).object),
            "00000000-00000fff : a?b?\xc3\xa9\n");
}

}  // namespace
}  // namespace flatcheck
