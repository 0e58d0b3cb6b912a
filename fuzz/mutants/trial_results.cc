#include "fuzz/mutants/trial_results.h"

#include <exception>
#include <nlohmann/json.hpp>

namespace flatcheck {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrialResult, mutant, seed, seconds_max, is_reached, is_infected,
                                   is_found, seconds, executions, target, signature, operations)

std::string ToJson(const std::vector<TrialResult>& results) {
  std::string text = "[";
  for (const TrialResult& result : results) {
    text += text.size() == 1 ? "\n" : ",\n";
    text += nlohmann::json(result).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }
  return text + "\n]\n";
}

std::variant<std::vector<TrialResult>, std::string> ParseTrialResults(std::string_view json) {
  try {
    return nlohmann::json::parse(json).get<std::vector<TrialResult>>();
  } catch (const std::exception& error) {
    return std::string("expected the results of trials: ") + error.what();
  }
}

}  // namespace flatcheck
