// A ComparedKvmVm puts every request to two virtual machines, the host's and a fake one, and notes
// where their answers differ. The host's is what counts.
//
// The guest runs on the host's alone; the fake is told what it wrote, so that its dirty logs keep
// step.
//
// Lifetime: both outlive it. REQUIRES: neither has slots, eventfds or zones when it is made, and
// both have the same capabilities.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/kvm/fake_kvm_vm.h"
#include "engine/kvm/kvm_vm.h"

namespace flatcheck::engine {

class ComparedKvmVm final : public KvmVm {
 public:
  // Later differences are left out.
  static constexpr std::size_t kDifferencesMax = 100;

  ComparedKvmVm(KvmVm& host, FakeKvmVm& fake) : host_(&host), fake_(&fake) {}

  const KvmCapabilities& capabilities() const override { return host_->capabilities(); }

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
  std::uint64_t TakeSignals(std::uint32_t notifier) override;

  // One line each: the request, and both answers.
  const std::vector<std::string>& differences() const { return differences_; }
  void ForgetDifferences() { differences_.clear(); }
  // Requests so far, refused ones among them.
  std::uint64_t ioctls() const { return fake_->ioctls(); }

 private:
  // Notes the difference and returns the host's answer.
  int Differ(const std::string& request, int host_error, int fake_error);
  void Note(std::string difference);

  KvmVm* host_;
  FakeKvmVm* fake_;
  std::vector<std::uint64_t> fake_pages_;
  std::vector<std::string> differences_;
};

}  // namespace flatcheck::engine
