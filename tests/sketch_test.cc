#include "fuzz/sketch.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "fuzz/generator.h"
#include "fuzz/machine.h"
#include "fuzz/program_text.h"
#include "fuzz/reference_machine.h"

namespace flatcheck {
namespace {

// The guess may differ from a machine's answer where limits of depth and paths matter, and after
// the 63rd region.
// But for the limit of paths, which only long programs meet.
TEST(Sketch, GuessesWhatAMachineGrants) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Program program = Generate(seed, Theme::kMapAlone);
    if (program.operations.size() > 64) continue;
    ReferenceMachine machine;
    Sketch sketch;
    for (std::size_t line = 0; line < program.operations.size(); ++line) {
      Trace trace;
      const Operation& operation = program.operations[line];
      const bool expected = machine.Apply(operation, trace).empty();
      EXPECT_EQ(sketch.Grants(operation), expected) << "seed " << seed << ", operation " << line;
      sketch.Perform(operation);
    }
    EXPECT_EQ(sketch.depth, machine.Depth());
  }
}

// Which mappings fail, and how much of them is there, only a view tells.
TEST(Sketch, GuessesMostOfWhatAMachineGrantsInMemory) {
  double operations = 0;
  double wrong = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    ReferenceMachine machine;
    Sketch sketch;
    for (const Operation& operation : Generate(seed, Theme::kMemory).operations) {
      Trace trace;
      wrong += sketch.Grants(operation) != machine.Apply(operation, trace).empty();
      ++operations;
      sketch.Perform(operation);
    }
  }
  EXPECT_LT(wrong / operations, 0.02);
}

// What a sketch knows of operations on memory.
TEST(Sketch, KnowsWhatIsRefused) {
  struct Case {
    std::string_view program;
    bool is_granted;  // The last operation.
  };
  const Case cases[] = {
      {"region a resizeable 0 0", false},
      {"region a resizeable 0x1001 0x1000", false},
      {"region a resizeable 1 0x10000000000", true},
      {"region a resizeable 1 0x10000000001", false},
      {"region a ram 0x1000\nregion b resizeable 1 0x10000000000", false},
      {"region a io 0x1000\nramresize a 1", false},
      {"region a resizeable 1 0x3000\nsize a 0x3000", true},
      {"region a resizeable 1 0x3000\nramresize a 0x4000", true},
      {"region a resizeable 1 0x2001\ndirty a 0x2fff 1 vga", true},
      {"region a resizeable 1 0x2001\ndirty a 0x2fff 2 vga", false},
      {"region a resizeable 1 0x3000\nsetdirty a 0xfff 2", false},
      {"region a resizeable 1 0x3000\nramresize a 0x1001\nsetdirty a 0xfff 2", true},
      {"region a ram 0x1000\nregion b alias 1 a 0\nsetdirty b 0 1", false},
      {"region a ram 0x1000\nsnapshot a 0xffffffffffffffff 2 vga", false},
      {"as s -\naccessvalid s 0 1 0", false},
      {"region a io 1\nas s a\naccessvalid s 0 0x1000 0", true},
      {"region a io 1\nas s a\naccessvalid s 0 0x1001 0", false},
      {"region a ram 0x1000\nas s a\nmap m s 0 8 1\nunmap m 8", true},
      {"region a ram 0x1000\nas s a\nmap m s 0 8 1\nunmap m 9", false},
      {"region a ram 0x1000\nas s a\nmap m s 0 8 1\nunmap m 8\npeek m 0 1", false},
      {"region a ram 0x1000\nas s a\nmap m s 0 8 1\npoke m 7 1 0", true},
      {"region a ram 0x1000\nas s a\nmap m s 0 8 1\npoke m 7 2 0", false},
      {"region a ram 0x1000\nas s a\nmap m s 0 8 1\nasdestroy s", false},
      {"region a ram 0x1000\nas s a\nmap m s 0 8 1\nunmap m 0\nasdestroy s", true},
      {"region c container 1\nregion a ram 0x1000\nadd c 0 a\nas s c\nmap m s 0 8 1\n"
       "del c a\ndestroy a",
       false},
      {"region a ram 0x1000\nregion b alias 1 a 0xfff\nregptr b", true},
      {"region a ram 0x1000\nregion b alias 1 a 0x1000\nregptr b", false},
      {"region a io 0x1000\nregptr a", false},
      {"region a iommu 1\nas s a\niomap a 0x2000 0x1fff s 1 0", true},
      {"region a iommu 1\nas s a\niomap a 0x1000 0x1fff s 0 3", false},
      {"region a iommu 1\nas s a\niomap a 0 2^64 s 0 3\niounmap a 0", true},
      {"region a iommu 1\nas s a\niomap a 0 2^64 s 0 3\niounmap a 0\niounmap a 0", false},
      {"region a iommu 1\nregion b alias 1 a 0\nas s a\niomap b 0 0 s 0 3", false},
      {"region a iommu 1\nregion b alias 1 a 0\nnotifier n b 0 0 1\nionotify a 0 0 0 0 1", true},
      {"region a ram 0x1000\nnotifier n a 0 0 1", false},
      {"region a iommu 1\nnotifier n a 1 0 1", false},
      {"region a iommu 1\nnotifier n a 0 1 0", false},
      {"region a iommu 1 nomap\nnotifier n a 0 1 3", true},
      {"region a iommu 1 nomap\nnotifier n a 0 1 3\nunnotifier n", false},
      {"region a iommu 1\nnotifier n a 0 1 3\nunnotifier n\nunnotifier n", false},
      {"region a iommu 1\nionotify a 0xffffffffffffffff 1 0 0 1", false},
      {"region a iommu 1\nionotify a 0 1 0 1 1", false},
      {"region a iommu 1\nionotify a 0 1 0 1 2", true},
      {"region a iommu 1\nnotifier n a 0 1 1\nionotify a 0 2 0 0 1", false},
      {"region a iommu 1\nnotifier n a 0 1 5\nionotify a 0 2 0 0 1", true},
      {"region a iommu 1\nnotifier n a 0 1 1\ndestroy a", false},
      {"region a iommu 0x1000000\nnotifier n a 0 1 1\nioreplay n", true},
      {"region a iommu 0x1000001\nnotifier n a 0 1 1\nioreplay n", false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.program);
    const auto parsed = Parse(c.program);
    ASSERT_TRUE(std::holds_alternative<ProgramText>(parsed));
    const Program& program = std::get<ProgramText>(parsed).program;
    Sketch sketch;
    for (const Operation& operation :
         std::span(program.operations).first(program.operations.size() - 1)) {
      sketch.Perform(operation);
    }
    EXPECT_EQ(sketch.Grants(program.operations.back()), c.is_granted);
  }
}

}  // namespace
}  // namespace flatcheck
