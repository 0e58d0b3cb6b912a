// Under KVM, engine and reference give the kernel the same memory slots and bus entries, and a
// guest that looks after each commit meets the same: on the host's kernel where /dev/kvm works, on
// a fake one elsewhere.
//
//   --kvm=real|fake  takes that kernel; where a real one is missing, a line says so.

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "fuzz/abort_on_disagreement.h"
#include "fuzz/program_codec.h"
#include "fuzz/targets/target.h"
#include "fuzz/virtual_machines.h"

using flatcheck::Differential;
using flatcheck::VirtualMachines;

namespace {

std::shared_ptr<VirtualMachines> machines;
std::optional<Differential> differential;
std::uint64_t too_large = 0;

void TellWhyFake() {
  if (machines->why_fake().empty()) return;
  fmt::print(stderr, "KVM: SKIP ({}); the fake kernel is used\n", machines->why_fake());
}

void PrintTally() {
  TellWhyFake();
  const flatcheck::GuestTally& tally = differential->guest_agrees().tally();
  fmt::print(stderr,
             "KVM: {} commits probed, {} accesses by a guest ({} skipped), {} ioctls, {} programs "
             "too large for the real kernel\n",
             tally.commits, tally.accesses, tally.skipped, tally.ioctls, too_large);
}

}  // namespace

flatcheck::Theme TargetTheme() { return flatcheck::Theme::kKvm; }

extern "C" int LLVMFuzzerInitialize(int* argument_count, char*** arguments) {
  auto kernel = VirtualMachines::Kernel::kReal;
  for (int i = 1; i < *argument_count; ++i) {
    const std::string_view argument = (*arguments)[i];
    if (!argument.starts_with("--kvm=") || argument == "--kvm=real") continue;
    if (argument != "--kvm=fake") {
      fmt::print(stderr, "{}: expected --kvm=real or --kvm=fake\n", argument);
      std::exit(2);
    }
    kernel = VirtualMachines::Kernel::kFake;
  }
  machines = std::make_shared<VirtualMachines>(kernel);
  differential.emplace(UnderKvm(flatcheck::Oracles::kKvm, machines));
  differential->guest_agrees().LimitAccesses(flatcheck::GuestAgrees::kFewAccesses);
  TellWhyFake();
  std::atexit(PrintTally);
  return flatcheck::PreferOptions(argument_count, arguments);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const flatcheck::Program program = flatcheck::Decode({data, size});
  if (machines->IsTooLarge(program)) ++too_large;
  flatcheck::AbortOnDisagreement(program, *differential);
  return 0;
}
