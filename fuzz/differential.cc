#include "fuzz/differential.h"

#include <array>
#include <memory>
#include <utility>

#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/oracles/listings_agree.h"
#include "fuzz/oracles/traces_agree.h"
#include "fuzz/oracles/view_is_canonical.h"
#include "fuzz/reference_machine.h"

namespace flatcheck {

Differential::Differential(Oracles oracles, NewMachine expect, NewMachine actual)
    : oracles_(oracles), new_expect_(std::move(expect)), new_actual_(std::move(actual)) {}

std::optional<Disagreement> Differential::Check(const Program& program, std::size_t lookups_from) {
  if (asks_everything_) {
    if (auto wrong = CheckWithFewAccesses(program, lookups_from)) return wrong;
  }
  expect_.Clear();
  actual_.Clear();
  const std::unique_ptr<Machine> expect = new_expect_(program);
  const std::unique_ptr<Machine> actual = new_actual_(program);
  if (auto wrong = CheckSteps(program, lookups_from, *expect, *actual)) return wrong;
  if (oracles_ != Oracles::kAll && oracles_ != Oracles::kMap) return std::nullopt;
  Tell(program.operations.size());
  return laws_.Check(program, actual_, *actual, new_actual_);
}

std::optional<Disagreement> Differential::CheckWithFewAccesses(const Program& program,
                                                               std::size_t lookups_from) {
  const std::unique_ptr<Machine> expect = new_expect_(program);
  if (expect->hypervisor() == nullptr) return std::nullopt;
  const std::unique_ptr<Machine> actual = new_actual_(program);
  expect_.Clear();
  actual_.Clear();
  const std::size_t limit = guest_agrees_.LimitAccesses(GuestAgrees::kFewAccesses);
  auto wrong = CheckSteps(program, lookups_from, *expect, *actual);
  guest_agrees_.LimitAccesses(limit);
  return wrong;
}

// One costs as much as several steps, so a program is asked for one, chosen by its run.
std::span<const Listing> Differential::ListingsFor(const Program& program) const {
  static constexpr std::array kListings{Listing::kTrees, Listing::kAllTrees, Listing::kViews,
                                        Listing::kE820};
  if (oracles_ != Oracles::kAll && oracles_ != Oracles::kMap) return {};
  if (asks_everything_) return kListings;
  const std::size_t chosen = actual_.ranges.size() + program.operations.size();
  return std::span(kListings).subspan(chosen % kListings.size(), 1);
}

std::optional<Disagreement> Differential::CheckSteps(const Program& program,
                                                     std::size_t lookups_from, Machine& expect,
                                                     Machine& actual) {
  const bool events = oracles_ != Oracles::kMap && oracles_ != Oracles::kKvm;
  const bool lookups = oracles_ != Oracles::kEvents && oracles_ != Oracles::kKvm;
  const bool memory = oracles_ != Oracles::kMap && oracles_ != Oracles::kEvents;
  const bool guest = expect.hypervisor() != nullptr && actual.hypervisor() != nullptr;
  events_rebuild_view_.Start();
  lookups_agree_.Start();
  memory_agrees_.Start();
  guest_agrees_.Start();
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
    if (guest) {
      if (auto wrong = guest_agrees_.Check({expect, actual}, operation, actual_, step)) {
        return wrong;
      }
    }
  }
  const std::size_t end = program.operations.size();
  for (const Listing listing : ListingsFor(program)) {
    if (auto wrong = ListingsAgree(expect, actual, listing, end)) return wrong;
  }
  if (lookups && actual_.depth == 0) {
    if (auto wrong = lookups_agree_.CheckEnd({expect, actual}, end)) return wrong;
  }
  if (guest) {
    if (auto wrong = guest_agrees_.CheckEnd({expect, actual}, actual_, end)) return wrong;
  }
  if (memory) {
    if (auto wrong = memory_agrees_.CheckEnd({expect, actual}, end)) return wrong;
  }
  return guest ? guest_agrees_.CheckLeft({expect, actual}, end) : std::nullopt;
}

Differential EngineAgainstReference(Oracles oracles) {
  return Differential(
      oracles, [](const Program&) { return std::make_unique<ReferenceMachine>(); },
      [](const Program&) { return std::make_unique<EngineMachine>(); });
}

}  // namespace flatcheck
