// Linked to a KVM listener with a fault: runs generated programs under KVM until an oracle sees the
// fault. Prints which one did and after how many programs, `-` if none did in time, or
// `SKIP (reason)` without the real kernel.
//
//   kvm_listener_faults fake|fake-guest|real-guest SECONDS
//
// With `-guest` slots are not compared: the guest alone tells.

#include <fmt/core.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "fuzz/generator.h"
#include "fuzz/virtual_machines.h"

namespace {

using namespace flatcheck;
using Clock = std::chrono::steady_clock;
using Kernel = VirtualMachines::Kernel;

std::string Seen(std::string_view where, std::chrono::seconds time) {
  const Kernel kernel = where == "real-guest" ? Kernel::kReal : Kernel::kFake;
  const std::string why_not = kernel == Kernel::kReal ? VirtualMachines::WhyNotReal() : "";
  if (!why_not.empty()) return "SKIP (" + why_not + ")";
  Differential differential = UnderKvm(Oracles::kKvm, std::make_shared<VirtualMachines>(kernel));
  if (where != "fake") differential.guest_agrees().TrustSlots();
  const Clock::time_point end = Clock::now() + time;
  for (std::uint64_t seed = 0; Clock::now() < end; ++seed) {
    const auto wrong = differential.Check(Generate(seed, Theme::kKvm));
    if (wrong) return fmt::format("{} {} ({})", wrong->oracle, wrong->field, seed + 1);
  }
  return "-";
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 3) return 2;
  fmt::print("{}\n", Seen(arguments[1], std::chrono::seconds(std::atoi(arguments[2]))));
  return 0;
}
