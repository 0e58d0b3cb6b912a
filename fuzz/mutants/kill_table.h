// A KillTable is what trials say of each mutant: how many seeds found it, how soon, and by what.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fuzz/mutants/mutant_list.h"
#include "fuzz/mutants/trial.h"

namespace flatcheck {

struct MutantKills {
  Mutant mutant;
  std::size_t trials = 0;
  std::size_t found = 0;
  bool is_reached = false;  // By a seed at least.
  bool is_infected = false;
  double seconds_median = 0;  // Of the CPU; infinite where less than half of the seeds found it.
  double seconds_worst = 0;   // Infinite where a seed did not find it.
  std::uint64_t executions_median = 0;
  std::uint64_t operations_least = 0;  // Of the programs that are left.
  std::string signature = {};          // The most frequent one.
};

// Of the mutants that have results, the one found soonest first.
std::vector<MutantKills> KillTable(std::span<const Mutant> mutants,
                                   const std::vector<TrialResult>& results);

// The table as text, the survivors with what is wrong in them, and a summary in the last line.
std::string Print(const std::vector<MutantKills>& kills);

// Those that a seed did not find.
std::size_t CountSurvivors(const std::vector<MutantKills>& kills);

// The share of trials that have not found their mutant yet over CPU time, for all mutants and for
// each group, as an SVG picture.
std::string SurvivalCurves(std::span<const Mutant> mutants,
                           const std::vector<TrialResult>& results);

}  // namespace flatcheck
