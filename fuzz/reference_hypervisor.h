// ReferenceUnderKvm is the reference with KVM under it: a program's traces are those that it has
// without, and a guest does what reference/model_guest.h says.
//
// An access that is kUnreachable has done nothing. That is so too where the kernel's rules leave
// open who takes a write (reference/kernel_bus.h).

#pragma once

#include "fuzz/hypervisor.h"
#include "fuzz/reference_machine.h"
#include "reference/model_guest.h"

namespace flatcheck {

class ReferenceUnderKvm final : public ReferenceMachine, public Hypervisor {
 public:
  explicit ReferenceUnderKvm(const HypervisorOptions& options = {});

  std::string_view Apply(const Operation& operation, Trace& trace) override;
  Hypervisor* hypervisor() override { return this; }

  const HypervisorOptions& options() const override { return options_; }
  void ObserveSlots(std::vector<SlotSeen>& slots) const override;
  void ObserveBuses(std::vector<BusEntrySeen>& entries) const override;
  void RunGuest(std::span<engine::GuestAccess> accesses, GuestSeen& seen) override;

 private:
  std::uint64_t Answer(const reference::GuestExit& exit, std::size_t access, GuestSeen& seen);

  const HypervisorOptions options_;
  reference::Guest guest_;
};

}  // namespace flatcheck
