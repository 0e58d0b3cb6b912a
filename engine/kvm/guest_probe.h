// A GuestProbe is a guest in a virtual machine of KVM that reads and writes what it is told to: one
// vCPU in long mode, on x86-64, with a few pages of its own. It shows what the memory slots,
// ioeventfds and coalesced zones of the VM are worth to a guest.
//
// Accesses are single instructions; a batch of them is one KVM_RUN for about 200 and one more for
// each exit. What a slot or an ioeventfd serves costs no exit.
//
// Unreachable are address spaces but the first, widths that no instruction has, ports from 0x10000
// on, and all that is not wholly below first_own_address(). The probe's pages begin there, 16 GiB
// below the end of the guest's physical addresses, of which it uses 48 bits at most: AMD processors
// keep the last 12 GiB for themselves.
//
// Where the guest cannot go on - the kernel gives up, a slot's host memory is missing, the
// processor shuts down - the access at fault fails, the vCPU is set up anew, and the guest goes on
// behind it; if nobody knows where it was, all that is left of the KVM_RUN fails. The guest has no
// loop to be caught in, and so many exits and no more.
//
// An access is cut at the border of two pages. All parts that are memory, ioeventfd or coalesced
// are done before the first of the others leaves the guest.
//
// Lifetime: the VM outlives its probe, has had no vCPU before it, and has no interrupt controller
// in the kernel. The probe's slot goes with the probe.
// Threads: one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "engine/kvm/coalesced_ring.h"
#include "engine/kvm/guest_code.h"
#include "engine/kvm/guest_pages.h"
#include "engine/kvm/guest_vcpu.h"
#include "engine/kvm/kvm_vm.h"

namespace flatcheck::engine {

class GuestProbe {
 public:
  static constexpr std::uint32_t kSlots = 1;

  // `slot` is the number of the slot that it takes, in address space 0. The file descriptors stay
  // the caller's. Null with `error` set where the host refuses.
  static std::unique_ptr<GuestProbe> Create(int kvm_fd, int vm_fd, std::uint32_t slot,
                                            std::error_code& error);
  ~GuestProbe();
  GuestProbe(const GuestProbe&) = delete;
  GuestProbe& operator=(const GuestProbe&) = delete;

  // Nothing else may be given to the guest from here on.
  std::uint64_t first_own_address() const { return pages_.first(); }

  // As KvmVm::Run. `exit` gets the number of the access that led to the exit; for a coalesced one,
  // of the write that was set aside.
  void Run(std::span<GuestAccess> accesses, const GuestExitHandler& exit);

 private:
  struct Batch;
  struct Range {  // Of numbers_.
    std::size_t begin;
    std::size_t end;
  };

  GuestProbe(int vm_fd, std::uint32_t slot, std::unique_ptr<GuestVcpu> vcpu);

  [[nodiscard]] int SetSlot(std::uint64_t size);
  [[nodiscard]] int ResetVcpu();
  [[nodiscard]] int RenewWindow();

  bool IsReachable(const GuestAccess& access) const;
  std::size_t Prepare(std::span<GuestAccess> accesses, std::size_t begin);
  void RunPrepared(Batch& batch);
  void WriteCodeFrom(std::size_t begin);
  std::optional<Range> RunToEnd(Batch& batch, std::size_t begin);
  std::optional<std::size_t> AccessNow(bool is_write) const;
  void TakeResults(std::span<GuestAccess> accesses) const;
  void Leave(Batch& batch, std::size_t number);
  void Deliver(Batch& batch, std::size_t latest);

  const int vm_fd_;
  const std::uint32_t slot_;
  const std::unique_ptr<GuestVcpu> vcpu_;
  GuestPages pages_;
  CoalescedRing ring_;
  bool has_slot_ = false;
  bool works_ = true;  // The VM gave back neither the slot nor the vCPU.

  GuestCode code_;
  std::vector<std::size_t> numbers_;  // In the batch, of the accesses in code_.
};

}  // namespace flatcheck::engine
