// Rendering by table: a program, and what the first 16 pages of its first address space then show,
// one letter a page, the first letter of the region that answers. Engine and reference both.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/program_text.h"
#include "fuzz/reference_machine.h"
#include "fuzz/trace_text.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kPages = 16;

std::vector<std::unique_ptr<Machine>> BothMachines() {
  std::vector<std::unique_ptr<Machine>> machines;
  machines.push_back(std::make_unique<EngineMachine>());
  machines.push_back(std::make_unique<ReferenceMachine>());
  return machines;
}

ProgramText ParseOrDie(const std::string& text) {
  auto parsed = Parse(text);
  EXPECT_TRUE(std::holds_alternative<ProgramText>(parsed)) << text;
  return std::get<ProgramText>(std::move(parsed));
}

// A dot where nobody answers.
std::string MapOf(const ProgramText& text, Machine& machine) {
  Trace trace = Run(text.program, machine);
  machine.ObserveViews(trace);
  std::string map(kPages, '.');
  const Extent ranges = trace.views.back().ranges;
  for (std::uint32_t r = ranges.begin; r < ranges.end; ++r) {
    const RangeSeen& range = trace.ranges[r];
    for (std::uint64_t page = range.first / kPage; page <= range.last / kPage && page < kPages;
         ++page) {
      map[page] = text.names.Of(range.region)[0];
    }
  }
  return map;
}

// The rows of the last view, as traces print them.
std::string RowsOf(const ProgramText& text, Machine& machine) {
  Trace trace = Run(text.program, machine);
  const std::size_t views_before = trace.views.size();
  machine.ObserveViews(trace);
  Trace last;
  last.views = {trace.views.begin() + static_cast<std::ptrdiff_t>(views_before), trace.views.end()};
  last.ranges = trace.ranges;
  last.steps.push_back({.views = {0, static_cast<std::uint32_t>(last.views.size())}});
  std::string printed;
  PrintStep(text, last, 0, printed);
  return printed.substr(printed.find('\n', printed.find("\nas ") + 1) + 1);
}

TEST(Render, ShowsWhatTheRulesSay) {
  struct Case {
    const char* name;
    const char*
        program;  // After `region root container 0x10000` and `as A root`, in one transaction.
    const char* map;
  };
  const std::vector<Case> cases = {
      {"nothing", "", "................"},
      {"one region", "region C io 0x4000\nadd root 0x2000 C\n", "..CCCC.........."},
      {"holes of a container show what lies below",
       "region B container 0x4000\nregion C io 0x6000\nregion D io 0x1000\nregion E io 0x1000\n"
       "add root 0 C 1\nadd root 0x2000 B 2\nadd B 0 D\nadd B 0x2000 E\n",
       "CCDCEC.........."},
      {"a device with children is its own background",
       "region B io 0x4000\nregion C io 0x6000\nregion D io 0x1000\nregion E io 0x1000\n"
       "add root 0 C 1\nadd root 0x2000 B 2\nadd B 0 D\nadd B 0x2000 E\n",
       "CCDBEB.........."},
      {"the higher priority obscures",
       "region A io 0x3000\nregion B io 0x3000\nadd root 0 A 1\nadd root 0x1000 B\n",
       "AAAB............"},
      {"priorities are signed",
       "region A io 0x2000\nregion B io 0x2000\nadd root 0 A\nadd root 0 B -1\n",
       "AA.............."},
      {"among equals the newest wins",
       "region A io 0x2000\nregion B io 0x2000\nadd root 0 A\nadd root 0x1000 B\n",
       "ABB............."},
      {"a move makes a region the newest",
       "region A io 0x2000\nregion B io 0x2000\nadd root 0 A\nadd root 0x1000 B\naddr A "
       "0x1000\naddr A 0\n",
       "AAB............."},
      {"priority counts within a container only",
       "region A container 0x2000\nregion B io 0x2000\nregion C io 0x2000\nadd root 0 A\nadd A 0 B "
       "100\n"
       "add root 0 C 1\n",
       "CC.............."},
      {"a child is cut at its container's end",
       "region A container 0x2000\nregion B io 0x8000\nadd root 0x1000 A\nadd A 0x1000 B\n",
       "..B............."},
      {"a disabled region lets the one below through",
       "region A io 0x2000\nregion B io 0x1000\nadd root 0 A\nadd root 0 B 1\nenable B 0\n",
       "AA.............."},
      {"a disabled container hides its children",
       "region A container 0x2000\nregion B io 0x1000\nadd root 0 A\nadd A 0 B\nenable A 0\n",
       "................"},
      {"an alias is a window",
       "region M ram 0x8000\nregion a alias 0x3000 M 0x2000\nadd root 0x1000 a\n",
       ".MMM............"},
      {"an alias ends with its target",
       "region M ram 0x2000\nregion a alias 0x4000 M 0x1000\nadd root 0 a\n", "M..............."},
      {"an alias shows the target's children wherever the target hangs",
       "region B container 0x4000\nregion D io 0x1000\nregion a alias 0x4000 B 0\nadd root 0x8000 "
       "B\nadd B 0x1000 D\nadd root 0 a\n",
       ".D.......D......"},
      {"children of an alias are never seen",
       "region M ram 0x2000\nregion a alias 0x2000 M 0\nregion D io 0x1000\nadd root 0 a\nadd a 0 "
       "D\n",
       "MM.............."},
      {"an alias of an alias",
       "region M ram 0x8000\nregion a alias 0x4000 M 0x2000\nregion b alias 0x2000 a 0x3000\nadd "
       "root 0 b\n",
       "M..............."},
      {"a disabled target shows nothing",
       "region M ram 0x2000\nregion a alias 0x2000 M 0\nadd root 0 a\nenable M 0\n",
       "................"},
      {"a covering range that starts below still covers",
       "region A io 0x8000\nregion B io 0x2000\nadd root 0 A 1\nadd root 0x4000 B\n",
       "AAAAAAAA........"},
      {"touching is not covering",
       "region A io 0x2000\nregion B io 0x2000\nadd root 0 A 1\nadd root 0x2000 B\n",
       "AABB............"},
      {"size 0 shows nothing", "region A io 0\nregion B io 0x1000\nadd root 0 A 1\nadd root 0 B\n",
       "B..............."},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const ProgramText text = ParseOrDie(
        "region root container 0x10000\nregion pad io 0\nadd root 0 pad -2147483648\n"
        "as A root\nbegin\n" +
        std::string(c.program) + "commit\n");
    for (const auto& machine : BothMachines()) EXPECT_EQ(MapOf(text, *machine), c.map);
  }
}

