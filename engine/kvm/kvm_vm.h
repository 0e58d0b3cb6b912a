// A KvmVm is one virtual machine of KVM, as far as its memory goes: the ioctls that shape it, and a
// guest that reads and writes it. Linux is one (linux_kvm_vm.h); a fake kernel that keeps the rules
// of memory-map 8.8 to 8.10 is another (fake_kvm_vm.h).
//
// Calls answer 0 or an errno, as the kernel does, and leave everything as it was when they fail.
// Slots are named by address space and number: `slot` is number | address space << 16.

#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace flatcheck::engine {

struct KvmCapabilities {
  std::uint64_t page_size = 0x1000;
  // Slots take addresses below it, pages that the VM keeps for itself being above.
  std::uint64_t address_end = 1ull << 48;
  std::uint64_t slot_pages_max = (1ull << 31) - 1;
  std::uint32_t slots_max = 32764;        // Of one address space: numbers 0 to slots_max - 1.
  std::uint32_t address_spaces = 1;       // KVM_CAP_MULTI_ADDRESS_SPACE, at least 1.
  bool readonly_memory = true;            // KVM_CAP_READONLY_MEM
  bool manual_dirty_log_protect = false;  // ClearDirtyLog clears, GetDirtyLog does not.
  bool coalesced_mmio = true;             // KVM_CAP_COALESCED_MMIO
  bool coalesced_pio = true;              // KVM_CAP_COALESCED_PIO
  std::uint32_t dirty_ring_bytes = 0;     // KVM_CAP_DIRTY_LOG_RING; bitmaps are used all the same.
};

inline constexpr std::uint32_t kKvmLogDirtyPages = 1u << 0;
inline constexpr std::uint32_t kKvmReadonly = 1u << 1;

// KVM_SET_USER_MEMORY_REGION; a size of 0 deletes the slot.
struct KvmMemorySlot {
  std::uint32_t slot = 0;
  std::uint32_t flags = 0;
  std::uint64_t guest_address = 0;
  std::uint64_t size = 0;  // Bytes.
  std::uint64_t host_address = 0;
  bool operator==(const KvmMemorySlot&) const = default;
};

enum class KvmBus : std::uint8_t { kMmio, kPortIo };

// KVM_IOEVENTFD. The VM makes an eventfd for each notifier that it is told of.
struct KvmIoEventfd {
  KvmBus bus = KvmBus::kMmio;
  std::uint64_t address = 0;
  std::uint32_t size = 0;  // Bytes; 0 matches an access of any size.
  bool match_data = false;
  std::uint64_t data = 0;
  std::uint32_t notifier = 0;
  bool operator==(const KvmIoEventfd&) const = default;
};

// KVM_REGISTER_COALESCED_MMIO
struct KvmCoalescedZone {
  KvmBus bus = KvmBus::kMmio;
  std::uint64_t address = 0;
  std::uint32_t size = 0;  // Bytes.
  bool operator==(const KvmCoalescedZone&) const = default;
};

// An access by the guest, with one instruction.
struct GuestAccess {
  enum class Outcome : std::uint8_t {
    kDone,
    kUnreachable,  // The guest cannot form the address, or has no such address space or port.
    kFailed,       // The kernel gave up: a fault of the VM, or of what it was told.
  };

  KvmBus bus = KvmBus::kMmio;
  std::uint16_t address_space = 0;
  std::uint64_t address = 0;
  std::uint8_t size = 1;  // 1, 2, 4, and on the MMIO bus 8.
  bool is_write = false;
  std::uint64_t value = 0;  // Little endian; of a read, what the guest got.
  Outcome outcome = Outcome::kDone;
  bool operator==(const GuestAccess&) const = default;
};

// A part of an access that neither a slot nor an ioeventfd served: it leaves the guest.
struct GuestExit {
  KvmBus bus = KvmBus::kMmio;
  std::uint64_t address = 0;
  std::uint8_t size = 1;
  bool is_write = false;
  std::uint64_t value = 0;    // Little endian; of a write.
  bool is_coalesced = false;  // A write that was set aside; the guest went on without an answer.
  bool operator==(const GuestExit&) const = default;
};

// Called for each exit with the number of the access in the batch; answers what a read gets. It
// must not call the VM.
using GuestExitHandler = std::function<std::uint64_t(std::size_t access, const GuestExit& exit)>;

class KvmVm {
 public:
  KvmVm() = default;
  KvmVm(const KvmVm&) = delete;
  KvmVm& operator=(const KvmVm&) = delete;
  virtual ~KvmVm() = default;

  virtual const KvmCapabilities& capabilities() const = 0;

  [[nodiscard]] virtual int SetMemorySlot(const KvmMemorySlot& slot) = 0;
  // Bit i of `pages` is the slot's i-th page. Without manual_dirty_log_protect the slot's pages are
  // clean afterwards. REQUIRES: `pages` has a bit for each page of the slot.
  [[nodiscard]] virtual int GetDirtyLog(std::uint32_t slot, std::span<std::uint64_t> pages) = 0;
  // Bit i of `pages` is the page first_page + i: those with a set bit are clean afterwards.
  // REQUIRES: `pages` has a bit for each of page_count pages.
  [[nodiscard]] virtual int ClearDirtyLog(std::uint32_t slot, std::uint64_t first_page,
                                          std::uint32_t page_count,
                                          std::span<const std::uint64_t> pages) = 0;
  [[nodiscard]] virtual int AssignIoEventfd(const KvmIoEventfd& entry) = 0;
  [[nodiscard]] virtual int DeassignIoEventfd(const KvmIoEventfd& entry) = 0;
  [[nodiscard]] virtual int RegisterCoalescedZone(const KvmCoalescedZone& zone) = 0;
  [[nodiscard]] virtual int UnregisterCoalescedZone(const KvmCoalescedZone& zone) = 0;

  // The guest does all of them, in order. Whatever was set aside is delivered before the next exit,
  // and at the end.
  virtual void Run(std::span<GuestAccess> accesses, const GuestExitHandler& exit) = 0;
  // How often the kernel signalled the notifier since this was last asked.
  virtual std::uint64_t TakeSignals(std::uint32_t notifier) = 0;
};

}  // namespace flatcheck::engine
