// Programs per second of the whole loop that a fuzz target runs, without libFuzzer: decode, both
// machines, every oracle. The programs are generated, with 32 operations in the median;
// `operations` is that median as measured.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "fuzz/differential.h"
#include "fuzz/generator.h"
#include "fuzz/program_codec.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kPrograms = 1000;

std::vector<std::vector<std::uint8_t>> Inputs() {
  std::vector<std::vector<std::uint8_t>> inputs;
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed) inputs.push_back(Encode(Generate(seed)));
  return inputs;
}

double MedianOperations(const std::vector<std::vector<std::uint8_t>>& inputs) {
  std::vector<std::size_t> lengths;
  lengths.reserve(inputs.size());
  for (const auto& input : inputs) lengths.push_back(Decode(input).operations.size());
  std::ranges::nth_element(lengths, lengths.begin() + kPrograms / 2);
  return static_cast<double>(lengths[kPrograms / 2]);
}

void Harness(benchmark::State& state) {
  const auto inputs = Inputs();
  std::size_t next = 0;
  Differential differential = EngineAgainstReference(Oracles::kAll);
  for (auto _ : state) {
    if (differential.Check(Decode(inputs[next]))) std::abort();
    next = (next + 1) % inputs.size();
  }
  state.counters["programs_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["operations"] = MedianOperations(inputs);
}

BENCHMARK(Harness);

}  // namespace
}  // namespace flatcheck
