// Linked to a KVM listener with a fault: runs the programs of the folder SEEDS under KVM, then
// generated ones, until an oracle sees the fault. Prints which one did and after how many programs,
// `-` if none of that many did, or `SKIP (reason)` without the real kernel.
//
//   kvm_listener_faults fake|fake-guest|real-guest PROGRAMS SEEDS
//
// With `-guest` slots are not compared: the guest alone tells.

#include <fmt/core.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "fuzz/generator.h"
#include "fuzz/program_text.h"
#include "fuzz/virtual_machines.h"

namespace {

using namespace flatcheck;
using Kernel = VirtualMachines::Kernel;

std::string Seen(std::string_view where, std::uint64_t programs, const char* seeds) {
  const Kernel kernel = where == "real-guest" ? Kernel::kReal : Kernel::kFake;
  const std::string why_not = kernel == Kernel::kReal ? VirtualMachines::WhyNotReal() : "";
  if (!why_not.empty()) return "SKIP (" + why_not + ")";
  Differential differential = UnderKvm(Oracles::kKvm, std::make_shared<VirtualMachines>(kernel));
  if (where != "fake") differential.guest_agrees().TrustSlots();
  for (const auto& seed : std::filesystem::directory_iterator(seeds)) {
    std::ifstream file(seed.path());
    const auto text = Parse(std::string(std::istreambuf_iterator<char>(file), {}));
    const auto* program = std::get_if<ProgramText>(&text);
    if (program == nullptr) continue;
    const auto wrong = differential.Check(program->program);
    if (wrong) return fmt::format("{} {} (seed)", wrong->oracle, wrong->field);
  }
  for (std::uint64_t seed = 0; seed < programs; ++seed) {
    const auto wrong = differential.Check(Generate(seed, Theme::kKvm));
    if (wrong) return fmt::format("{} {} ({})", wrong->oracle, wrong->field, seed + 1);
  }
  return "-";
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 4) return 2;
  const std::uint64_t programs = std::strtoull(arguments[2], nullptr, 10);
  fmt::print("{}\n", Seen(arguments[1], programs, arguments[3]));
  return 0;
}
