#include "fuzz/executor.h"

#include <variant>

#include "fuzz/operation_kinds.h"

namespace flatcheck {
namespace {

// Neither a region's creation or end nor a query changes what a view shows.
bool PrintsViews(const Operation& operation) {
  return std::visit(
      []<class Op>(const Op&) {
        return !CreatesRegion<Op> && !kIsOneOf<Op, op::Unknown, op::Destroy, op::Find,
                                               op::Translate, op::Read, op::Write>;
      },
      operation);
}

std::uint32_t Count(const auto& elements) { return static_cast<std::uint32_t>(elements.size()); }

}  // namespace

void RunStep(const Operation& operation, Machine& machine, Trace& trace) {
  Step step;
  step.callbacks.begin = Count(trace.callbacks);
  step.accesses.begin = Count(trace.accesses);
  step.views.begin = Count(trace.views);
  const std::size_t answers = trace.answers.size();

  step.refusal = machine.Apply(operation, trace);
  trace.depth = machine.Depth();
  if (trace.answers.size() > answers) step.answer = static_cast<std::int32_t>(answers);
  if (step.refusal.empty() && trace.depth == 0 && PrintsViews(operation)) {
    machine.ObserveViews(trace);
  }

  step.callbacks.end = Count(trace.callbacks);
  step.accesses.end = Count(trace.accesses);
  step.views.end = Count(trace.views);
  trace.steps.push_back(step);
}

Trace Run(const Program& program, Machine& machine) {
  Trace trace;
  for (const Operation& operation : program.operations) RunStep(operation, machine, trace);
  return trace;
}

}  // namespace flatcheck
