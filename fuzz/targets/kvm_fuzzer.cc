// Under KVM, engine and reference make the same memory slots, and a guest that looks after each
// commit meets the same: on the host's kernel where /dev/kvm works, on a fake one elsewhere.
//
//   --kvm=real|fake  takes that kernel; without a real one the process says so and takes the fake.

#include <fmt/core.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/abort_on_disagreement.h"
#include "fuzz/program_codec.h"
#include "fuzz/targets/target.h"
#include "fuzz/virtual_machines.h"

namespace {

using flatcheck::Differential;
using flatcheck::VirtualMachines;
using Kernel = VirtualMachines::Kernel;

struct Session {
  explicit Session(Kernel kernel)
      : machines(std::make_shared<VirtualMachines>(kernel)),
        differential(flatcheck::UnderKvm(flatcheck::Oracles::kKvm, machines)) {
    differential.guest_agrees().LimitAccesses(VirtualMachines::kFuzzedAccessesMax);
  }

  std::shared_ptr<VirtualMachines> machines;
  Differential differential;
  std::uint64_t programs = 0;
};

std::optional<Session> session;

void PrintTally() {
  const flatcheck::GuestTally& tally = session->differential.guest_agrees().tally();
  fmt::print(stderr,
             "KVM: {} programs ({} too large for the real kernel), {} commits probed, "
             "{} accesses ({} skipped), {} ioctls\n",
             session->programs, session->machines->too_large(), tally.commits, tally.accesses,
             tally.skipped, session->machines->ioctls());
}

Kernel ChooseKernel(std::string_view wanted) {
  const std::string why_not = VirtualMachines::WhyNotReal();
  if (wanted == "fake") return Kernel::kFake;
  if (why_not.empty()) return Kernel::kReal;
  fmt::print(stderr, "KVM: SKIP ({}); the fake kernel is used\n", why_not);
  return Kernel::kFake;
}

}  // namespace

flatcheck::Theme TargetTheme() { return flatcheck::Theme::kKvm; }

extern "C" int LLVMFuzzerInitialize(int* argument_count, char*** arguments) {
  std::string_view wanted;
  for (int i = 1; i < *argument_count; ++i) {
    const std::string_view argument = (*arguments)[i];
    if (argument.starts_with("--kvm=")) wanted = argument.substr(6);
  }
  if (!wanted.empty() && wanted != "real" && wanted != "fake") {
    fmt::print(stderr, "--kvm={}: expected real or fake\n", wanted);
    std::exit(2);
  }
  session.emplace(ChooseKernel(wanted));
  std::atexit(PrintTally);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ++session->programs;
  flatcheck::AbortOnDisagreement(flatcheck::Decode({data, size}), session->differential);
  return 0;
}
