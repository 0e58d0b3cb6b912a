#include "fuzz/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/line_diff.h"
#include "fuzz/program_text.h"

namespace flatcheck {
namespace {

using Lines = std::vector<std::string>;

ProgramText Text(std::string_view program) { return std::get<ProgramText>(Parse(program)); }

// One step with a region_add for each address.
Trace Additions(const std::vector<std::uint64_t>& addresses) {
  Trace trace;
  for (const std::uint64_t address : addresses) {
    const Section section{{0}, address, 0x1000, 0, false, false, false};
    trace.callbacks.push_back({CallbackKind::kRegionAdd, {0}, {0}, section, {}});
  }
  trace.steps.emplace_back().callbacks = {0, static_cast<std::uint32_t>(addresses.size())};
  return trace;
}

Lines Split(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Report, ShowsProgramAndTheStepSideBySide) {
  const ProgramText text = Text("as A x # comment\nlisten L A 0\nregion m ram 1\nbegin\n");
  Trace expect = Additions({0, 0x1000, 0x2000});
  Trace actual = Additions({0, 0x9000, 0x2000, 0x3000});
  for (Trace* trace : {&expect, &actual}) trace->steps.insert(trace->steps.begin(), 2, Step());
  const Disagreement wrong{2, "events_agree", "callback.address", "callback 2 differs"};
  EXPECT_EQ(Report(text, {expect, actual}, wrong, Colour::kNone),
            "events_agree (callback.address) at line 3:\n"
            "  callback 2 differs\n"
            "program:\n"
            "  as A x\n"
            "  listen L A 0\n"
            "  region m ram 1\n"
            "engine                                            | reference\n"
            "  @3 region m ram 1\n"
            "  cb L region_add as=A mr=m addr=0x0 size=0x1000 off=0x0 ro=0 nv=0\n"
            "> cb L region_add as=A mr=m addr=0x9000           | "
            "cb L region_add as=A mr=m addr=0x1000\n"
            "      size=0x1000 off=0x0 ro=0 nv=0               | "
            "    size=0x1000 off=0x0 ro=0 nv=0\n"
            "  cb L region_add as=A mr=m addr=0x2000 size=0x1000 off=0x0 ro=0 nv=0\n"
            "~ cb L region_add as=A mr=m addr=0x3000           | (nothing)\n"
            "      size=0x1000 off=0x0 ro=0 nv=0               |\n");
}

TEST(Report, LongEqualStretchesAreCounted) {
  const ProgramText text = Text("region m ram 1");
  std::vector<std::uint64_t> addresses;
  for (std::uint64_t i = 0; i < 40; ++i) addresses.push_back(i);
  const Trace expect = Additions(addresses);
  addresses[20] = 0x5555;
  const Trace actual = Additions(addresses);
  const Lines lines = Split(Report(text, {expect, actual}, {0, "o", "f", "m"}, Colour::kNone));
  EXPECT_EQ(std::ranges::count(lines, "  ... 14 equal lines"), 1);  // And the source line.
  EXPECT_EQ(std::ranges::count(lines, "  ... 16 equal lines"), 1);
  EXPECT_LT(lines.size(), 25u);
}

TEST(Report, NoLineIsLongerThan100Columns) {
  const std::string name(300, 'n');
  const std::string odd = "\x1b\xff" + std::string(70, 'a');
  const ProgramText text =
      Text("region " + name + " ram 1\nas " + odd + " " + name + "\nlisten l " + odd + " 0\n");
  Trace expect = Additions({1, 2});
  Trace actual = Additions({1, 3});
  for (Trace* trace : {&expect, &actual}) trace->steps.insert(trace->steps.begin(), 2, Step());
  const Disagreement wrong{2, "o", "f", std::string(500, 'm') + "\n\t" + odd};
  const std::string report = Report(text, {expect, actual}, wrong, Colour::kNone);
  for (const std::string& line : Split(report)) EXPECT_LE(line.size(), 100u) << line;
  EXPECT_TRUE(
      std::ranges::all_of(report, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  EXPECT_NE(report.find("addr=0x2"), std::string::npos);
  EXPECT_NE(report.find("addr=0x3"), std::string::npos);
}

TEST(Report, SharingIsShownThoughTracesDoNotTellIt) {
  const ProgramText text = Text("as A x\nas B x\n");
  const ViewSeen first{.space = {0}, .shares_with = {0}};
  Trace expect;
  expect.steps.resize(2);
  expect.steps[1].views = {0, 2};
  expect.views = {first, {.space = {1}, .shares_with = {0}}};
  Trace actual = expect;
  actual.views[1].shares_with = {1};
  EXPECT_NE(
      Report(text, {expect, actual}, {1, "o", "f", "m"}, Colour::kNone)
          .find("> (nothing)                                       | B shows the view of A\n"),
      std::string::npos);
}

TEST(Report, ShowsListsAndDeviceCalls) {
  const ProgramText text = Text("region m ram 1\nregion n ram 1\nblocks\n");
  Trace expect;
  expect.steps.resize(3);
  expect.steps[2].answer = 0;
  expect.steps[2].device_calls = {0, 1};
  expect.answers.push_back({.kind = AnswerKind::kBlocks, .list = {0, 2}});
  expect.blocks = {{{0}, 0, 0x1000, 0x1000}, {{1}, 0x40000, 0x1000, 0x1000}};
  expect.device_calls.push_back({.kind = DeviceCallKind::kResized, .region = {0}, .size = 0x10});
  Trace actual = expect;
  actual.blocks[1].offset = 0x80000;
  actual.device_calls[0].size = 0x20;
  EXPECT_EQ(Report(text, {expect, actual}, {2, "o", "f", "m"}, Colour::kNone),
            "o (f) at line 3:\n  m\nprogram:\n  region m ram 1\n  region n ram 1\n  blocks\n"
            "engine                                            | reference\n"
            "  @3 blocks\n"
            "> resized m len=0x20                              | resized m len=0x10\n"
            "  = blocks n=2\n"
            "    m off=0x0 used=0x1000 max=0x1000\n"
            "~   n off=0x80000 used=0x1000 max=0x1000          |   n off=0x40000 used=0x1000 "
            "max=0x1000\n");
}

TEST(Report, OnlyTerminalsGetColour) {
  const ProgramText text = Text("region m ram 1");
  const Trace expect = Additions({1});
  const Trace actual = Additions({2});
  const Disagreement wrong{0, "o", "f", "m"};
  EXPECT_EQ(Report(text, {expect, actual}, wrong, Colour::kNone).find('\x1b'), std::string::npos);
  EXPECT_NE(Report(text, {expect, actual}, wrong, Colour::kTerminal).find('\x1b'),
            std::string::npos);
}

TEST(Report, AStepThatNeitherTraceReachedHasNothingToShow) {
  EXPECT_EQ(Report(Text("begin"), {Trace(), Trace()}, {5, "law", "views", "m"}, Colour::kNone),
            "law (views) at the end:\n  m\nprogram:\n  begin\n"
            "engine                                            | reference\n");
}

TEST(DiffLines, EqualLinesFaceEachOther) {
  struct Case {
    Lines left;
    Lines right;
    std::vector<DiffRow> rows;
  };
  const std::vector<Case> cases = {
      {{}, {}, {}},
      {{"a"}, {"a"}, {{"a", "a"}}},
      {{"a"}, {}, {{"a", {}}}},
      {{"a"}, {"b"}, {{"a", "b"}}},
      {{"a", "c"}, {"a", "b", "c"}, {{"a", "a"}, {{}, "b"}, {"c", "c"}}},
      {{"x", "b", "c", "d"},
       {"b", "y", "c", "z"},
       {{"x", {}}, {"b", "b"}, {{}, "y"}, {"c", "c"}, {"d", "z"}}},
      {{"a", "a"}, {"a", "a", "a"}, {{"a", "a"}, {"a", "a"}, {{}, "a"}}},
  };
  for (const Case& c : cases) EXPECT_EQ(DiffLines(c.left, c.right), c.rows);
}

TEST(DiffLines, ListsTooLongToSearchAreAlignedAtTheirEnds) {
  Lines left(3000, "a");
  Lines right(3000, "b");
  left.front() = right.front() = "first";
  left.back() = right.back() = "last";
  const std::vector<DiffRow> rows = DiffLines(left, right);
  ASSERT_EQ(rows.size(), 3000u);
  EXPECT_TRUE(rows.front().IsEqual());
  EXPECT_TRUE(rows.back().IsEqual());
  EXPECT_EQ(rows[1], (DiffRow{"a", "b"}));
}

}  // namespace
}  // namespace flatcheck
