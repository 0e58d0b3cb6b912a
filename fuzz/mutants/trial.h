// A Trial fuzzes one mutant, from nothing, until a fuzz target reports or the time is up: how soon
// the harness finds a fault that it knows nothing of.
//
// All targets fuzz at once and share the time; it is time of the CPU, of all of them together. The
// outcome of a seed is the same again but for which target comes first.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace flatcheck {

struct TrialPlan {
  std::string mutant;
  std::uint32_t seed = 1;
  double seconds_max = 60;         // Of the CPU.
  std::filesystem::path binaries;  // The folder of a `mutants` build.
  std::filesystem::path scratch;   // A folder of the trial's own; emptied and removed.
};

struct TrialResult {
  std::string mutant;
  std::uint32_t seed = 1;
  double seconds_max = 60;
  bool is_reached = false;  // The faulty text ran.
  bool is_found = false;
  double seconds = 0;            // Until it was found, or in all.
  std::uint64_t executions = 0;  // As far as the targets told.
  std::string target;            // That found it.
  std::string signature;         // What it reported.
  std::uint64_t operations = 0;  // Of the program that is left when it is shrunk; 0: it is not.
};

// Throws std::system_error where processes or files cannot be made.
TrialResult RunTrial(const TrialPlan& plan);

// The targets that fuzz, as far as the folder has them.
bool HasTargets(const std::filesystem::path& binaries);

}  // namespace flatcheck
