// A GuestVcpu is the first vCPU of a virtual machine, in long mode and at privilege 0, with the
// processor features that the kernel offers. It has no interrupts, and an exception shuts it down.
// A VM with an interrupt controller in the kernel is refused (EINVAL): halts would never come out.
//
// Lifetime: the VM outlives it, and keeps what KVM has of it: one VM has one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>

#include "engine/kvm/kvm_vm.h"

struct kvm_run;

namespace flatcheck::engine {

class GuestVcpu {
 public:
  // Null with `error` set where the host refuses. The file descriptors stay the caller's.
  static std::unique_ptr<GuestVcpu> Create(int kvm_fd, int vm_fd, std::error_code& error);
  ~GuestVcpu();
  GuestVcpu(const GuestVcpu&) = delete;
  GuestVcpu& operator=(const GuestVcpu&) = delete;

  // Guest physical addresses have so many bits.
  unsigned address_bits() const { return address_bits_; }
  // The page that KVM shares for coalesced writes; null where the kernel has none.
  void* coalesced_ring() const { return ring_; }

  // The linear address of the instruction that comes next, or is not finished.
  std::optional<std::uint64_t> instruction() const;

  struct Start {
    std::uint64_t page_table = 0;   // Guest physical.
    std::uint64_t instruction = 0;  // Linear.
  };
  // Forgets whatever the vCPU was about. 0 or an errno.
  [[nodiscard]] int Reset(const Start& start);

  enum class Stop : std::uint8_t {
    kExit,  // last_exit()
    kHalt,
    kFailure,  // The guest cannot go on before a Reset.
  };
  Stop Run();
  // REQUIRES: the last Run came to an exit.
  GuestExit last_exit() const;
  // What the read gets that left the guest last.
  void Answer(std::uint64_t value);

 private:
  GuestVcpu() = default;

  [[nodiscard]] int Open(int kvm_fd, int vm_fd);
  [[nodiscard]] int SetCpuid(int kvm_fd);
  [[nodiscard]] int SetSpecialRegisters(std::uint64_t page_table);
  std::uint8_t* LastData() const;
  void FinishExit();

  int fd_ = -1;
  kvm_run* run_ = nullptr;
  std::size_t run_bytes_ = 0;
  void* ring_ = nullptr;
  unsigned address_bits_ = 0;
};

}  // namespace flatcheck::engine
