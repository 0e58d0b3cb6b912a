// What shrinking costs: for each planted fault, the first generated program that shows it.

#include <benchmark/benchmark.h>

#include <optional>
#include <string>
#include <vector>

#include "fuzz/generator.h"
#include "fuzz/shrinker.h"
#include "fuzz/signature.h"
#include "tests/planted_faults.h"

namespace flatcheck {
namespace {

void ShrinkPlanted(benchmark::State& state, const Planted& planted) {
  Differential differential = With(planted.fault, planted.where);
  Program program;
  std::optional<Disagreement> wrong;
  for (std::uint64_t seed = 0; !wrong; ++seed) {
    program = Generate(seed);
    wrong = differential.Check(program);
  }
  const Signature signature = SignatureOf(program, *wrong);
  const FailingStep fails = [&](const Program& candidate) -> std::optional<std::size_t> {
    const auto found = differential.Check(candidate);
    if (!found || SignatureOf(candidate, *found) != signature) return std::nullopt;
    return found->step;
  };
  Shrunk shrunk;
  for (auto _ : state) shrunk = Shrink(program, fails, 10'000);
  state.counters["before"] = static_cast<double>(program.operations.size());
  state.counters["after"] = static_cast<double>(shrunk.program.operations.size());
  state.counters["executions"] = static_cast<double>(shrunk.executions);
}

const bool registered = [] {
  static const std::vector<Planted> all = AllPlanted();
  for (const Planted& planted : all) {
    const std::string name = "Shrink/" + std::string(planted.name);
    benchmark::RegisterBenchmark(name.c_str(), [&planted](benchmark::State& state) {
      ShrinkPlanted(state, planted);
    })->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace flatcheck
