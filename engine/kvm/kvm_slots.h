// KvmSlots are the memory slots that the kernel has of one KVM address space. Each request is one
// ioctl, or two where the kernel wants it so; one that is refused is told and changes nothing.
//
// Slots lie in a map by guest address. A new slot takes the lowest free number (memory-map 8.2).
//
// Invariants:
//   1. Every slot is one of the kernel's; two do not overlap and have different numbers.
//   2. KvmSlot::synced is empty where the slot does not log.
// Lifetime: a KvmSlot stays where it is until it is deleted.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/kvm/kvm_failure.h"
#include "engine/kvm/kvm_vm.h"

namespace flatcheck::engine {

class MemoryRegion;

struct KvmSlot {
  // During a commit.
  enum class Fate : std::uint8_t { kStays, kGoes, kMoves };

  bool logs() const { return (memory.flags & kKvmLogDirtyPages) != 0; }
  bool readonly() const { return (memory.flags & kKvmReadonly) != 0; }

  KvmMemorySlot memory;
  const MemoryRegion* region = nullptr;  // Whose bytes it is; null if that may be destroyed.
  std::uint64_t block_offset = 0;        // Of its first byte.
  // Under manual_dirty_log_protect: the pages that the last sync found dirty, less those cleared
  // since. Empty before the first.
  std::vector<std::uint64_t> synced = {};
  Fate fate = Fate::kStays;
  std::size_t move = 0;  // Its number among the commit's moves.
};

class KvmSlots {
 public:
  KvmSlots(KvmVm& vm, std::uint16_t address_space, const KvmFailed& failed)
      : vm_(vm), address_space_(address_space), failed_(failed) {}

  std::size_t size() const { return slots_.size(); }
  std::size_t size_max() const { return vm_.capabilities().slots_max; }

  // The slot that begins there, or null.
  KvmSlot* FindAt(std::uint64_t guest_address);
  // The lowest slot but `self` that has a byte in [first, last], or null.
  KvmSlot* FindOverlap(std::uint64_t first, std::uint64_t last, const KvmSlot* self);
  // Calls visit(slot) for those with a byte in [first, last], ascending; it may delete the slot.
  template <class Visit>
  void ForEachIn(std::uint64_t first, std::uint64_t last, Visit visit) {
    for (auto slot = FirstEndingAt(first);
         slot != slots_.end() && slot->second.memory.guest_address <= last;) {
      visit((slot++)->second);
    }
  }

  // Gives it a number.
  void Create(KvmSlot wanted);
  bool Delete(KvmSlot& slot);
  // REQUIRES: readonly stays as it is.
  bool Move(KvmSlot& slot, std::uint64_t guest_address, std::uint32_t flags);
  // A slot whose readonly changes is deleted and made anew; it is gone if only the latter is
  // refused (memory-map 8.3).
  void SetFlags(KvmSlot& slot, std::uint32_t flags);

 private:
  using ByAddress = std::map<std::uint64_t, KvmSlot>;

  ByAddress::iterator FirstEndingAt(std::uint64_t address);
  // KVM_SET_USER_MEMORY_REGION
  bool Ask(const KvmMemorySlot& memory);
  bool AskToDelete(const KvmMemorySlot& memory);
  std::optional<std::uint32_t> TakeNumber();
  void GiveBack(std::uint32_t slot);
  void Erase(const KvmSlot& slot);

  KvmVm& vm_;
  std::uint16_t address_space_;
  const KvmFailed& failed_;
  ByAddress slots_;
  std::vector<std::uint32_t> free_numbers_;  // Below numbers_end_: a heap, the lowest on top.
  std::uint32_t numbers_end_ = 0;            // Those from here on were never taken.
};

}  // namespace flatcheck::engine
