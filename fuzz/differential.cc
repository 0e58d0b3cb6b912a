#include "fuzz/differential.h"

#include <memory>
#include <utility>

#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/oracles/traces_agree.h"
#include "fuzz/oracles/view_is_canonical.h"
#include "fuzz/reference_machine.h"

namespace flatcheck {

Differential::Differential(Oracles oracles, NewMachine expect, NewMachine actual)
    : oracles_(oracles), new_expect_(std::move(expect)), new_actual_(std::move(actual)) {}

std::optional<Disagreement> Differential::Check(const Program& program, std::size_t lookups_from) {
  expect_.Clear();
  actual_.Clear();
  const std::unique_ptr<Machine> expect = new_expect_();
  const std::unique_ptr<Machine> actual = new_actual_();
  if (auto wrong = CheckSteps(program, lookups_from, *expect, *actual)) return wrong;
  if (oracles_ == Oracles::kEvents || oracles_ == Oracles::kMemory) return std::nullopt;
  Tell(program.operations.size());
  return laws_.Check(program, actual_, *actual, new_actual_);
}

std::optional<Disagreement> Differential::CheckSteps(const Program& program,
                                                     std::size_t lookups_from, Machine& expect,
                                                     Machine& actual) {
  const bool events = oracles_ != Oracles::kMap;
  const bool lookups = oracles_ != Oracles::kEvents;
  const bool memory = oracles_ == Oracles::kAll || oracles_ == Oracles::kMemory;
  events_rebuild_view_.Start();
  lookups_agree_.Start();
  memory_agrees_.Start();
  for (std::size_t step = 0; step < program.operations.size(); ++step) {
    Tell(step);
    const Operation& operation = program.operations[step];
    RunStep(operation, expect, expect_);
    RunStep(operation, actual, actual_);
    if (auto wrong = RefusalsAgree(expect_, actual_, step)) return wrong;
    if (auto wrong = AnswersAgree(expect_, actual_, step)) return wrong;
    // Views come before callbacks, which only tell of them.
    if (auto wrong = ViewsAgree(expect_, actual_, step)) return wrong;
    if (auto wrong = ViewIsCanonical(actual_, step)) return wrong;
    if (events) {
      if (auto wrong = EventsAgree(expect_, actual_, step)) return wrong;
      if (auto wrong = events_rebuild_view_.Check(operation, actual_, step)) return wrong;
    }
    if (lookups && step < lookups_from) {
      lookups_agree_.Skip(actual_, step);
    } else if (lookups) {
      if (auto wrong = lookups_agree_.Check({expect, actual}, actual_, step)) return wrong;
    }
    if (memory) {
      if (auto wrong = memory_agrees_.Check({expect, actual}, operation, actual_, step)) {
        return wrong;
      }
    }
  }
  if (!memory) return std::nullopt;
  return memory_agrees_.CheckEnd({expect, actual}, program.operations.size());
}

Differential EngineAgainstReference(Oracles oracles) {
  return Differential(
      oracles, [] { return std::make_unique<ReferenceMachine>(); },
      [] { return std::make_unique<EngineMachine>(); });
}

}  // namespace flatcheck
