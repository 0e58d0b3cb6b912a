#include "fuzz/program_cut.h"

#include <gtest/gtest.h>

#include <variant>

#include "fuzz/program_text.h"

namespace flatcheck {
namespace {

Program ProgramOf(std::string_view text) { return std::get<ProgramText>(Parse(text)).program; }

const Program sample = ProgramOf(
    "region r0 container 0x4000\n"
    "region r1 container 0x2000\n"
    "region r2 ram 0x1000\n"
    "add r0 0x1000 r1\n"
    "add r1 0x800 r2 5\n"
    "as as0 r0\n"
    "as as1 r2\n"
    "listen l0 as1 0\n");

TEST(ProgramCut, KeptLeavesOutWhatNamesWhatIsLeftOut) {
  std::vector<bool> keep(8, true);
  EXPECT_EQ(Kept(sample, keep), sample);
  keep[1] = false;
  EXPECT_EQ(Print(Kept(sample, keep)),
            "region r0 container 0x4000\n"
            "region r1 ram 0x1000\n"
            "as as0 r0\n"
            "as as1 r1\n"
            "listen l0 as1 0\n");
  keep[6] = false;
  EXPECT_EQ(Print(Kept(sample, keep)),
            "region r0 container 0x4000\n"
            "region r1 ram 0x1000\n"
            "as as0 r0\n");
}

TEST(ProgramCut, NeededForFollowsNames) {
  const Program program = ProgramOf(
      "region r0 container 0x4000\n"
      "region r1 ram 0x1000\n"
      "region r2 ram 0x2000\n"
      "begin\n"
      "enable r2 0\n"
      "add r0 0 r1\n"
      "as as0 r0\n");
  EXPECT_EQ(Print(NeededFor(program, 6)),
            "region r0 container 0x4000\n"
            "region r1 ram 0x1000\n"
            "begin\n"
            "add r0 0 r1\n"
            "as as0 r0\n");
  EXPECT_EQ(NeededFor(program, 3), program) << "an operation that names nothing needs all";
}

// Mappings, entries and notifiers go with what made them, or is made by them.
const Program mapped = ProgramOf(
    "region r0 ram 0x2000\n"
    "region r1 iommu 0x2000 trace\n"
    "region r2 resizeable 0x1000 0x2000\n"
    "as as0 r0\n"
    "as as1 r1\n"
    "iomap r1 0x1000 0xfff as0 0 3\n"
    "map m0 as0 0 0x1000 1\n"
    "map m1 as1 0x1000 8 1\n"
    "notifier n0 r1 0 0xfff 1\n"
    "poke m1 0 8 1\n"
    "ramresize r2 0x1800\n"
    "unmap m0 0x1000\n"
    "unmap m1 8\n"
    "unnotifier n0\n"
    "iounmap r1 0x1000\n");

TEST(ProgramCut, KeptLeavesOutWhatNamesAMappingOrNotifierThatIsLeftOut) {
  std::vector<bool> keep(15, true);
  keep[6] = keep[8] = false;
  EXPECT_EQ(Print(Kept(mapped, keep)),
            "region r0 ram 0x2000\n"
            "region r1 iommu 0x2000 trace\n"
            "region r2 resizeable 0x1000 0x2000\n"
            "as as0 r0\n"
            "as as1 r1\n"
            "iomap r1 0x1000 0xfff as0 0 3\n"
            "map m0 as1 0x1000 8 1\n"
            "poke m0 0 8 1\n"
            "ramresize r2 0x1800\n"
            "unmap m0 8\n"
            "iounmap r1 0x1000\n");
}

TEST(ProgramCut, NeededForFollowsMappingsToWhatIsBehindAnIommu) {
  EXPECT_EQ(Print(NeededFor(mapped, 9)),
            "region r0 ram 0x2000\n"
            "region r1 iommu 0x2000 trace\n"
            "as as0 r0\n"
            "as as1 r1\n"
            "iomap r1 0x1000 0xfff as0 0 3\n"
            "map m0 as0 0 0x1000 1\n"
            "map m1 as1 0x1000 8 1\n"
            "notifier n0 r1 0 0xfff 1\n"
            "poke m1 0 8 1\n");
  EXPECT_EQ(Print(NeededFor(mapped, 10)),
            "region r0 resizeable 0x1000 0x2000\n"
            "ramresize r0 0x1800\n");
}

TEST(ProgramCut, FoldedGivesABlockItsNewSize) {
  EXPECT_EQ(Print(NeededFor(Folded(mapped, 10), 2)), "region r0 resizeable 0x1800 0x2000\n");
}

TEST(ProgramCut, MergedKeepsPlaces) {
  EXPECT_EQ(Print(Merged(sample, RegionSlot{1}, RegionSlot{0})),
            "region r0 container 0x4000\n"
            "region r1 ram 0x1000\n"
            "add r0 0x1800 r1 5\n"
            "as as0 r0\n"
            "as as1 r1\n"
            "listen l0 as1 0\n");
}

TEST(ProgramCut, MergedKeepsPlacesWhicheverLiesInTheOther) {
  const Program program = ProgramOf(
      "region r0 container 0x1000\n"
      "region r1 container 0x4000\n"
      "region r2 ram 0x1000\n"
      "add r1 0x2000 r0\n"
      "add r0 0x100 r2\n"
      "as as0 r1\n");
  EXPECT_EQ(Print(Merged(program, RegionSlot{1}, RegionSlot{0})),
            "region r0 container 0x1000\n"
            "region r1 ram 0x1000\n"
            "add r0 0x2100 r1\n"
            "as as0 r0\n");
}

TEST(ProgramCut, FoldedGivesNewValuesWhereOldOnesWereGiven) {
  const Program program = ProgramOf(
      "region r0 container 0x4000\n"
      "region r1 ram 0x1000\n"
      "region r2 alias 0x1000 r1 0\n"
      "add r0 0 r1\n"
      "addr r1 0x2000\n"
      "size r0 0x8000\n"
      "aliasoff r2 0x800\n"
      "as as0 r0\n");
  EXPECT_EQ(Print(Folded(Folded(Folded(program, 6), 5), 4)),
            "region r0 container 0x8000\n"
            "region r1 ram 0x1000\n"
            "region r2 alias 0x1000 r1 0x800\n"
            "add r0 0x2000 r1\n"
            "as as0 r0\n");
  EXPECT_EQ(Folded(program, 3), program);
}

TEST(ProgramCut, MergedIntoKeepsTheKind) {
  EXPECT_EQ(Print(MergedInto(sample, RegionSlot{2}, RegionSlot{1})),
            "region r0 container 0x4000\n"
            "region r1 ram 0x1000\n"
            "add r0 0x1000 r1\n"
            "as as0 r0\n"
            "as as1 r1\n"
            "listen l0 as1 0\n");
}

}  // namespace
}  // namespace flatcheck
