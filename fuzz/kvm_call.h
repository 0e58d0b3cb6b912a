// A KvmCall asks a KvmVm for one thing, legal or not: every argument comes from a few values that
// meet each other and the borders of what the kernel takes.
//
// Any bytes are some calls, so that a fuzzing engine can make them.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/kvm/kvm_vm.h"

namespace flatcheck {

struct KvmSetSlot {
  engine::KvmMemorySlot slot;
  bool in_arena = false;  // host_address is an offset in memory that whoever asks provides.
};
struct KvmGetLog {
  std::uint32_t slot = 0;
};
struct KvmClearLog {
  std::uint32_t slot = 0;
  std::uint64_t first_page = 0;
  std::uint32_t page_count = 0;
  std::uint64_t pages = 0;  // Each word of the bitmap.
};
struct KvmAssign {
  engine::KvmIoEventfd entry;
};
struct KvmDeassign {
  engine::KvmIoEventfd entry;
};
struct KvmRegister {
  engine::KvmCoalescedZone zone;
};
struct KvmUnregister {
  engine::KvmCoalescedZone zone;
};
struct KvmRun {
  std::vector<engine::GuestAccess> accesses;
};

using KvmCall = std::variant<KvmSetSlot, KvmGetLog, KvmClearLog, KvmAssign, KvmDeassign,
                             KvmRegister, KvmUnregister, KvmRun>;

struct KvmCalls {
  bool manual_dirty_log_protect = false;
  std::vector<KvmCall> calls;
};

inline constexpr std::uint64_t kArenaPages = 160;   // Host addresses in the arena end within it.
inline constexpr std::uint64_t kSlotPagesMax = 80;  // Of slots that no rule refuses.
inline constexpr std::uint32_t kCallNotifiers = 4;  // Notifiers are numbers below it.

// Guest addresses lie about 0, 4 GiB, the end of what the VM takes, and beyond.
KvmCalls DecodeKvmCalls(std::span<const std::uint8_t> bytes, std::uint64_t address_end);

// One line.
std::string PrintKvmCall(const KvmCall& call);
std::string PrintGuestAccess(const engine::GuestAccess& access);

}  // namespace flatcheck
