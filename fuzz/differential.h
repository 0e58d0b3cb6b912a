// A Differential runs a program on engine and reference in step and asks the oracles after every
// step.
//
// It may check any number of programs, one after the other; what it keeps between them is memory,
// never state.

#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "fuzz/machine.h"
#include "fuzz/oracles/disagreement.h"
#include "fuzz/oracles/events_rebuild_view.h"
#include "fuzz/oracles/guest_agrees.h"
#include "fuzz/oracles/laws.h"
#include "fuzz/oracles/lookups_agree.h"
#include "fuzz/oracles/memory_agrees.h"
#include "fuzz/program.h"
#include "fuzz/trace.h"

namespace flatcheck {

// What is asked besides refusals, answers and views; and of machines under KVM, besides slots and
// what a guest meets.
enum class Oracles {
  kAll,
  kMap,     // Translations and finds everywhere, listings, and the laws; no callbacks.
  kEvents,  // Callbacks, and that they rebuild the views.
  kMemory,  // Callbacks, lookups, and what the memory holds.
  kKvm,     // What the memory holds, and nothing else.
};

class Differential {
 public:
  // `expect` makes references, `actual` engines. (Tests make others.)
  Differential(Oracles oracles, NewMachine expect, NewMachine actual);

  // The first disagreement, or none. Lookups are compared from the step `lookups_from` on: those
  // before are known to agree.
  std::optional<Disagreement> Check(const Program& program, std::size_t lookups_from = 0);

  // From now on each Check stores the step at hand there, and the program's size while it asks the
  // laws. REQUIRES: the place outlives the differential.
  void TellSteps(std::atomic<std::uint64_t>* step) { step_ = step; }

  // From now on each Check asks all laws and for all listings, not one that the run chooses: what
  // fails with a law fails with it whatever else the program does. A guest goes to each view twice,
  // in runs of their own: for few accesses, as fuzzing lets it, and for as many as it may. Many
  // dirty pages that few leave clean, and hide what is wrong with clean ones.
  void AskEverything() {
    asks_everything_ = true;
    laws_.AskEvery();
  }

  GuestAgrees& guest_agrees() { return guest_agrees_; }

  // Of the last Check: both traces up to the step that disagrees.
  const Trace& expect() const { return expect_; }
  const Trace& actual() const { return actual_; }

 private:
  void Tell(std::size_t step) {
    if (step_ != nullptr) step_->store(step, std::memory_order_relaxed);
  }
  std::span<const Listing> ListingsFor(const Program& program) const;
  std::optional<Disagreement> CheckWithFewAccesses(const Program& program,
                                                   std::size_t lookups_from);
  std::optional<Disagreement> CheckSteps(const Program& program, std::size_t lookups_from,
                                         Machine& expect, Machine& actual);

  Oracles oracles_;
  NewMachine new_expect_;
  NewMachine new_actual_;
  Trace expect_;
  Trace actual_;
  EventsRebuildView events_rebuild_view_;
  LookupsAgree lookups_agree_;
  MemoryAgrees memory_agrees_;
  GuestAgrees guest_agrees_;
  Laws laws_;
  bool asks_everything_ = false;
  std::atomic<std::uint64_t>* step_ = nullptr;
};

// The reference and the engine, as they are.
Differential EngineAgainstReference(Oracles oracles);

}  // namespace flatcheck
