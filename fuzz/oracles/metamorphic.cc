#include "fuzz/oracles/metamorphic.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "fuzz/executor.h"
#include "fuzz/sketch.h"
#include "fuzz/slot_table.h"
#include "fuzz/trace.h"

namespace flatcheck {

namespace {

SlotTable TableBehind(const std::vector<Operation>& operations) {
  SlotTable table;
  for (const Operation& operation : operations) table.Advance(operation);
  return table;
}

// Makes the next outermost commit render everything anew, whatever is pending: enabling counts even
// on a lone region.
void ForceRebuild(std::vector<Operation>& operations) {
  const RegionSlot lone = TableBehind(operations).Next<RegionKind>();
  operations.push_back(op::Container{});
  operations.push_back(op::Enable{lone, {false}});
}

bool SameRanges(const Trace& a, const ViewSeen& x, const Trace& b, const ViewSeen& y) {
  return std::equal(a.ranges.begin() + x.ranges.begin, a.ranges.begin() + x.ranges.end,
                    b.ranges.begin() + y.ranges.begin, b.ranges.begin() + y.ranges.end);
}

bool SameViews(const Trace& a, const Extent& views_a, const Trace& b, const Extent& views_b) {
  return std::equal(a.views.begin() + views_a.begin, a.views.begin() + views_a.end,
                    b.views.begin() + views_b.begin, b.views.begin() + views_b.end,
                    [&](const ViewSeen& x, const ViewSeen& y) {
                      return x.space == y.space && x.root == y.root && x.view_root == y.view_root &&
                             x.shares_with == y.shares_with && SameRanges(a, x, b, y);
                    });
}

Extent ObserveViews(const Machine& machine, Trace& trace) {
  const auto begin = static_cast<std::uint32_t>(trace.views.size());
  machine.ObserveViews(trace);
  return {begin, static_cast<std::uint32_t>(trace.views.size())};
}

// Runs everything and observes the views at the end.
Extent RunAndObserve(const std::vector<Operation>& operations, Machine& machine, Trace& trace) {
  for (const Operation& operation : operations) RunStep(operation, machine, trace);
  return ObserveViews(machine, trace);
}

// An `add` of a region that is enabled and has content of its own, and that region's size then.
struct Cover {
  std::size_t step = 0;
  op::Add add;
  RegionSize size;
};

std::optional<Cover> LastCover(const Program& program) {
  using Nature = SketchRegion::Nature;
  std::optional<Cover> last;
  Sketch sketch;
  for (std::size_t step = 0; step < program.operations.size(); ++step) {
    const Operation& operation = program.operations[step];
    const auto* const add = std::get_if<op::Add>(&operation);
    if (add != nullptr && sketch.depth == 0 && sketch.Grants(operation)) {
      const SketchRegion& child = sketch.At(add->child);
      const bool is_opaque = child.nature == Nature::kDevice || child.nature == Nature::kMemory;
      if (is_opaque && child.enabled && add->priority.value != INT32_MIN) {
        last = {step, *add, {child.size}};
      }
    }
    sketch.Perform(operation);
  }
  return last;
}

Disagreement Broken(const Program& program, std::string_view oracle, std::string message) {
  const std::size_t last = program.operations.empty() ? 0 : program.operations.size() - 1;
  return {last, oracle, "view", std::move(message)};
}

// Refused or undone by a transaction, or of no effect on the tree.
bool DependsOnTransactions(const Operation& operation) {
  return std::visit(
      []<class Op>(const Op&) {
        return std::is_same_v<Op, op::Begin> || std::is_same_v<Op, op::Commit> ||
               std::is_same_v<Op, op::Destroy>;
      },
      operation);
}

}  // namespace

std::optional<Disagreement> OneTransactionOrMany(const Program& program, const NewMachine& fresh) {
  std::vector<Operation> many = program.operations;
  std::erase_if(many, DependsOnTransactions);
  ForceRebuild(many);
  std::vector<Operation> one = many;
  one.insert(one.begin(), op::Begin{});
  one.push_back(op::Commit{});

  Trace trace_many;
  Trace trace_one;
  const Extent views_many = RunAndObserve(many, *fresh(), trace_many);
  const Extent views_one = RunAndObserve(one, *fresh(), trace_one);
  if (SameViews(trace_many, views_many, trace_one, views_one)) return std::nullopt;
  return Broken(program, "one_transaction_or_many",
                "the same changes in one transaction end in other views");
}

std::optional<Disagreement> DisableAndEnable(const Program& program, const NewMachine& fresh) {
  const std::size_t regions = TableBehind(program.operations).DefinedCount<RegionKind>();
  if (regions == 0) return std::nullopt;
  // One region of each program, chosen by what the program is, so that all kinds and places get
  // their turn.
  const RegionSlot region{static_cast<std::uint16_t>(program.operations.size() * 7 % regions)};
  std::vector<Operation> operations = program.operations;
  ForceRebuild(operations);
  const std::unique_ptr<Machine> machine = fresh();
  Trace trace;
  RunAndObserve(operations, *machine, trace);
  while (machine->Depth() != 0) RunStep(op::Commit{}, *machine, trace);
  const Extent before = ObserveViews(*machine, trace);
  RunStep(op::Enable{region, {false}}, *machine, trace);
  // Where disabling changes nothing, the program may have left the region disabled: nothing to
  // restore.
  if (SameViews(trace, before, trace, ObserveViews(*machine, trace))) return std::nullopt;
  RunStep(op::Enable{region, {true}}, *machine, trace);
  if (SameViews(trace, before, trace, ObserveViews(*machine, trace))) return std::nullopt;
  return Broken(program, "disable_and_enable",
                fmt::format("disabling and enabling r{} changes a view", region.index));
}

std::optional<Disagreement> HiddenRegion(const Program& program, const NewMachine& fresh) {
  const std::optional<Cover> cover = LastCover(program);
  if (!cover) return std::nullopt;
  const auto behind = program.operations.begin() + static_cast<std::ptrdiff_t>(cover->step) + 1;
  std::vector<Operation> operations(program.operations.begin(), behind);
  ForceRebuild(operations);
  const RegionSlot hidden = TableBehind(operations).Next<RegionKind>();
  const std::unique_ptr<Machine> machine = fresh();
  Trace trace;
  const Extent before = RunAndObserve(operations, *machine, trace);
  if (!trace.steps[cover->step].refusal.empty()) return std::nullopt;
  op::Add add = cover->add;
  add.child = hidden;
  --add.priority.value;
  RunStep(op::Io{{}, cover->size}, *machine, trace);
  RunStep(add, *machine, trace);
  const Extent after = ObserveViews(*machine, trace);
  for (std::uint32_t i = 0; i < before.end - before.begin; ++i) {
    const ViewSeen& was = trace.views[before.begin + i];
    const ViewSeen& is = trace.views[after.begin + i];
    // A second child may end the resolution of a root (memory-map 2.3): then it is another view.
    if (was.view_root != is.view_root || SameRanges(trace, was, trace, is)) continue;
    return Disagreement{
        cover->step, "hidden_region", "view",
        fmt::format("a region hidden behind r{} changes a view", cover->add.child.index)};
  }
  return std::nullopt;
}

}  // namespace flatcheck
