// `info mtree` and `info mtree -f` of programs, by hand (memory-map 9.1 and 9.2).

#include "engine/print/mtree.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/programmed_map.h"

namespace flatcheck {
namespace {

std::string Trees(std::string_view program,
                  engine::DisabledRegions disabled = engine::DisabledRegions::kLeftOut) {
  const ProgrammedMap programmed(program);
  return PrintTrees(engine::AllSpaces(programmed.map()), disabled);
}

std::string Views(std::string_view program) {
  const ProgrammedMap programmed(program);
  return PrintFlatViews(engine::AllSpaces(programmed.map()), engine::DispatchTrees::kLeftOut);
}

constexpr std::string_view kSmallMachine = R"(
region system container 2^64
region ram ram 0x8000
region low alias 0x6000 ram 0
region bios rom 0x2000
region flash romd 0x1000
region bar ramdevice 0x1000
region uart io 8
region empty reservation 0x100
add system 0 low
add system 0xfffffffffffff000 bios 1
add system 0x10000 flash -3
add system 0x20000 bar
add system 0x30000 uart 7
add system 0x40000 empty
as memory system
as dma low
)";

TEST(Mtree, EachKindHasItsTypeAndTargetsFollowTheSpaces) {
  // `bios` ends beyond 2^64, so its line is marked.
  EXPECT_EQ(Trees(kSmallMachine), R"(address-space: memory
  0000000000000000-ffffffffffffffff (prio 0, i/o): system
    0000000000000000-0000000000005fff (prio 0, ram): alias low @ram 0000000000000000-0000000000005fff
    0000000000010000-0000000000010fff (prio -3, romd): flash
    0000000000020000-0000000000020fff (prio 0, ramd): bar
    0000000000030000-0000000000030007 (prio 7, i/o): uart
    0000000000040000-00000000000400ff (prio 0, i/o): empty
[DETECTED OVERFLOW!]     fffffffffffff000-0000000000000fff (prio 1, rom): bios

address-space: dma
  0000000000000000-0000000000005fff (prio 0, ram): alias low @ram 0000000000000000-0000000000005fff

memory-region: ram
  0000000000000000-0000000000007fff (prio 0, ram): ram

)");
}

TEST(Mtree, FlatViewsTellWhatAnswers) {
  EXPECT_EQ(Views(kSmallMachine), R"(FlatView #0
 AS "memory", root: system
 Root memory region: system
  0000000000000000-0000000000005fff (prio 0, ram): ram
  0000000000010000-0000000000010fff (prio -3, romd): flash
  0000000000020000-0000000000020fff (prio 0, ramd): bar
  0000000000030000-0000000000030007 (prio 7, i/o): uart
  0000000000040000-00000000000400ff (prio 0, i/o): empty
  fffffffffffff000-ffffffffffffffff (prio 1, rom): bios

FlatView #1
 AS "dma", root: low, alias ram
 Root memory region: low
  0000000000000000-0000000000005fff (prio 0, ram): ram

)");
}

TEST(Mtree, SpacesOfOneRootShareASectionInOrderOfTheirNames) {
  constexpr std::string_view kProgram = R"(
region m ram 0x1000
region n ram 0x1000
as z m
as other n
as a m
)";
  EXPECT_EQ(Trees(kProgram), R"(address-space: a
address-space: z
  0000000000000000-0000000000000fff (prio 0, ram): m

address-space: other
  0000000000000000-0000000000000fff (prio 0, ram): n

)");
  EXPECT_EQ(Views(kProgram), R"(FlatView #0
 AS "z", root: m
 AS "a", root: m
 Root memory region: m
  0000000000000000-0000000000000fff (prio 0, ram): m

FlatView #1
 AS "other", root: n
 Root memory region: n
  0000000000000000-0000000000000fff (prio 0, ram): n

)");
}

TEST(Mtree, ChildrenOfADisabledRegionStayWhereTheyAre) {
  constexpr std::string_view kProgram = R"(
region sys container 0x10000
region bus container 0x8000
region dev io 0x1000
region rom rom 0x1000
region win alias 0x800 rom 0x800
add sys 0x4000 bus
add bus 0x1000 dev
add sys 0x2000 win
enable bus 0
enable win 0
as mem sys
)";
  EXPECT_EQ(Trees(kProgram), R"(address-space: mem
  0000000000000000-000000000000ffff (prio 0, i/o): sys
      0000000000005000-0000000000005fff (prio 0, i/o): dev

memory-region: rom
  0000000000000000-0000000000000fff (prio 0, rom): rom

)");
  EXPECT_EQ(Trees(kProgram, engine::DisabledRegions::kShown), R"(address-space: mem
  0000000000000000-000000000000ffff (prio 0, i/o): sys
    0000000000002000-00000000000027ff (prio 0, rom): alias win @rom 0000000000000800-0000000000000fff [disabled]
    0000000000004000-000000000000bfff (prio 0, i/o): bus [disabled]
      0000000000005000-0000000000005fff (prio 0, i/o): dev

memory-region: rom
  0000000000000000-0000000000000fff (prio 0, rom): rom

)");
}

