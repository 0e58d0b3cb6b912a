// Programs per second of the whole loop that a fuzz target runs, without libFuzzer: decode, both
// machines, every oracle; and under KVM, with a guest that looks. Of the latter, `commits` after
// which it looked, its `accesses` and the kernel's `ioctls` are those of one program. The programs
// are generated, with 32 operations in the median; `operations` is that median as measured.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/differential.h"
#include "fuzz/generator.h"
#include "fuzz/program_codec.h"
#include "fuzz/virtual_machines.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kPrograms = 1000;

std::vector<std::vector<std::uint8_t>> Inputs(Theme theme) {
  std::vector<std::vector<std::uint8_t>> inputs;
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed)
    inputs.push_back(Encode(Generate(seed, theme)));
  return inputs;
}

double MedianOperations(const std::vector<std::vector<std::uint8_t>>& inputs) {
  std::vector<std::size_t> lengths;
  lengths.reserve(inputs.size());
  for (const auto& input : inputs) lengths.push_back(Decode(input).operations.size());
  std::ranges::nth_element(lengths, lengths.begin() + kPrograms / 2);
  return static_cast<double>(lengths[kPrograms / 2]);
}

void Check(benchmark::State& state, Differential& differential, Theme theme) {
  const auto inputs = Inputs(theme);
  std::size_t next = 0;
  for (auto _ : state) {
    if (differential.Check(Decode(inputs[next]))) std::abort();
    next = (next + 1) % inputs.size();
  }
  state.counters["programs_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["operations"] = MedianOperations(inputs);
}

void Harness(benchmark::State& state) {
  Differential differential = EngineAgainstReference(Oracles::kAll);
  Check(state, differential, Theme::kMap);
}

// As kvm_fuzzer does it.
void CheckUnderKvm(benchmark::State& state, VirtualMachines::Kernel kernel) {
  const auto machines = std::make_shared<VirtualMachines>(kernel);
  Differential differential = UnderKvm(Oracles::kKvm, machines);
  differential.guest_agrees().LimitAccesses(GuestAgrees::kFewAccesses);
  Check(state, differential, Theme::kKvm);
  const GuestTally& tally = differential.guest_agrees().tally();
  const auto programs = static_cast<double>(state.iterations());
  state.counters["commits"] = static_cast<double>(tally.commits) / programs;
  state.counters["accesses"] = static_cast<double>(tally.accesses) / programs;
  state.counters["ioctls"] = static_cast<double>(tally.ioctls) / programs;
}

void HarnessUnderFakeKvm(benchmark::State& state) {
  CheckUnderKvm(state, VirtualMachines::Kernel::kFake);
}

void HarnessUnderRealKvm(benchmark::State& state) {
  const std::string why_not = VirtualMachines::WhyNotReal();
  if (why_not.empty()) return CheckUnderKvm(state, VirtualMachines::Kernel::kReal);
  state.SkipWithError(("KVM: SKIP (" + why_not + ")").c_str());
}

BENCHMARK(Harness);
BENCHMARK(HarnessUnderFakeKvm);
BENCHMARK(HarnessUnderRealKvm)->UseRealTime();

}  // namespace
}  // namespace flatcheck
