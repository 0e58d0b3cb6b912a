// Linked to a KVM listener with a fault: runs generated programs under KVM until an oracle sees the
// fault, under the fake kernel and, where there is one, the real one. Prints a line for a table.
//
//   kvm_listener_faults NAME SECONDS
//
// Exit status: 0 seen under the fake kernel, 1 not.

#include <fmt/core.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "fuzz/generator.h"
#include "fuzz/virtual_machines.h"

namespace {

using namespace flatcheck;
using Clock = std::chrono::steady_clock;
using Kernel = VirtualMachines::Kernel;

// What saw the fault and after how many programs; "-" if nothing did in time.
std::string Seen(Kernel kernel, std::chrono::seconds time, bool guest_alone) {
  const auto machines = std::make_shared<VirtualMachines>(kernel);
  Differential differential = UnderKvm(Oracles::kKvm, machines);
  if (guest_alone) differential.guest_agrees().TrustSlots();
  const Clock::time_point end = Clock::now() + time;
  for (std::uint64_t seed = 0; Clock::now() < end; ++seed) {
    const auto wrong = differential.Check(Generate(seed));
    if (wrong) return fmt::format("{} {} ({})", wrong->oracle, wrong->field, seed + 1);
  }
  return "-";
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 3) return 2;
  const std::chrono::seconds time(std::atoi(arguments[2]));
  const std::string fake = Seen(Kernel::kFake, time, false);
  const std::string guest = Seen(Kernel::kFake, time, true);
  const std::string why_not = VirtualMachines::WhyNotReal();
  const std::string real = why_not.empty() ? Seen(Kernel::kReal, time, true) : "SKIP";
  fmt::print("| {} | {} | {} | {} |\n", arguments[1], fake, guest, real);
  return fake == "-" ? 1 : 0;
}
