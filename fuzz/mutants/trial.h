// A Trial fuzzes one mutant, from nothing, until a fuzz target reports or the time is up: how soon
// the harness finds a fault that it knows nothing of.
//
// All targets fuzz at once and share the time; it is time of the CPU, of all of them together. A
// report counts where the target fails on the same input once more, and passes without the mutant;
// otherwise the trial ends there, without a find. A seed chooses what each target tries in which
// order; how far each has come when one reports is up to the machine, and with it the outcome.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace flatcheck {

struct TrialPlan {
  std::string mutant;
  std::uint32_t seed = 1;
  double seconds_max = 60;         // Of the CPU; what is found later is not found.
  std::string without;             // An oracle that is left out; or none.
  std::filesystem::path binaries;  // The folder of a `mutants` build.
  std::filesystem::path scratch;   // A folder of the trial's own; emptied and removed.
};

struct TrialResult {
  std::string mutant;
  std::uint32_t seed = 1;
  double seconds_max = 60;
  bool is_reached = false;   // The faulty text ran.
  bool is_infected = false;  // And came to another value than the right one would have.
  bool is_found = false;
  double seconds = 0;            // Until it was found, or in all.
  std::uint64_t executions = 0;  // As far as the targets told.
  std::string target = {};       // That reported.
  std::string signature = {};    // Of the report, or why it does not count.
  std::uint64_t operations = 0;  // Of the program that is left when it is shrunk; 0: it is not.

  bool operator==(const TrialResult&) const = default;
};

// Throws std::system_error where processes or files cannot be made; std::runtime_error, with one
// line, where a target ends without an input that it fails on, or a program cannot be run.
// REQUIRES: HasPrograms(plan.binaries).
TrialResult RunTrial(const TrialPlan& plan);

// Whether a folder has all that trials run: the targets, and flatcheck.
bool HasPrograms(const std::filesystem::path& binaries);

// Of their contents. Throws std::runtime_error where one cannot be read.
std::string DigestOfPrograms(const std::filesystem::path& binaries);

}  // namespace flatcheck
