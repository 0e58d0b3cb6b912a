// The virtual machines that programs run under: of a fake kernel, or of the host's.
//
// What of KVM a program meets follows from the program. Sections are split so that the greatest
// block, of 16 pages or more, takes four slots or more, but for programs that coalesce. A VM has
// manual dirty log protection if the program has a `logclear`. A fake kernel has
//   - one address space of memory if regions become unmergeable, else two;
//   - no room for some slots if aliases are aimed anew, else slots for four times as many pieces as
//     there are blocks;
//   - no read-only slots if ROM devices change their mode and nothing else becomes read-only;
//   - no coalesced zones of memory if there are reservations, none of ports if there are RAM
//     devices;
//   - pages of 16 KiB, where the guest's are of 4, if regions become nonvolatile and RAM is little.
// The real kernel keeps an entry for each page of a slot: programs with more RAM than
// kRealRamBytesMax get a fake one, and are counted.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "fuzz/differential.h"
#include "fuzz/hypervisor.h"
#include "fuzz/machine.h"
#include "fuzz/program.h"

namespace flatcheck {

class VirtualMachines {
 public:
  static constexpr std::uint64_t kRealRamBytesMax = 1ull << 30;

  enum class Kernel { kFake, kReal };
  // Why /dev/kvm cannot be used, in one line; nothing where it can.
  static std::string WhyNotReal();

  explicit VirtualMachines(Kernel kernel);
  ~VirtualMachines();

  // Why programs get a fake kernel although the real one was wanted; nothing where they do not.
  const std::string& why_fake() const { return why_fake_; }

  std::unique_ptr<Machine> NewReference(const Program& program);
  std::unique_ptr<Machine> NewEngine(const Program& program);

  // Whether the program gets a fake kernel because of its size.
  bool IsTooLarge(const Program& program) const;

 private:
  struct Real;

  HypervisorOptions OptionsFor(const Program& program);
  // The real VM that suits the program, if it is to have one.
  Real* RealFor(const Program& program);

  Kernel kernel_;
  std::array<std::unique_ptr<Real>, 2> real_;  // Without and with manual dirty log protection.
  std::string why_fake_;
};

Differential UnderKvm(Oracles oracles, const std::shared_ptr<VirtualMachines>& machines);

}  // namespace flatcheck