// The mark has no line of its own: where the line is left out, it stands before the next one.
TEST(Mtree, AStartThatWrapsIsMarkedToo) {
  EXPECT_EQ(Trees(R"(
region sys container 2^64
region top container 0x1000
region over io 0x10
region gone io 0x10
add sys 0xfffffffffffff000 top
add top 0x2000 over
add top 0x3000 gone
enable gone 0
as mem sys
)"),
            R"(address-space: mem
  0000000000000000-ffffffffffffffff (prio 0, i/o): sys
    fffffffffffff000-ffffffffffffffff (prio 0, i/o): top
[DETECTED OVERFLOW!]       0000000000001000-000000000000100f (prio 0, i/o): over
[DETECTED OVERFLOW!] 
)");
}

TEST(Mtree, ChildrenStandByAddressThenPriorityThenInFrontFirst) {
  EXPECT_EQ(Trees(R"(
region sys container 0x10000
region a io 0x1000
region b io 0x1000
region c io 0x1000
region d io 0x1000
add sys 0x2000 a 9
add sys 0x1000 b -1
add sys 0x1000 c
add sys 0x1000 d
as mem sys
)"),
            R"(address-space: mem
  0000000000000000-000000000000ffff (prio 0, i/o): sys
    0000000000001000-0000000000001fff (prio 0, i/o): d
    0000000000001000-0000000000001fff (prio 0, i/o): c
    0000000000001000-0000000000001fff (prio -1, i/o): b
    0000000000002000-0000000000002fff (prio 9, i/o): a

)");
}

TEST(Mtree, AnAliasOfAnAliasIsOfTheTypeOfTheLastAndHasASectionPerTarget) {
  constexpr std::string_view kProgram = R"(
region nv ram 0x4000
region in alias 0x2000 nv 0x1000
region out alias 2^64 in 0x800
region flash romd 0x1000
region boot alias 0x1000 flash 0
region sys container 2^64
nonvolatile in 1
romdmode flash 0
add sys 0xfffffffffffff800 out
add sys 0 boot
as mem sys
)";
  // The window of `out` ends at its start, less one, modulo 2^64.
  EXPECT_EQ(Trees(kProgram), R"(address-space: mem
  0000000000000000-ffffffffffffffff (prio 0, i/o): sys
    0000000000000000-0000000000000fff (prio 0, i/o): alias boot @flash 0000000000000000-0000000000000fff
[DETECTED OVERFLOW!]     fffffffffffff800-fffffffffffff7ff (prio 0, ram): alias out @in 0000000000000800-00000000000007ff

memory-region: flash
  0000000000000000-0000000000000fff (prio 0, i/o): flash

memory-region: in
  0000000000000000-0000000000001fff (prio 0, nv-ram): alias in @nv 0000000000001000-0000000000002fff

memory-region: nv
  0000000000000000-0000000000003fff (prio 0, ram): nv

)");
  EXPECT_EQ(Views(kProgram), R"(FlatView #0
 AS "mem", root: sys
 Root memory region: sys
  0000000000000000-0000000000000fff (prio 0, i/o): flash
  fffffffffffff800-ffffffffffffffff (prio 0, nv-ram): nv @0000000000001800

)");
}

TEST(Mtree, AReadOnlyRangeIsRomWhateverItsRegion) {
  EXPECT_EQ(Views(R"(
region sys container 0x10000
region m ram 0x2000
region d io 0x1000
region pm alias 0x1000 m 0x1000
region pd alias 0x1000 d 0
readonly pm 1
readonly pd 1
nonvolatile pd 1
add sys 0 m
add sys 0x4000 pm
add sys 0x5000 pd
as mem sys
)"),
            R"(FlatView #0
 AS "mem", root: sys
 Root memory region: sys
  0000000000000000-0000000000001fff (prio 0, ram): m
  0000000000004000-0000000000004fff (prio 0, rom): m @0000000000001000
  0000000000005000-0000000000005fff (prio 0, nv-rom): d

)");
}

TEST(Mtree, ARootThatShowsNothingHasNoView) {
  EXPECT_EQ(Views(R"(
region off ram 0x1000
region hollow container 0x1000
region part container 0x1000
region inside ram 0x1000
region beside ram 0x1000
add part 0x1000 inside
add part 0x2000 beside
enable off 0
as a off
as b hollow
as c part
)"),
            R"(FlatView #0
 AS "a", root: off
 AS "b", root: hollow
 Root memory region: (none)
  No rendered FlatView

FlatView #1
 AS "c", root: part
 Root memory region: part
  No rendered FlatView

)");
}

}  // namespace
}  // namespace flatcheck
