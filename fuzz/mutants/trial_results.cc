#include "fuzz/mutants/trial_results.h"

#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

namespace flatcheck {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrialResult, mutant, seed, seconds_max, is_reached, is_infected,
                                   is_found, seconds, executions, target, signature, operations)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrialResults, programs, results)

namespace {

std::string Dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string ToJson(const TrialResults& results) {
  std::string text = "{\"programs\": " + Dump(results.programs) + ", \"results\": [";
  const char* separator = "\n";
  for (const TrialResult& result : results.results) {
    text += std::exchange(separator, ",\n") + Dump(result);
  }
  return text + "\n]}\n";
}

std::variant<TrialResults, std::string> ParseTrialResults(std::string_view json) {
  try {
    return nlohmann::json::parse(json).get<TrialResults>();
  } catch (const std::exception& error) {
    return std::string("expected the results of trials: ") + error.what();
  }
}

}  // namespace flatcheck