TEST(Render, RangesCarryOffsetsAndAttributes) {
  struct Case {
    const char* name;
    const char* program;
    const char* rows;
  };
  const std::vector<Case> cases = {
      {"the offset counts covered bytes",
       "region r container 0x10000\nregion m ram 0x4000\nregion d io 0x1000\nadd r 0 m\nadd r "
       "0x1000 d 1\nas A r\n",
       "  0000000000000000-0000000000000fff m off=0x0 ro=0 nv=0 romd=1 log=0x0\n"
       "  0000000000001000-0000000000001fff d off=0x0 ro=0 nv=0 romd=1 log=0x0\n"
       "  0000000000002000-0000000000003fff m off=0x2000 ro=0 nv=0 romd=1 log=0x0\n"},
      {"aliases that continue each other are one range",
       "region r container 0x10000\nregion m ram 0x4000\nregion a alias 0x1000 m 0x1000\n"
       "region b alias 0x1000 m 0x2000\nadd r 0x5000 a\nadd r 0x6000 b\nas A r\n",
       "  0000000000005000-0000000000006fff m off=0x1000 ro=0 nv=0 romd=1 log=0x0\n"},
      {"a read-only alias is a range of its own",
       "region r container 0x10000\nregion m ram 0x4000\nregion a alias 0x1000 m 0x1000\n"
       "region b alias 0x1000 m 0x2000\nadd r 0x5000 a\nadd r 0x6000 b\nreadonly b 1\nas A r\n",
       "  0000000000005000-0000000000005fff m off=0x1000 ro=0 nv=0 romd=1 log=0x0\n"
       "  0000000000006000-0000000000006fff m off=0x2000 ro=1 nv=0 romd=1 log=0x0\n"},
      {"unmergeable neighbours stay apart, and one region stays one range",
       "region r container 0x10000\nregion m ram 0x4000\nregion a alias 0x1000 m 0x1000\n"
       "region b alias 0x1000 m 0x2000\nregion h io 0\nadd r 0x5000 a\nadd r 0x6000 b\nadd r "
       "0x6800 h 5\n"
       "unmergeable a 1\nunmergeable b 1\nas A r\n",
       "  0000000000005000-0000000000005fff m off=0x1000 ro=0 nv=0 romd=1 log=0x0 um=1\n"
       "  0000000000006000-0000000000006fff m off=0x2000 ro=0 nv=0 romd=1 log=0x0 um=1\n"},
      {"attributes add up along the path",
       "region r container 0x10000\nregion c container 0x4000\nregion m ram 0x1000\nregion p io "
       "0x1000\n"
       "add r 0 c\nadd c 0 m\nadd r 0x8000 p\nreadonly c 1\nnonvolatile r 1\nas A r\n",
       "  0000000000000000-0000000000000fff m off=0x0 ro=1 nv=1 romd=1 log=0x0\n"
       "  0000000000008000-0000000000008fff p off=0x0 ro=0 nv=1 romd=1 log=0x0\n"},
      {"a skipped wrapper's attributes are lost",
       "region m ram 0x4000\nregion a alias 0x4000 m 0\nreadonly a 1\nas A a\n",
       "  0000000000000000-0000000000003fff m off=0x0 ro=0 nv=0 romd=1 log=0x0\n"},
      {"a root that is a child elsewhere is seen where it is there",
       "region r container 0x10000\nregion m ram 0x1000\nadd r 0x4000 m\nas A m\n",
       "  0000000000004000-0000000000004fff m off=0x0 ro=0 nv=0 romd=1 log=0x0\n"},
      {"the last byte of 2^64", "region m io 2^64\nas A m\n",
       "  0000000000000000-ffffffffffffffff m off=0x0 ro=0 nv=0 romd=1 log=0x0\n"},
      {"two regions of 2^64 bytes, one behind the other",
       "region r container 2^64\nregion m io 2^64\nregion n io 2^64\nadd r 0 m\nadd r 0 n\nas A "
       "r\n",
       "  0000000000000000-ffffffffffffffff n off=0x0 ro=0 nv=0 romd=1 log=0x0\n"},
      {"an offset that wraps at 2^64 does not continue",
       "region r container 2^64\nregion m io 2^64\nregion a alias 0x1000 m 0xfffffffffffff000\n"
       "region b alias 0x1000 m 0\nadd r 0 a\nadd r 0x1000 b\nas A r\n",
       "  0000000000000000-0000000000000fff m off=0xfffffffffffff000 ro=0 nv=0 romd=1 log=0x0\n"
       "  0000000000001000-0000000000001fff m off=0x0 ro=0 nv=0 romd=1 log=0x0\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const ProgramText text = ParseOrDie(c.program);
    for (const auto& machine : BothMachines()) EXPECT_EQ(RowsOf(text, *machine), c.rows);
  }
}

}  // namespace
}  // namespace flatcheck
