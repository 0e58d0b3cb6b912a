// Laws of the rules themselves, whoever implements them: after a program, on the machine that ran
// it, some changes must show and some must not. An error that engine and reference share cannot
// hide here.

#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "fuzz/machine.h"
#include "fuzz/oracles/disagreement.h"
#include "fuzz/program.h"
#include "fuzz/sketch.h"
#include "fuzz/trace.h"

namespace flatcheck {

// Whether a view may show that the operation was performed; opening and closing transactions is not
// among it.
bool MayShowInViews(const Operation& operation);

// Whether a region has content of its own in all of its place, in a container: what a hidden region
// can be hidden behind.
bool CanHide(const SketchRegion& region);

// For one program.
using NewMachine = std::function<std::unique_ptr<Machine>(const Program&)>;

// one_transaction_or_many: the same changes in one transaction end in the same views.
// disable_and_enable: disabling a region and enabling it again leaves every view as it was.
// hidden_region: a region added behind one that is opaque and as large changes no view.
//
// One of them costs as much as several steps, so a program is asked one, which its own trace
// chooses.
class Laws {
 public:
  // From now on a program is asked all of them.
  void AskEvery() { asks_every_ = true; }

  // `machine` has run the program, with `trace`; it is changed. `fresh` makes another such machine.
  std::optional<Disagreement> Check(const Program& program, const Trace& trace, Machine& machine,
                                    const NewMachine& fresh);

 private:
  bool asks_every_ = false;
  // Memory for what the two machines show.
  Trace shown_;
  Trace shown_by_fresh_;
};

}  // namespace flatcheck
