// A CoalescedRing holds the writes that the kernel set aside for a VM, in the guest's order: the
// page that KVM shares with the mapping of a vCPU (KVM_CAP_COALESCED_MMIO). It has room for
// kEntriesMax; a write that finds it full leaves the guest.
//
// The kernel does not say which access an entry came from. Accesses go in order, and equal ones
// fare alike, so it is the first write from where the last entry was that wrote these bytes there.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/kvm/kvm_vm.h"

namespace flatcheck::engine {

class CoalescedRing {
 public:
  static constexpr std::uint32_t kEntriesMax = 169;

  // A null `page` is that of a kernel without one. It outlives the ring.
  explicit CoalescedRing(void* page) : page_(static_cast<std::uint8_t*>(page)) {}

  // Takes the oldest entry.
  std::optional<GuestExit> Take();

 private:
  std::uint8_t* page_;
};

// Finds the accesses of one batch that entries came from.
class CoalescedOrigins {
 public:
  explicit CoalescedOrigins(std::span<const GuestAccess> accesses) : accesses_(accesses) {}

  // The next entry's, which is `latest` or before it; `latest` if none wrote it.
  std::size_t Of(const GuestExit& entry, std::size_t latest);
  // From here on entries come from later accesses.
  void Pass(std::size_t access);

 private:
  std::span<const GuestAccess> accesses_;
  std::size_t access_ = 0;
  std::uint64_t address_ = 0;  // Where the next entry of access_ begins, at the earliest.
};

}  // namespace flatcheck::engine
