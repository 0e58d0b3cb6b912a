// The dispatch tree behind a view, as `info mtree -f -d` prints it, by hand (memory-map 6.1, 9.3).

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "engine/print/dispatch_tree.h"
#include "engine/print/mtree.h"
#include "tests/programmed_map.h"

namespace flatcheck {
namespace {

// With blanks for tabs, from `Dispatch` on.
std::string Dispatch(std::string_view program) {
  const ProgrammedMap programmed(program);
  std::string text =
      PrintFlatViews(engine::AllSpaces(programmed.map()), engine::DispatchTrees::kShown);
  for (std::size_t tab = 0; (tab = text.find('\t', tab)) != std::string::npos;) {
    text.replace(tab, 1, "        ");
  }
  return text.substr(std::min(text.find("  Dispatch"), text.size()));
}

TEST(MtreeDispatch, ARangeIsAHeadWholePagesAndATail) {
  EXPECT_EQ(Dispatch(R"(
region sys container 2^64
region dev io 0x3456
region uart io 8
add sys 0x1800 dev
add sys 0x1000 uart
as mem sys
)"),
            R"(  Dispatch
    Physical sections
      #0 @0000000000000000..ffffffffffffffff (noname) [unassigned]
      #1 @0000000000001000..0000000000001fff (noname) [not dirty]
      #2 @0000000000001000..0000000000001007 uart [ROM]
      #3 @0000000000001800..0000000000001fff dev [watch]
      #4 @0000000000002000..0000000000003fff dev
      #5 @0000000000004000..0000000000004fff (noname)
      #6 @0000000000004000..0000000000004c55 dev
    Nodes (9 bits per level, 6 levels) ptr=[5] skip=6
      [0]
          0       skip=5  ptr=[5]
          1..511  skip=1  ptr=NIL
      [1]
          0       skip=4  ptr=[5]
          1..511  skip=1  ptr=NIL
      [2]
          0       skip=3  ptr=[5]
          1..511  skip=1  ptr=NIL
      [3]
          0       skip=2  ptr=[5]
          1..511  skip=1  ptr=NIL
      [4]
          0       skip=1  ptr=[5]
          1..511  skip=1  ptr=NIL
      [5]
          0       skip=0  ptr=#0
          1       skip=0  ptr=#1
          2..3    skip=0  ptr=#4
          4       skip=0  ptr=#5
          5..511  skip=0  ptr=#0

)");
}

TEST(MtreeDispatch, TheWholeSpaceIsOneLevelOfLeaves) {
  EXPECT_EQ(Dispatch("region io io 2^64\nas mem io\n"),
            R"(  Dispatch
    Physical sections
      #0 @0000000000000000..ffffffffffffffff (noname) [unassigned]
      #1 @0000000000000000..ffffffffffffffff io [not dirty] [ROOT]
    Nodes (9 bits per level, 6 levels) ptr=[0] skip=1
      [0]
          0..127  skip=0  ptr=#1
        128..511  skip=1  ptr=NIL

)");
}

// Two entries that come to be the same leaf are printed as one.
TEST(MtreeDispatch, ANodeWithOneLeafBecomesThatLeaf) {
  EXPECT_EQ(Dispatch(R"(
region sys container 2^64
region ram ram 0x400000
add sys 0x3fe00000 ram
as mem sys
)"),
            R"(  Dispatch
    Physical sections
      #0 @0000000000000000..ffffffffffffffff (noname) [unassigned]
      #1 @000000003fe00000..00000000401fffff ram [not dirty]
    Nodes (9 bits per level, 6 levels) ptr=[3] skip=4
      [0]
          0       skip=3  ptr=[3]
          1..511  skip=1  ptr=NIL
      [1]
          0       skip=2  ptr=[3]
          1..511  skip=1  ptr=NIL
      [2]
          0       skip=1  ptr=[3]
          1..511  skip=1  ptr=NIL
      [3]
          0..1    skip=0  ptr=#1
          2..511  skip=1  ptr=NIL
      [4]
          0..510  skip=1  ptr=NIL
        511       skip=0  ptr=#1
      [5]
          0       skip=0  ptr=#1
          1..511  skip=1  ptr=NIL

)");
}

TEST(MtreeDispatch, ALeafThatIsAllThereIsLeavesNoNodeInUse) {
  const std::string text = Dispatch(R"(
region sys container 2^64
region ram ram 0x200000
add sys 0x200000 ram
as mem sys
)");
  EXPECT_NE(text.find("levels) ptr=[1] skip=0\n"), std::string::npos) << text;
}

TEST(MtreeDispatch, TheLastByteIsAPartOfTheLastPage) {
  const std::string text = Dispatch(R"(
region sys container 2^64
region top io 1
add sys 0xffffffffffffffff top
as mem sys
)");
  EXPECT_NE(text.find("#1 @fffffffffffff000..ffffffffffffffff (noname) [not dirty]\n"
                      "      #2 @ffffffffffffffff..ffffffffffffffff top [ROM]\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("ptr=[5] skip=6\n"), std::string::npos) << text;
}

TEST(MtreeDispatch, AnEmptyViewHasNone) {
  EXPECT_EQ(Dispatch("region hollow container 0x1000\nas mem hollow\n"), "");
}

// Each range opens levels of its own; what QEMU's own limit of sections would not hold.
TEST(MtreeDispatch, ManyScatteredRangesAreHeld) {
  engine::MemoryMap map;
  engine::MemoryRegion& root = *map.CreateContainer("root", UINT64_MAX).object;
  ASSERT_EQ(map.Begin(), engine::Refusal::kNone);
  constexpr std::uint64_t kRanges = 5000;
  for (std::uint64_t i = 0; i < kRanges; ++i) {
    engine::MemoryRegion& region = *map.CreateReservation("r", 0x1800).object;
    ASSERT_EQ(map.AddSubregion(root, (i << 50) + (i << 20), region), engine::Refusal::kNone);
  }
  ASSERT_EQ(map.Commit(), engine::Refusal::kNone);
  const engine::DispatchTree tree(map.CreateAddressSpace("mem", root).object->view());
  EXPECT_EQ(tree.sections().size(), 1 + 3 * kRanges);
  EXPECT_GT(tree.node_count(), 3 * kRanges);
  EXPECT_EQ(tree.root().pointer, 0u);
}

}  // namespace
}  // namespace flatcheck
