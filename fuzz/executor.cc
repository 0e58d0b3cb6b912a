#include "fuzz/executor.h"

#include <variant>

#include "fuzz/operation_kinds.h"

namespace flatcheck {
namespace {

// Neither making nor destroying a region shows in a view, nor does asking.
bool PrintsViews(const Operation& operation) {
  return std::visit(
      []<class Op>(const Op&) {
        constexpr bool kIsPartOfLife = CreatesRegion<Op> || std::is_same_v<Op, op::Destroy>;
        return (kShapesViews<Op> && !kIsPartOfLife) ||
               kIsOneOf<Op, op::Begin, op::Commit, op::LogSync, op::LogClear, op::EventfdAdd,
                        op::EventfdDel, op::Coalesce, op::Uncoalesce, op::Listen, op::Unlisten>;
      },
      operation);
}

std::uint32_t Count(const auto& elements) { return static_cast<std::uint32_t>(elements.size()); }

}  // namespace

void RunStep(const Operation& operation, Machine& machine, Trace& trace) {
  Step& step = trace.steps.emplace_back();
  step.callbacks.begin = Count(trace.callbacks);
  step.device_calls.begin = Count(trace.device_calls);
  step.signals.begin = Count(trace.signals);
  step.views.begin = Count(trace.views);
  const std::size_t answers = trace.answers.size();

  step.refusal = machine.Apply(operation, trace);
  trace.depth = machine.Depth();
  if (trace.answers.size() > answers) step.answer = static_cast<std::int32_t>(answers);
  if (step.refusal.empty() && trace.depth == 0 && PrintsViews(operation)) {
    machine.ObserveViews(trace);
  }

  step.callbacks.end = Count(trace.callbacks);
  step.device_calls.end = Count(trace.device_calls);
  step.signals.end = Count(trace.signals);
  step.views.end = Count(trace.views);
}

Trace Run(const Program& program, Machine& machine) {
  Trace trace;
  for (const Operation& operation : program.operations) RunStep(operation, machine, trace);
  return trace;
}

}  // namespace flatcheck
