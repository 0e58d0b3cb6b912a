// A ComparedKvmVm asks a virtual machine and a fake kernel the same, and notes where they answer
// differently. What the guest does and is told comes from the virtual machine.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/kvm/fake_kvm_vm.h"
#include "engine/kvm/kvm_vm.h"

namespace flatcheck::engine {

class ComparedKvmVm final : public KvmVm {
 public:
  // REQUIRES: both are as they were made, and the fake one has the capabilities of the other.
  ComparedKvmVm(std::unique_ptr<KvmVm> vm, std::shared_ptr<FakeKvmVm> fake);

  const KvmCapabilities& capabilities() const override { return vm_->capabilities(); }

  [[nodiscard]] int SetMemorySlot(const KvmMemorySlot& slot) override;
  [[nodiscard]] int GetDirtyLog(std::uint32_t slot, std::span<std::uint64_t> pages) override;
  [[nodiscard]] int ClearDirtyLog(std::uint32_t slot, std::uint64_t first_page,
                                  std::uint32_t page_count,
                                  std::span<const std::uint64_t> pages) override;
  [[nodiscard]] int AssignIoEventfd(const KvmIoEventfd& entry) override;
  [[nodiscard]] int DeassignIoEventfd(const KvmIoEventfd& entry) override;
  [[nodiscard]] int RegisterCoalescedZone(const KvmCoalescedZone& zone) override;
  [[nodiscard]] int UnregisterCoalescedZone(const KvmCoalescedZone& zone) override;

  void Run(std::span<GuestAccess> accesses, const GuestExitHandler& exit) override;
  std::uint64_t TakeSignals(std::uint32_t notifier) override {
    return vm_->TakeSignals(notifier);
  }

  // One line for each difference, in order.
  const std::vector<std::string>& differences() const { return differences_; }

 private:
  int Compare(std::string_view request, int is, int should);

  std::unique_ptr<KvmVm> vm_;
  std::shared_ptr<FakeKvmVm> fake_;
  std::vector<std::uint64_t> fake_pages_;
  std::vector<std::string> differences_;
};

}  // namespace flatcheck::engine
