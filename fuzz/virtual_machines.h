// The virtual machines that programs run under: of a fake kernel, or of the host's.
//
// What of KVM a program meets follows from the program: a VM has manual dirty log protection if the
// program clears logs; a fake kernel has no read-only slots if ROM devices change their mode and
// nothing else becomes read-only; sections are split so that the greatest block takes four slots or
// more. The real kernel keeps an entry for each page of a slot: programs with more RAM than
// kRealRamBytesMax get a fake one, and are counted.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/kvm/fake_kvm_vm.h"
#include "fuzz/differential.h"
#include "fuzz/hypervisor.h"
#include "fuzz/machine.h"
#include "fuzz/program.h"

namespace flatcheck {

class VirtualMachines {
 public:
  static constexpr std::uint64_t kRealRamBytesMax = 1ull << 30;
  // That a fuzz target lets a guest do of one view: a real vCPU takes some microseconds for each.
  static constexpr std::size_t kFuzzedAccessesMax = 12;

  enum class Kernel { kFake, kReal };
  // Why /dev/kvm cannot be used, in one line; nothing where it can.
  static std::string WhyNotReal();

  // REQUIRES: of kReal, that WhyNotReal() is empty.
  explicit VirtualMachines(Kernel kernel);
  ~VirtualMachines();

  std::unique_ptr<Machine> NewReference(const Program& program);
  std::unique_ptr<Machine> NewEngine(const Program& program);

  // That machines asked for.
  std::uint64_t ioctls() const;
  // Programs that got a fake kernel although the real one was wanted.
  std::uint64_t too_large() const { return too_large_; }

 private:
  struct Real;

  HypervisorOptions OptionsFor(const Program& program);
  // The real VM that suits the program, if it is to have one.
  Real* RealFor(const Program& program);

  Kernel kernel_;
  std::array<std::unique_ptr<Real>, 2> real_;  // Without and with manual dirty log protection.
  std::shared_ptr<engine::FakeKvmVm> fake_;    // Of the newest machine without a real kernel.
  std::uint64_t fake_ioctls_ = 0;              // Of those before.
  std::uint64_t too_large_ = 0;
};

Differential UnderKvm(Oracles oracles, const std::shared_ptr<VirtualMachines>& machines);

}  // namespace flatcheck
