// Results of trials in a file: a JSON object with one result a line, which is read back to go on
// where a run was interrupted.

#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/mutants/trial.h"

namespace flatcheck {

struct TrialResults {
  std::string programs;  // DigestOfPrograms of the build they are of.
  std::vector<TrialResult> results;

  bool operator==(const TrialResults&) const = default;
};

std::string ToJson(const TrialResults& results);

// Reads what ToJson wrote; else one line that says what is wrong.
std::variant<TrialResults, std::string> ParseTrialResults(std::string_view json);

}  // namespace flatcheck
