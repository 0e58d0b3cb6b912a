#include "fuzz/differential.h"

#include <memory>
#include <utility>

#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/oracles/events_rebuild_view.h"
#include "fuzz/oracles/traces_agree.h"
#include "fuzz/oracles/view_is_canonical.h"
#include "fuzz/reference_machine.h"

namespace flatcheck {

Differential::Differential(Oracles oracles, NewMachine expect, NewMachine actual)
    : oracles_(oracles), new_expect_(std::move(expect)), new_actual_(std::move(actual)) {}

std::optional<Disagreement> Differential::Check(const Program& program) {
  if (auto wrong = CheckSteps(program)) return wrong;
  return oracles_ == Oracles::kEvents ? std::nullopt : CheckLaws(program);
}

std::optional<Disagreement> Differential::CheckSteps(const Program& program) {
  expect_.Clear();
  actual_.Clear();
  const std::unique_ptr<Machine> expect = new_expect_();
  const std::unique_ptr<Machine> actual = new_actual_();
  const bool events = oracles_ != Oracles::kMap;
  const bool lookups = oracles_ != Oracles::kEvents;
  EventsRebuildView events_rebuild_view;
  for (std::size_t step = 0; step < program.operations.size(); ++step) {
    const Operation& operation = program.operations[step];
    RunStep(operation, *expect, expect_);
    RunStep(operation, *actual, actual_);
    if (auto wrong = RefusalsAgree(expect_, actual_, step)) return wrong;
    if (auto wrong = AnswersAgree(expect_, actual_, step)) return wrong;
    if (events) {
      if (auto wrong = EventsAgree(expect_, actual_, step)) return wrong;
    }
    if (auto wrong = ViewsAgree(expect_, actual_, step)) return wrong;
    if (auto wrong = ViewIsCanonical(actual_, step)) return wrong;
    if (events) {
      if (auto wrong = events_rebuild_view.Check(operation, actual_, step)) return wrong;
    }
    if (lookups) {
      if (auto wrong = lookups_agree_.Check(*expect, *actual, actual_, step)) return wrong;
    }
  }
  return std::nullopt;
}

std::optional<Disagreement> Differential::CheckLaws(const Program& program) const {
  if (auto wrong = OneTransactionOrMany(program, new_actual_)) return wrong;
  if (auto wrong = DisableAndEnable(program, new_actual_)) return wrong;
  return HiddenRegion(program, new_actual_);
}

Differential EngineAgainstReference(Oracles oracles) {
  return Differential(
      oracles, [] { return std::make_unique<ReferenceMachine>(); },
      [] { return std::make_unique<EngineMachine>(); });
}

}  // namespace flatcheck
