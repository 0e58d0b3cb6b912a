// The engine under KVM, in a virtual machine whose kernel may be a fake one.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/kvm/fake_kvm_vm.h"
#include "engine/kvm/kvm_listener.h"
#include "engine/kvm/kvm_vm.h"
#include "fuzz/engine_machine.h"
#include "fuzz/hypervisor.h"

namespace flatcheck {

class EngineUnderKvm final : public EngineMachine, public Hypervisor {
 public:
  // `kernel` is the VM itself, or a fake that is told all that the VM is. Both are empty, and are
  // so again when the machine is gone.
  EngineUnderKvm(std::shared_ptr<engine::KvmVm> vm, std::shared_ptr<engine::FakeKvmVm> kernel,
                 const HypervisorOptions& options);
  ~EngineUnderKvm() override;

  std::string_view Apply(const Operation& operation, Trace& trace) override;
  Hypervisor* hypervisor() override { return this; }

  const HypervisorOptions& options() const override { return options_; }
  void ObserveSlots(std::vector<SlotSeen>& slots) const override;
  void RunGuest(std::span<engine::GuestAccess> accesses, GuestSeen& seen) override;

  // The requests that the kernel refused, in words.
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  // Of a space that takes part (fuzz/hypervisor.h).
  struct Place {
    engine::KvmBus bus;
    std::uint16_t address_space;
    SpaceSlot space = {};  // Absent: free.
    std::unique_ptr<engine::MemoryListener> listener = {};
  };

  void Attach(SpaceSlot space);
  std::string_view DestroySpace(const op::SpaceDestroy& destroy, Trace& trace);
  // What the exit's read gets.
  std::uint64_t Emulate(SpaceSlot space, const engine::GuestExit& exit, Trace& trace);
  SpaceSlot SpaceOf(engine::KvmBus bus, std::uint16_t address_space) const;

  std::shared_ptr<engine::KvmVm> vm_;
  std::shared_ptr<engine::FakeKvmVm> kernel_;
  HypervisorOptions options_;
  std::vector<Place> places_;
  std::vector<std::string> failures_;
};

}  // namespace flatcheck
