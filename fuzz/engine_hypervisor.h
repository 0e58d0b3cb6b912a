// The engine under KVM, in a virtual machine whose kernel may be a fake one.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/kvm/compared_kvm_vm.h"
#include "engine/kvm/fake_kvm_vm.h"
#include "engine/kvm/kvm_listener.h"
#include "engine/kvm/kvm_vm.h"
#include "fuzz/engine_machine.h"
#include "fuzz/hypervisor.h"

namespace flatcheck {

// It has no slots, ioeventfds and coalesced zones.
bool IsEmpty(const engine::FakeKvmVm& kernel);

class EngineUnderKvm final : public EngineMachine, public Hypervisor {
 public:
  // In a VM of the fake kernel alone.
  EngineUnderKvm(std::shared_ptr<engine::FakeKvmVm> fake, const HypervisorOptions& options);
  // In a real VM; `fake` is the one that it is compared with. REQUIRES: it is empty.
  EngineUnderKvm(std::shared_ptr<engine::ComparedKvmVm> compared,
                 std::shared_ptr<engine::FakeKvmVm> fake, const HypervisorOptions& options);
  ~EngineUnderKvm() override;

  std::string_view Apply(const Operation& operation, Trace& trace) override;
  Hypervisor* hypervisor() override { return this; }

  const HypervisorOptions& options() const override { return options_; }
  void ObserveSlots(std::vector<SlotSeen>& slots) const override;
  void ObserveSlotNumbers(std::vector<std::uint32_t>& numbers) const override;
  void ObserveBuses(std::vector<BusEntrySeen>& entries) const override;
  void RunGuest(std::span<engine::GuestAccess> accesses, GuestSeen& seen) override;
  std::string KernelsDiffer() const override;
  std::string Leave() override;
  std::uint64_t ioctls() const override { return fake_->ioctls() - ioctls_before_; }
  std::uint64_t slot_ioctls() const override { return fake_->slot_ioctls() - slot_ioctls_before_; }

 private:
  // Of a space that takes part (fuzz/hypervisor.h).
  struct Place {
    engine::KvmBus bus;
    std::uint16_t address_space;
    SpaceSlot space = {};  // Absent: free.
    std::unique_ptr<engine::MemoryListener> listener = {};
  };

  void Attach(SpaceSlot space);
  engine::Refusal Register(const Place& place);
  void UnregisterAll();
  void Note(const engine::KvmFailure& failure);
  std::string_view DestroySpace(const op::SpaceDestroy& destroy, Trace& trace);
  // What the exit's read gets.
  std::uint64_t Emulate(SpaceSlot space, const engine::GuestExit& exit, Trace& trace);
  SpaceSlot SpaceOf(engine::KvmBus bus, std::uint16_t address_space) const;

  std::shared_ptr<engine::ComparedKvmVm> compared_;  // Or null.
  std::shared_ptr<engine::FakeKvmVm> fake_;
  engine::KvmVm& vm_;  // One of these.
  HypervisorOptions options_;
  std::uint64_t ioctls_before_;
  std::uint64_t slot_ioctls_before_;
  std::vector<Place> places_;
  std::string refused_;  // The last request that should not have been made.
};

}  // namespace flatcheck
