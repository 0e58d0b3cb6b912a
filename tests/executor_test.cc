#include "fuzz/executor.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "fuzz/machine.h"

namespace flatcheck {
namespace {

// Counts transactions, refuses `del` and answers `find`; each operation calls one listener.
class CountingMachine final : public Machine {
 public:
  std::string_view Apply(const Operation& operation, Trace& trace) override {
    if (std::holds_alternative<op::Del>(operation)) return "not-child";
    if (std::holds_alternative<op::Begin>(operation)) ++depth_;
    if (std::holds_alternative<op::Commit>(operation)) --depth_;
    if (std::holds_alternative<op::Find>(operation)) trace.answers.emplace_back();
    trace.callbacks.emplace_back();
    return {};
  }
  std::uint64_t Depth() const override { return depth_; }
  void ObserveViews(Trace& trace) const override { trace.views.emplace_back(); }
  Translated Translate(SpaceSlot, std::uint64_t, std::uint64_t, bool) const override { return {}; }
  Found Find(RegionSlot, std::uint64_t, std::uint64_t) const override { return {}; }
  HostPlace HostOf(SpaceSlot, std::uint64_t) const override { return {}; }
  void ObserveMemory(MemorySeen&) const override {}
  void ReadBlock(RegionSlot, std::uint64_t, std::span<std::uint8_t>) const override {}
  std::string List(Listing) const override { return {}; }

 private:
  std::uint64_t depth_ = 0;
};

TEST(Run, ViewsFollowGrantedChangesOutsideTransactions) {
  struct Case {
    Operation operation;
    bool prints_views;
  };
  const std::vector<Case> cases = {
      {op::Ram{}, false},       {op::Alias{}, false},    {op::Destroy{}, false},
      {op::Find{}, false},      {op::Read{}, false},     {op::Write{}, false},
      {op::Translate{}, false}, {op::Unknown{}, false},  {op::Del{}, false},
      {op::Add{}, true},        {op::Space{}, true},     {op::Listen{}, true},
      {op::LogSync{}, true},    {op::Begin{}, false},    {op::Add{}, false},
      {op::Begin{}, false},     {op::Commit{}, false},   {op::Commit{}, true},
      {op::Enable{}, true},     {op::RamResize{}, true}, {op::Load{}, false},
      {op::Map{}, false},
  };
  Program program;
  for (const Case& c : cases) program.operations.push_back(c.operation);
  CountingMachine machine;
  const Trace trace = flatcheck::Run(program, machine);
  ASSERT_EQ(trace.steps.size(), cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    const Extent views = trace.steps[i].views;
    EXPECT_EQ(views.end - views.begin, cases[i].prints_views ? 1u : 0u);
  }
}

TEST(Run, AStepHasWhatItCaused) {
  CountingMachine machine;
  const Trace trace = flatcheck::Run({{op::Begin{}, op::Find{}, op::Del{}, op::Find{}}}, machine);
  const std::vector<Step> steps = {{.refusal = "", .callbacks = {0, 1}},
                                   {.refusal = "", .callbacks = {1, 2}, .answer = 0},
                                   {.refusal = "not-child", .callbacks = {2, 2}},
                                   {.refusal = "", .callbacks = {2, 3}, .answer = 1}};
  EXPECT_EQ(trace.steps, steps);
  EXPECT_EQ(trace.depth, 1u);
}

}  // namespace
}  // namespace flatcheck
