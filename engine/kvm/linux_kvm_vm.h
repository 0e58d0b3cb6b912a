// A LinuxKvmVm is a virtual machine of this host's kernel: a KvmVm on the ioctls of /dev/kvm.
//
// Its guest is in KVM's address space 0 alone, for x86-64. It keeps some slots and the addresses
// from capabilities().address_end on for what its guest runs on: both are refused to others
// (EINVAL), as numbers and addresses that KVM does not have.
//
// Lifetime: host memory of slots is the caller's, and outlives them or the VM. Destruction leaves
// nothing in the kernel.
// Threads: one at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "engine/kvm/guest_probe.h"
#include "engine/kvm/kvm_vm.h"

namespace flatcheck::engine {

struct LinuxKvmVmOptions {
  // KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, new logs being clean. capabilities() says whether the kernel
  // has it.
  bool manual_dirty_log_protect = false;
};

inline constexpr int kKvmApiVersion = 12;  // Any other is refused.

class LinuxKvmVm final : public KvmVm {
 public:
  struct Opened {
    std::unique_ptr<LinuxKvmVm> vm;  // Null if there is none,
    std::string reason;              // then why, in one line.
  };

  static Opened Open(const LinuxKvmVmOptions& options = {});
  ~LinuxKvmVm() override;

  const KvmCapabilities& capabilities() const override { return capabilities_; }

  [[nodiscard]] int SetMemorySlot(const KvmMemorySlot& slot) override;
  [[nodiscard]] int GetDirtyLog(std::uint32_t slot, std::span<std::uint64_t> pages) override;
  [[nodiscard]] int ClearDirtyLog(std::uint32_t slot, std::uint64_t first_page,
                                  std::uint32_t page_count,
                                  std::span<const std::uint64_t> pages) override;
  // A notifier that is new to the VM costs a file descriptor: EMFILE.
  [[nodiscard]] int AssignIoEventfd(const KvmIoEventfd& entry) override;
  [[nodiscard]] int DeassignIoEventfd(const KvmIoEventfd& entry) override;
  [[nodiscard]] int RegisterCoalescedZone(const KvmCoalescedZone& zone) override;
  [[nodiscard]] int UnregisterCoalescedZone(const KvmCoalescedZone& zone) override;

  void Run(std::span<GuestAccess> accesses, const GuestExitHandler& exit) override;
  std::uint64_t TakeSignals(std::uint32_t notifier) override;

 private:
  LinuxKvmVm() = default;

  // Says why it cannot, or nothing.
  std::string Start(const LinuxKvmVmOptions& options);
  std::string StartGuest();
  void ReadCapabilities();
  std::uint32_t Extension(int capability) const;

  // Is the slot one that capabilities() allows?
  bool IsOffered(std::uint32_t slot) const;
  int IoEventfd(const KvmIoEventfd& entry, std::uint32_t flags);
  // -1 and errno if there is none.
  int EventfdOf(std::uint32_t notifier);

  int kvm_ = -1;
  int vm_ = -1;
  KvmCapabilities capabilities_;
  std::unique_ptr<GuestProbe> guest_;
  std::unordered_map<std::uint32_t, int> eventfds_;  // By notifier.
};

}  // namespace flatcheck::engine
