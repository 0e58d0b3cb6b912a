#include "fuzz/oracles/laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/limits.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/sketch.h"

namespace flatcheck {
namespace {

// A machine that takes operations whose trace nobody reads, and shows its views.
class Subject {
 public:
  // `memory` is the subject's while it lives.
  Subject(Machine& machine, Trace& memory) : machine_(machine), trace_(memory) { trace_.Clear(); }

  void Do(const Operation& operation) {
    machine_.Apply(operation, trace_);
    trace_.callbacks.clear();
  }

  void CloseTransactions() {
    while (machine_.Depth() != 0) Do(op::Commit{});
  }

  // The views as they are now; of an earlier call, as they were.
  Extent Observe() {
    const auto begin = static_cast<std::uint32_t>(trace_.views.size());
    machine_.ObserveViews(trace_);
    return {begin, static_cast<std::uint32_t>(trace_.views.size())};
  }

  const Trace& trace() const { return trace_; }

 private:
  Machine& machine_;
  Trace& trace_;
};

RegionSlot FirstFreeSlot(const Program& program) {
  RegionSlot free{0};
  for (const Operation& operation : program.operations) {
    VisitOperands(operation, Overload{[&free](const Defines<RegionKind>&) { ++free.index; },
                                      [](const auto&) {}});
  }
  return free;
}

// The next outermost commit renders everything anew, whatever is pending: disabling counts even on
// a lone region.
void ForceRebuild(Subject& subject, RegionSlot lone) {
  subject.Do(op::Container{});
  subject.Do(op::Enable{lone, {false}});
}

bool SameRanges(const Trace& a, const ViewSeen& x, const Trace& b, const ViewSeen& y) {
  return std::equal(a.ranges.begin() + x.ranges.begin, a.ranges.begin() + x.ranges.end,
                    b.ranges.begin() + y.ranges.begin, b.ranges.begin() + y.ranges.end);
}

bool SameViews(const Trace& a, Extent views_a, const Trace& b, Extent views_b) {
  return std::equal(a.views.begin() + views_a.begin, a.views.begin() + views_a.end,
                    b.views.begin() + views_b.begin, b.views.begin() + views_b.end,
                    [&](const ViewSeen& x, const ViewSeen& y) {
                      return x.space == y.space && x.root == y.root && x.view_root == y.view_root &&
                             x.shares_with == y.shares_with && SameRanges(a, x, b, y);
                    });
}

// Defines a slot even where it is refused.
bool DefinesObject(const Operation& operation) {
  bool defines = false;
  VisitOperands(operation, Overload{[&]<class Kind>(const Defines<Kind>&) { defines = true; },
                                    [](const auto&) {}});
  return defines;
}

// Whether a destruction was granted: within a transaction it would not be.
bool Destroyed(const Program& program, const Trace& trace) {
  for (std::size_t i = 0; i < program.operations.size(); ++i) {
    const bool is_granted = trace.steps[i].refusal.empty();
    if (is_granted && std::get_if<op::Destroy>(&program.operations[i]) != nullptr) return true;
  }
  return false;
}

// What the program has built, as far as a Sketch knows; none where a request was refused for a
// reason that it does not know.
std::optional<Sketch> SketchOf(const Program& program, const Trace& trace) {
  Sketch sketch;
  sketch.regions.reserve(limits::kGeneratedRegionsMax);
  for (std::size_t i = 0; i < program.operations.size(); ++i) {
    const bool granted = trace.steps[i].refusal.empty();
    if (granted != sketch.Grants(program.operations[i])) return std::nullopt;
    sketch.Perform(program.operations[i]);
  }
  return sketch;
}

class LawCheck {
 public:
  // `lone` is the first of two slots that the program leaves free.
  LawCheck(const Program& program, const Trace& trace, Subject subject, RegionSlot lone)
      : program_(program), trace_(trace), subject_(subject), lone_(lone) {
    subject_.CloseTransactions();
    ForceRebuild(subject_, lone_);
    before_ = subject_.Observe();
  }

