#include "fuzz/trace_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "fuzz/program_text.h"
#include "fuzz/trace.h"

namespace flatcheck {
namespace {

constexpr Size kTwoTo64 = Size{1} << 64;

// One region, address space and listener, named r, A and L, and nothing else.
ProgramText OneLine(std::string line) {
  return {{{op::LogSync{}}}, {{"r"}, {"A"}, {"L"}}, {{7, std::move(line)}}};
}

Trace OneStep() {
  Trace trace;
  trace.steps.emplace_back();
  return trace;
}

std::string Print(const Trace& trace) {
  std::string out;
  PrintStep(OneLine("x"), trace, 0, out);
  EXPECT_TRUE(out.starts_with("@7 x\n"));
  return out.substr(5);
}

std::string Print(const Callback& callback) {
  Trace trace = OneStep();
  trace.callbacks = {callback};
  trace.steps[0].callbacks = {0, 1};
  return Print(trace);
}

std::string Print(const Answer& answer) {
  Trace trace = OneStep();
  trace.answers = {answer};
  trace.steps[0].answer = 0;
  return Print(trace);
}

TEST(TraceText, EachCallbackHasItsLine) {
  using enum CallbackKind;
  const Section section{{0}, 0x1000, 0x2000, 0x10, true, false, false};
  const Section no_region{{}, 0x1000, 4, 0, false, false, false};
  struct Case {
    Callback callback;
    std::string_view line;
  };
  const std::vector<Case> cases = {
      {{kBegin, {0}, {}, {}, {}}, "cb L begin\n"},
      {{kCommit, {0}, {}, {}, {}}, "cb L commit\n"},
      {{kLogGlobalStart, {0}, {}, {}, {}}, "cb L log_global_start\n"},
      {{kLogGlobalStop, {0}, {}, {}, {}}, "cb L log_global_stop\n"},
      {{kRegionAdd, {0}, {0}, section, {}},
       "cb L region_add as=A mr=r addr=0x1000 size=0x2000 off=0x10 ro=1 nv=0\n"},
      {{kRegionDel, {0}, {0}, section, {}},
       "cb L region_del as=A mr=r addr=0x1000 size=0x2000 off=0x10 ro=1 nv=0\n"},
      {{kRegionNop, {0}, {0}, section, {}},
       "cb L region_nop as=A mr=r addr=0x1000 size=0x2000 off=0x10 ro=1 nv=0\n"},
      {{kLogStart, {0}, {0}, section, {1, 5, 0}},
       "cb L log_start as=A mr=r addr=0x1000 size=0x2000 off=0x10 ro=1 nv=0 old=0x1 new=0x5\n"},
      {{kLogStop, {0}, {0}, section, {5, 0, 0}},
       "cb L log_stop as=A mr=r addr=0x1000 size=0x2000 off=0x10 ro=1 nv=0 old=0x5 new=0x0\n"},
      {{kLogSync, {0}, {0}, section, {}},
       "cb L log_sync as=A mr=r addr=0x1000 size=0x2000 off=0x10 ro=1 nv=0\n"},
      {{kLogClear, {0}, {0}, section, {}},
       "cb L log_clear as=A mr=r addr=0x1000 size=0x2000 off=0x10 ro=1 nv=0\n"},
      {{kEventfdAdd, {0}, {0}, no_region, {1, 0xab, 13}},
       "cb L eventfd_add as=A mr=- addr=0x1000 size=0x4 off=0x0 ro=0 nv=0 match=1 data=0xab "
       "fd=13\n"},
      {{kEventfdDel, {0}, {0}, no_region, {0, 0, 0}},
       "cb L eventfd_del as=A mr=- addr=0x1000 size=0x4 off=0x0 ro=0 nv=0 match=0 data=0x0 fd=0\n"},
      {{kCoalescedIoAdd, {0}, {0}, section, {0x1800, 0x10, 0}},
       "cb L coalesced_io_add as=A mr=r addr=0x1000 size=0x2000 off=0x10 ro=1 nv=0 start=0x1800 "
       "len=0x10\n"},
      {{kCoalescedIoDel, {0}, {0}, section, {0x1800, 0x10, 0}},
       "cb L coalesced_io_del as=A mr=r addr=0x1000 size=0x2000 off=0x10 ro=1 nv=0 start=0x1800 "
       "len=0x10\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(Print(c.callback), c.line);
}

TEST(TraceText, ASizeMayBeTwoToThe64) {
  const Section all{{0}, 0, kTwoTo64, 0, false, false, false};
  EXPECT_EQ(Print(Callback{CallbackKind::kRegionAdd, {0}, {0}, all, {}}),
            "cb L region_add as=A mr=r addr=0x0 size=0x10000000000000000 off=0x0 ro=0 nv=0\n");
}

TEST(TraceText, UnmergeableIsToldOnlyWhenSet) {
  const Section section{{0}, 0, 1, 0, false, true, true};
  EXPECT_EQ(Print(Callback{CallbackKind::kLogStart, {0}, {0}, section, {0, 1, 0}}),
            "cb L log_start as=A mr=r addr=0x0 size=0x1 off=0x0 ro=0 nv=1 old=0x0 new=0x1 um=1\n");
}

TEST(TraceText, EachAnswerHasItsLine) {
  struct Case {
    Answer answer;
    std::string_view line;
  };
  const Found found{true, {{0}, 0x1005, 0xb, 5, false, false, false}};
  const std::vector<Case> cases = {
      {{.kind = AnswerKind::kFound}, "= find none\n"},
      {{.kind = AnswerKind::kFound, .found = found},
       "= find mr=r addr=0x1005 size=0xb off=0x5 ro=0 nv=0\n"},
      {{.kind = AnswerKind::kTranslated, .translated = {{0}, 0x10, 0x20}},
       "= xlat mr=r xlat=0x10 len=0x20\n"},
      {{.kind = AnswerKind::kTranslated, .translated = {{}, ~std::uint64_t{0}, 1}},
       "= xlat mr=- xlat=0xffffffffffffffff len=0x1\n"},
      {{.kind = AnswerKind::kRead}, "= read res=0 data=\n"},
      {{.kind = AnswerKind::kRead, .result = 2, .data = {0, 0xab, 0x0c}, .length = 3},
       "= read res=2 data=00ab0c\n"},
      {{.kind = AnswerKind::kWritten, .result = 2}, "= write res=2\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(Print(c.answer), c.line);
}

TEST(TraceText, AStepIsCallbacksThenAccessesThenAnswerThenViews) {
  Trace trace = OneStep();
  trace.steps[0] = {
      .refusal = "", .callbacks = {1, 2}, .device_calls = {0, 2}, .views = {0, 2}, .answer = 0};
  trace.callbacks.resize(2);
  trace.callbacks[1].listener = {0};
  trace.device_calls = {
      {.kind = DeviceCallKind::kRead, .region = {0}, .offset = 0x10, .size = 4},
      {.kind = DeviceCallKind::kWrite, .region = {0}, .offset = 0x14, .size = 2, .value = 0xabcd}};
  trace.answers = {{.kind = AnswerKind::kWritten}};
  trace.views = {{{0}, {0}, 0, {}, {0}, {0, 0}}, {{0}, {0}, 0, {0}, {0}, {1, 3}}};
  trace.ranges.resize(1);
  trace.ranges.push_back({0x1000, 0x1fff, {0}, 0, true, false, false, true, 5});
  trace.ranges.push_back(
      {0xfffffffffffff000, ~std::uint64_t{0}, {0}, 0x10, false, true, true, false, 0});
  EXPECT_EQ(Print(trace),
            "cb L begin\n"
            "io r read off=0x10 size=4\n"
            "io r write off=0x14 size=2 val=0xabcd\n"
            "= write res=0\n"
            "as A root=r fvroot=- nr=0\n"
            "as A root=r fvroot=r nr=2\n"
            "  0000000000001000-0000000000001fff r off=0x0 ro=1 nv=0 romd=1 log=0x5\n"
            "  fffffffffffff000-ffffffffffffffff r off=0x10 ro=0 nv=1 romd=0 log=0x0 um=1\n");
}

TEST(TraceText, ARefusalIsOneWord) {
  Trace trace = OneStep();
  trace.steps[0].refusal = "has-parent";
  EXPECT_EQ(Print(trace), "! has-parent\n");
}

TEST(TraceText, TheLastLineIsTheDepth) {
  Trace trace = OneStep();
  trace.depth = 3;
  EXPECT_EQ(PrintTrace(OneLine("a  line"), trace), "@7 a  line\n@end depth=3\n");
  EXPECT_EQ(PrintTrace({}, {}), "@end depth=0\n");
}

// A machine under test may name anything.
TEST(TraceText, AnObjectThatTheProgramDoesNotHaveIsAQuestionMark) {
  EXPECT_EQ(Print(Callback{CallbackKind::kBegin, {12}, {}, {}, {}}), "cb ? begin\n");
}

}  // namespace
}  // namespace flatcheck
