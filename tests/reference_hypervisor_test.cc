// Memory slots and dirty logs of the reference under KVM (memory-map section 8), by hand.

#include "fuzz/reference_hypervisor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/generator.h"
#include "tests/guest_world.h"

namespace flatcheck {
namespace {

HypervisorOptions Protected() {
  HypervisorOptions options;
  options.capabilities.manual_dirty_log_protect = true;
  return options;
}

// Nothing is dirty for the display, which logs m.
class LoggedRam : public GuestWorld {
 public:
  explicit LoggedRam(const HypervisorOptions& options = {}) : GuestWorld(kRam, options) {
    Do("log m 1\ntestclear m 0 0x4000 vga\n");
    EXPECT_EQ(Dirty(1), "-");
  }
};

// 8.2, 8.4.
TEST(ReferenceSlots, FollowTheMapCommitByCommit) {
  GuestWorld world(kRam);
  EXPECT_EQ(world.Slots(), "10000+4000@1+0");
  world.Do("region d io 0x800\nadd root 0x11000 d 1\n");
  EXPECT_EQ(world.Slots(), "10000+1000@1+0 12000+2000@1+2000");
  world.Do("begin\ndel root d\nreadonly m 1\n");
  EXPECT_EQ(world.Slots(), "10000+1000@1+0 12000+2000@1+2000");
  world.Do("commit\n");
  EXPECT_EQ(world.Slots(), "10000+4000@1+0r");
  world.Do("readonly m 0\naddr m 0x10800\n");
  EXPECT_EQ(world.Slots(), "");
  world.Do("addr m 0x20000\n");
  EXPECT_EQ(world.Slots(), "20000+4000@1+0");
  world.Do("region f romd 0x2000\nadd root 0x1000 f\n");
  EXPECT_EQ(world.Slots(), "1000+2000@3+0r 20000+4000@1+0");
  world.Do("romdmode f 0\n");
  EXPECT_EQ(world.Slots(), "20000+4000@1+0");
}

// LIVE-04: a read-only alias of RAM is for writing.
TEST(ReferenceSlots, FollowFlagsOfRegionsAndNotOfRanges) {
  GuestWorld world(kRam);
  world.Do("region a alias 0x2000 m 0x1000\nreadonly a 1\nadd root 0x1000 a\nlog m 1\n");
  EXPECT_EQ(world.Slots(), "1000+2000@1+1000d 10000+4000@1+0d");
  world.Do("globallog 1\nlog m 0\n");
  EXPECT_EQ(world.Slots(), "1000+2000@1+1000d 10000+4000@1+0d");
  world.Do("globallog 0\n");
  EXPECT_EQ(world.Slots(), "1000+2000@1+1000 10000+4000@1+0");
}

// What a commit in between has shown stays, if the published range does not change (3.4, 8.5).
TEST(ReferenceSlots, KeepTheFlagsOfTheMomentAtWhichTheyWereMade) {
  GuestWorld world(
      "region root container 2^64\n"
      "region m ram 0x4000\n"
      "add root 0x10000 m\n"
      "as first root\n"
      "begin\n"
      "readonly m 1\n"
      "asdestroy first\n"
      "as second root\n"
      "readonly m 0\n"
      "commit\n");
  EXPECT_EQ(world.Slots(), "10000+4000@1+0r");
}

TEST(ReferenceSlots, AreAsManyAsTheKernelHas) {
  HypervisorOptions options;
  options.slot_bytes_max = 0x1000;
  options.capabilities.slots_max = 3;
  GuestWorld world(kRam, options);
  EXPECT_EQ(world.Slots(), "10000+1000@1+0 11000+1000@1+1000 12000+1000@1+2000");
  world.Do("region n ram 0x1000\nadd root 0 n\n");
  EXPECT_EQ(world.Slots(), "10000+1000@1+0 11000+1000@1+1000 12000+1000@1+2000");
  world.Do("addr n 0x12000\n");
  EXPECT_EQ(world.Slots(), "10000+1000@1+0 11000+1000@1+1000 12000+1000@2+0")
      << "one range is cut in two by the other, which comes between";
}

TEST(ReferenceSlots, BelongToTheOldestSpaces) {
  HypervisorOptions options;
  options.capabilities.address_spaces = 2;
  GuestWorld world(kRam, options);
  world.Do("as smm root\nas ports root\nas none root\n");
  EXPECT_EQ(world.Slots(), "10000+4000@1+0 10000+4000@1+0 in 1");
  EXPECT_EQ(world.Try("listen l memory 0\nasdestroy memory\n"), "has-listeners");
  EXPECT_EQ(world.Slots(), "10000+4000@1+0 10000+4000@1+0 in 1");
  world.Do("unlisten l\nasdestroy memory\n");
  EXPECT_EQ(world.Slots(), "10000+4000@1+0 in 1");
  world.Do("as next root\n");
  EXPECT_EQ(world.Slots(), "10000+4000@1+0 10000+4000@1+0 in 1");
  EXPECT_EQ(world.Guest({ReadAt(0x10000, 1), Port(ReadAt(0x10, 1))}), "1:10.1 0 0");
  world.Do("asdestroy ports\n");
  EXPECT_EQ(world.Guest({Port(ReadAt(0x10, 1))}), "0:10.1 0");
  EXPECT_EQ(world.emulation().steps.front().refusal, "absent");
}

// 8.6.
TEST(ReferenceDirtyLog, ComesToLightAtASync) {
  LoggedRam world;
  EXPECT_EQ(world.Guest({WriteAt(0x10fff, 1, 1), WriteAt(0x12ffe, 4, 2)}), "");
  EXPECT_EQ(world.Dirty(1), "-");
  world.Do("testclear m 0 0x4000 migration\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "0,2-3");
  EXPECT_EQ(world.Dirty(1, Client::kMigration), "-");
  world.Do("testclear m 0 0x4000 vga\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "-") << "reading the log has cleared it";
}

// 7.9.
TEST(ReferenceDirtyLog, IsForMigrationWhileThatLogs) {
  GuestWorld world(kRam);
  world.Do(
      "testclear m 0 0x4000 vga\ntestclear m 0 0x4000 code\ntestclear m 0 0x4000 migration\n"
      "globallog 1\n");
  world.Guest({WriteAt(0x11000, 1, 1)});
  world.Do("logsync\n");
  EXPECT_EQ(world.Dirty(1, Client::kMigration), "1");
  EXPECT_EQ(world.Dirty(1, Client::kVga), "1");
  EXPECT_EQ(world.Dirty(1, Client::kCode), "-");
}

TEST(ReferenceDirtyLog, IsNotKeptOfASlotThatIsNotLogged) {
  GuestWorld world(kRam);
  world.Do("testclear m 0 0x4000 vga\n");
  world.Guest({WriteAt(0x10000, 1, 1)});
  world.Do("log m 1\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "-");
}

// 8.2.
TEST(ReferenceDirtyLog, IsFetchedBeforeItsSlotGoes) {
  LoggedRam world;
  world.Guest({WriteAt(0x11000, 1, 1)});
  world.Do("del root m\n");
  EXPECT_EQ(world.Dirty(1), "1");
  world.Do("add root 0x10000 m\n");
  world.Guest({WriteAt(0x13000, 1, 1)});
  world.Do("region d io 0x1000\nadd root 0x10000 d 1\n");
  EXPECT_EQ(world.Dirty(1), "1,3") << "the pages that stay are deleted and added too";
  world.Do("testclear m 0 0x4000 vga\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "-");
}

TEST(ReferenceDirtyLog, StaysWithASlotThatStays) {
  LoggedRam world;
  world.Guest({WriteAt(0x11000, 1, 1)});
  world.Do("region n ram 0x1000\nadd root 0 n\ngloballog 1\n");
  EXPECT_EQ(world.Dirty(1), "-");
  world.Do("logsync\n");
  EXPECT_EQ(world.Dirty(1), "1");
}

// 8.6: without manual protection, a sync has cleared it already.
TEST(ReferenceDirtyLog, IsNotWhatALogClearClears) {
  LoggedRam world;
  world.Guest({WriteAt(0x11000, 1, 1)});
  world.Do("logsync\n");
  world.Guest({WriteAt(0x11000, 1, 1)});
  world.Do("logclear m 0 0x4000\ntestclear m 0 0x4000 vga\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "1");
}

// 8.5: what was not synced is lost.
TEST(ReferenceDirtyLog, IsLostWhenLoggingStops) {
  LoggedRam world;
  world.Guest({WriteAt(0x11000, 1, 1)});
  world.Do("log m 0\nlog m 1\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "-");
}

// The region still asks for its log when its space goes.
TEST(ReferenceDirtyLog, IsFetchedBeforeItsSpaceGoes) {
  LoggedRam world;
  world.Guest({WriteAt(0x11000, 1, 1)});
  EXPECT_EQ(world.Try("listen l memory 0\nasdestroy memory\n"), "has-listeners");
  EXPECT_EQ(world.Dirty(1), "-") << "a refused destruction changes nothing";
  world.Do("unlisten l\nasdestroy memory\n");
  EXPECT_EQ(world.Dirty(1), "1");
}

// The block is smaller by the time at which the slot goes.
TEST(ReferenceDirtyLog, IsCutToWhatIsInUse) {
  GuestWorld world(
      "region root container 2^64\n"
      "region m resizeable 0x4000 0x4000\n"
      "add root 0x10000 m\n"
      "as memory root\n"
      "log m 1\n"
      "testclear m 0 0x4000 vga\n");
  world.Guest({WriteAt(0x10000, 1, 1), WriteAt(0x13000, 1, 1)});
  world.Do("ramresize m 0x2000\n");
  EXPECT_EQ(world.Dirty(1), "0-1");
  EXPECT_EQ(world.Slots(), "10000+2000@1+0d");
}

TEST(ReferenceDirtyLog, GoesToEachPlaceOfTheSlot) {
  LoggedRam world;
  world.Do("region a alias 0x2000 m 0x2000\nadd root 0x1000 a\n");
  world.Guest({WriteAt(0x1000, 1, 1)});
  world.Do("logsync\n");
  EXPECT_EQ(world.Dirty(1), "2");
}

// 8.6.
TEST(ProtectedDirtyLog, IsReportedUntilItIsCleared) {
  LoggedRam world(Protected());
  world.Guest({WriteAt(0x10000, 1, 1), WriteAt(0x12000, 1, 1)});
  world.Do("logsync\n");
  EXPECT_EQ(world.Dirty(1), "0,2");
  // testclear announces a clearing of its range.
  world.Do("testclear m 0 0x1000 vga\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "2");
  world.Do("logclear m 0x2000 0x1000\ntestclear m 0 0x4000 vga\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "-");
}

TEST(ProtectedDirtyLog, IsNotClearedOfWhatNoSyncHasReported) {
  LoggedRam world(Protected());
  world.Guest({WriteAt(0x10000, 1, 1)});
  world.Do("logclear m 0 0x4000\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "0");
  world.Guest({WriteAt(0x11000, 1, 1)});
  world.Do("logclear m 0 0x4000\ntestclear m 0 0x4000 vga\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "1");
  world.Guest({WriteAt(0x11000, 1, 1)});
  world.Do("logclear m 0x1000 0x1000\nlogclear m 0x1000 0x1000\n");
  world.Guest({WriteAt(0x11000, 1, 1)});
  world.Do("logclear m 0x1000 0x1000\ntestclear m 0 0x4000 vga\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "1") << "written after it was cleared, and not reported since";
}

// The first page of a request is rounded down, and so is the number of pages.
TEST(ProtectedDirtyLog, IsClearedInWholePages) {
  struct Case {
    std::string_view request;
    std::string_view left;
  };
  for (const Case& c : std::vector<Case>{
           {"0 0x1000", "1-3"},
           {"0 0xfff", "0-3"},
           {"0x800 0x1000", "1-3"},
           {"0xfff 0x2001", "2-3"},
           {"0x1fff 2", "0-3"},
           {"0x3000 0x1000", "0-2"},
       }) {
    SCOPED_TRACE(c.request);
    LoggedRam world(Protected());
    for (std::uint64_t page = 0x10000; page < 0x14000; page += 0x1000) {
      world.Guest({WriteAt(page, 1, 1)});
    }
    world.Do("logsync\n");
    world.Do(fmt::format("logclear m {}\n", c.request));
    // What a snapshot's own request clears is empty; its pages are a whole group of them.
    world.Do("snapshot m 1 0 vga\n");
    EXPECT_EQ(world.Dirty(1), "-");
    world.Do("logsync\n");
    EXPECT_EQ(world.Dirty(1), c.left);
  }
}

// A request counts from where it meets a slot.
TEST(ProtectedDirtyLog, IsClearedInEverySlotOfTheRequest) {
  HypervisorOptions options = Protected();
  options.slot_bytes_max = 0x1000;
  LoggedRam world(options);
  world.Guest({WriteAt(0x10000, 1, 1), WriteAt(0x11000, 1, 1), WriteAt(0x12000, 1, 1)});
  world.Do("logsync\nlogclear m 0x800 0x2000\nsnapshot m 1 0 vga\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "0,2");
}

TEST(ProtectedDirtyLog, EndsWithItsSlot) {
  LoggedRam world(Protected());
  world.Guest({WriteAt(0x10000, 1, 1)});
  world.Do("logsync\ntestclear m 0x1000 0x1000 vga\naddr m 0x20000\n");
  EXPECT_EQ(world.Dirty(1), "0");
  world.Do("snapshot m 1 0 vga\nlogsync\n");
  EXPECT_EQ(world.Dirty(1), "-") << "a moved slot begins anew";
}

// KVM's listener is no listener of the program, and changes nothing while the guest sleeps.
TEST(ReferenceUnderKvm, HasTheTracesOfTheReference) {
  for (const Theme theme : {Theme::kMap, Theme::kMemory}) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const Program program = Generate(seed, theme);
      const ProgramText text = Spell(program);
      ReferenceMachine plain;
      ReferenceUnderKvm under_kvm;
      ASSERT_EQ(PrintTrace(text, flatcheck::Run(program, under_kvm)),
                PrintTrace(text, flatcheck::Run(program, plain)))
          << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace flatcheck