  std::optional<Disagreement> OneTransactionOrMany(Subject one) {
    if (Destroyed(program_, trace_)) return std::nullopt;
    one.Do(op::Begin{});
    for (std::size_t i = 0; i < program_.operations.size(); ++i) {
      const Operation& operation = program_.operations[i];
      // A refusal that depends on listeners stays one: what was refused is not asked for again.
      const bool is_wanted = trace_.steps[i].refusal.empty() || DefinesObject(operation);
      if (is_wanted && MayShowInViews(operation)) one.Do(operation);
    }
    ForceRebuild(one, lone_);
    one.Do(op::Commit{});
    if (SameViews(subject_.trace(), before_, one.trace(), one.Observe())) return std::nullopt;
    return Broken("one_transaction_or_many",
                  "the same changes in one transaction end in other views");
  }

  // May leave a region disabled that was enabled: no law can follow.
  std::optional<Disagreement> DisableAndEnable() {
    if (lone_.index == 0) return std::nullopt;
    before_ = subject_.Observe();
    // One region of each program, chosen by what it shows: all kinds and places get their turn.
    const auto index = static_cast<std::uint16_t>(subject_.trace().ranges.size() % lone_.index);
    subject_.Do(op::Enable{RegionSlot{index}, {false}});
    // Where disabling changes nothing, the program may have left the region disabled: nothing to
    // restore.
    if (IsAsBefore()) return std::nullopt;
    subject_.Do(op::Enable{RegionSlot{index}, {true}});
    if (IsAsBefore()) return std::nullopt;
    return Broken("disable_and_enable",
                  fmt::format("disabling and enabling r{} changes a view", index));
  }

  std::optional<Disagreement> HiddenRegion() {
    const std::optional<Sketch> sketch = SketchOf(program_, trace_);
    if (!sketch) return std::nullopt;
    const auto cover = std::ranges::find_if(sketch->regions, CanHide);
    if (cover == sketch->regions.end()) return std::nullopt;
    const RegionSlot hidden{static_cast<std::uint16_t>(lone_.index + 1)};
    subject_.Do(op::Reservation{{}, {cover->size}});
    subject_.Do(op::Add{cover->container, {cover->address}, hidden, {cover->priority - 1}});
    const Extent after = subject_.Observe();
    const Trace& trace = subject_.trace();
    for (std::uint32_t i = 0; i < before_.end - before_.begin; ++i) {
      const ViewSeen& was = trace.views[before_.begin + i];
      const ViewSeen& is = trace.views[after.begin + i];
      // A second child may end the resolution of a root (memory-map 2.3): then it is another view.
      if (was.view_root != is.view_root || SameRanges(trace, was, trace, is)) continue;
      return Broken("hidden_region", fmt::format("a region hidden behind r{} changes a view",
                                                 cover - sketch->regions.begin()));
    }
    return std::nullopt;
  }

 private:
  bool IsAsBefore() {
    const Extent now = subject_.Observe();
    return SameViews(subject_.trace(), before_, subject_.trace(), now);
  }

  Disagreement Broken(std::string_view oracle, std::string message) const {
    return {program_.operations.size(), oracle, "view", std::move(message)};
  }

  const Program& program_;
  const Trace& trace_;
  Subject subject_;
  RegionSlot lone_;
  Extent before_;
};

}  // namespace

bool MayShowInViews(const Operation& operation) {
  return std::visit([]<class Op>(const Op&) { return kShapesViews<Op>; }, operation);
}

bool CanHide(const SketchRegion& region) {
  using Nature = SketchRegion::Nature;
  const bool opaque = region.nature == Nature::kDevice || region.nature == Nature::kMemory ||
                      region.nature == Nature::kIommu;
  return opaque && region.is_live && region.enabled && region.container != RegionSlot{} &&
         region.priority != INT32_MIN;
}

std::optional<Disagreement> Laws::Check(const Program& program, const Trace& trace,
                                        Machine& machine, const NewMachine& fresh) {
  // The laws need two regions of their own.
  const RegionSlot lone = FirstFreeSlot(program);
  if (lone.index + 2 >= kAbsent) return std::nullopt;
  LawCheck laws(program, trace, Subject(machine, shown_), lone);
  const std::size_t chosen = (trace.ranges.size() + trace.views.size()) % 3;
  std::optional<Disagreement> broken;
  if (asks_every_ || chosen == 0) {
    const std::unique_ptr<Machine> other = fresh(program);
    broken = laws.OneTransactionOrMany(Subject(*other, shown_by_fresh_));
  }
  if (!broken && (asks_every_ || chosen == 1)) broken = laws.HiddenRegion();
  if (!broken && (asks_every_ || chosen == 2)) broken = laws.DisableAndEnable();
  return broken;
}

}  // namespace flatcheck
