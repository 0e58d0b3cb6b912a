#include "fuzz/draft.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "fuzz/program_text.h"

namespace flatcheck {
namespace {

Program From(std::string_view text) { return std::get<ProgramText>(Parse(text)).program; }

std::string Settled(Draft draft) { return Print(std::move(draft).Settle()); }

constexpr std::string_view kTwoLeaves =
    "region r0 container 0x10000\n"
    "region r1 ram 0x1000\n"
    "region r2 io 0x1000\n"
    "add r0 0 r1\n"
    "add r0 0x2000 r2\n";

TEST(Draft, SettlesUnchangedAsItWas) { EXPECT_EQ(Settled(Draft(From(kTwoLeaves))), kTwoLeaves); }

TEST(Draft, RenumbersWhatFollowsARemovedCreation) {
  Draft draft(From(kTwoLeaves));
  draft.Remove(0, 1);
  EXPECT_EQ(Settled(draft),
            "region r0 ram 0x1000\n"
            "region r1 io 0x1000\n"
            "add r0 0 r0\n"
            "add r0 0x2000 r1\n");
}

TEST(Draft, SubstitutesTheSameSortOfRegion) {
  Draft draft(
      From("region r0 container 0x1000\n"
           "region r1 ram 0x1000\n"
           "region r2 io 0x1000\n"
           "region r3 ram 0x2000\n"
           "add r0 0 r1\n"
           "readonly r1 1\n"));
  draft.Remove(1, 1);
  EXPECT_EQ(Settled(draft),
            "region r0 container 0x1000\n"
            "region r1 io 0x1000\n"
            "region r2 ram 0x2000\n"
            "add r0 0 r2\n"
            "readonly r2 1\n");
}

TEST(Draft, LeavesASlotAbsentWhereNothingLives) {
  Draft draft(
      From("region r0 ram 0x1000\n"
           "as as0 r0\n"
           "listen l0 as0 0\n"));
  draft.Remove(0, 2);
  EXPECT_EQ(Settled(draft), "listen l0 - 0\n");
}

TEST(Draft, SubstitutesWhereTheCreationComesLater) {
  Draft draft(From(kTwoLeaves));
  draft.Move(3, 1, 1);
  EXPECT_EQ(Settled(draft),
            "region r0 container 0x10000\n"
            "add r0 0 r0\n"
            "region r1 ram 0x1000\n"
            "region r2 io 0x1000\n"
            "add r0 0x2000 r2\n");
}

TEST(Draft, MovesBothWays) {
  Draft draft(From(kTwoLeaves));
  draft.Move(1, 1, 2);
  draft.Move(4, 1, 3);
  EXPECT_EQ(Settled(draft),
            "region r0 container 0x10000\n"
            "region r1 io 0x1000\n"
            "region r2 ram 0x1000\n"
            "add r0 0x2000 r1\n"
            "add r0 0 r2\n");
}

TEST(Draft, InsertsOperationsThatDefineAndName) {
  Draft draft(From(kTwoLeaves));
  const Program inserted = From(
      "region r0 container 0x10000\n"
      "region r1 rom 0x3000\n"
      "add r0 0x8000 r1\n");
  draft.Insert(1, std::span(inserted.operations).subspan(1), draft.DefinedBefore(1));
  EXPECT_EQ(Settled(draft),
            "region r0 container 0x10000\n"
            "region r1 rom 0x3000\n"
            "add r0 0x8000 r1\n"
            "region r2 ram 0x1000\n"
            "region r3 io 0x1000\n"
            "add r0 0 r2\n"
            "add r0 0x2000 r3\n");
}

TEST(Draft, ImportsAStretchAndFindsItsMissingObjectsHere) {
  Draft draft(From(kTwoLeaves));
  const Program other = From(
      "region r0 ram 0x5000\n"
      "region r1 container 0x9000\n"
      "region r2 romd 0x1000\n"
      "add r1 0x4000 r2\n"
      "del r1 r0\n");
  draft.Import(5, other, 2, 5);
  EXPECT_EQ(Settled(draft), std::string(kTwoLeaves) +
                                "region r3 romd 0x1000\n"
                                "add r0 0x4000 r3\n"
                                "del r0 r1\n");
}

TEST(Draft, MappingsAndNotifiersAreObjectsToo) {
  constexpr std::string_view kText =
      "region r0 iommu 0x1000\n"
      "as as0 r0\n"
      "map m0 as0 0 8 0\n"
      "map m1 as0 8 8 0\n"
      "notifier n0 r0 0 1 1\n"
      "notifier n1 r0 0 2 1\n"
      "peek m1 0 8\n"
      "ioreplay n1\n"
      "unmap m0 8\n"
      "unnotifier n0\n";
  Draft draft(From(kText));
  const ObjectCounts counts = {1, 1, 0, 2, 2};
  EXPECT_EQ(draft.Labels(), counts);
  EXPECT_EQ(draft.DefinedBefore(draft.size()), counts);
  draft.Remove(4, 1);
  draft.Remove(2, 1);
  EXPECT_EQ(Settled(draft),
            "region r0 iommu 0x1000\n"
            "as as0 r0\n"
            "map m0 as0 8 8 0\n"
            "notifier n0 r0 0 2 1\n"
            "peek m0 0 8\n"
            "ioreplay n0\n"
            "unmap m0 8\n"
            "unnotifier n0\n");
}

TEST(Draft, NamesSomethingDefinedForASlotThatIsNot) {
  Program program = From("region r0 ram 0x1000\nregion r1 ram 0x1000\n");
  program.operations.push_back(op::Readonly{{7}, {true}});
  EXPECT_EQ(Settled(Draft(program)),
            "region r0 ram 0x1000\n"
            "region r1 ram 0x1000\n"
            "readonly r1 1\n");
}

}  // namespace
}  // namespace flatcheck
