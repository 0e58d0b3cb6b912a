// An Exhaustion runs an enumeration's programs in child processes, each on both machines, until all
// are run or one shows a difference, crashes or hangs.
//
// Lookups are compared after the last step of each program alone: what comes before it is a program
// of its own. All other oracles are asked about every step.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/child_process.h"
#include "fuzz/differential.h"
#include "fuzz/enumerate/enumeration.h"
#include "fuzz/program.h"

namespace flatcheck {

// How far an enumeration is.
struct Exhausted {
  std::vector<bool> done;      // Units.
  std::uint64_t programs = 0;  // Of these units.
  double seconds = 0;          // That they took.
};

class Exhaustion {
 public:
  // A program that computes for longer than stall_max hangs. REQUIRES: the enumeration outlives the
  // exhaustion.
  Exhaustion(const Enumeration& enumeration, Differential differential,
             std::chrono::milliseconds stall_max);

  // Takes `exhausted` on to all units, in so many processes at once. go_on is asked now and then;
  // when it says no, what is done stays done. Returns a program that shows a difference, or ended
  // its process.
  std::optional<Program> Run(Exhausted& exhausted, std::size_t jobs,
                             const std::function<bool()>& go_on);

 private:
  struct Place {
    std::size_t unit = 0;
    std::uint64_t program = 0;  // Number in the unit.
  };

  // Child number `child` of `jobs` takes each jobs-th of the pending units, from this one on.
  void RunShare(std::size_t child, std::size_t jobs, const Send& send, Pulse& pulse);
  // Returns whether the unit has no difference.
  bool RunUnit(std::size_t unit, const Send& send, Pulse& pulse);
  void Hear(std::size_t child, const std::string& message, Exhausted& exhausted);
  std::optional<Place> WhereOneEnded(const std::vector<ChildEnd>& ends) const;

  const Enumeration& enumeration_;
  Differential differential_;  // Each child has its own copy.
  const std::chrono::milliseconds stall_max_;

  // Of one run.
  std::vector<std::size_t> pending_;  // Units.
  std::vector<std::size_t> next_;     // By child: where among them it is.
  std::optional<Place> differs_;
};

}  // namespace flatcheck
