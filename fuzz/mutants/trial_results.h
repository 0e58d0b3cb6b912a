// Results of trials in a file: a JSON array with one object a line, which is read back to go on
// where a run was interrupted.

#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/mutants/trial.h"

namespace flatcheck {

std::string ToJson(const std::vector<TrialResult>& results);

// Reads what ToJson wrote; else one line that says what is wrong.
std::variant<std::vector<TrialResult>, std::string> ParseTrialResults(std::string_view json);

}  // namespace flatcheck
