// A Hypervisor is what KVM makes of a machine's map: memory slots, and a guest that lives in them.
//
// Live address spaces take part by age: the oldest is KVM's address space 0, the next one its
// address space 1 where the kernel has two, and the one after these is the I/O ports. A space takes
// part from its creation; who it is does not change while it lives, and what a destroyed one leaves
// goes to the next space that is created.

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/kvm/kvm_vm.h"
#include "fuzz/limits.h"
#include "fuzz/trace.h"

namespace flatcheck {

struct HypervisorOptions {
  engine::KvmCapabilities capabilities;
  std::uint64_t slot_bytes_max = 1ull << 42;
  bool is_short_of_memory = false;  // The kernel.
};

// Whether a kernel that is short of memory refuses a slot: one in eight, by where it is, and one
// for reading elsewhere than one for writing.
constexpr bool LacksRoom(std::uint64_t guest_address, bool readonly) {
  return guest_address / limits::kPageSize % 8 == (readonly ? 3 : 2);
}

// A memory slot, whatever its number, and its dirty log as the kernel should have it: a fake one
// beside the host's, with which kernels_agree compares that.
struct SlotSeen {
  std::uint16_t address_space = 0;  // KVM's.
  std::uint64_t guest_address = 0;
  std::uint64_t size = 0;
  RegionSlot region;
  std::uint64_t offset = 0;  // In the region's block.
  bool readonly = false;
  bool logs_dirty_pages = false;
  std::vector<std::uint64_t> dirty_pages;  // Numbers in the slot, ascending.
  bool operator==(const SlotSeen&) const = default;
};

// An ioeventfd or a coalesced zone that the kernel has.
struct BusEntrySeen {
  engine::KvmBus bus = engine::KvmBus::kMmio;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  bool is_zone = false;
  bool matches_data = false;  // That, and what follows, of an ioeventfd.
  std::uint64_t data = 0;     // 0 where it is not matched.
  std::uint32_t notifier = 0;
  auto operator<=>(const BusEntrySeen&) const = default;
};

struct ExitSeen {
  std::size_t access = 0;  // Its number in the batch; of a coalesced write 0.
  engine::GuestExit exit;
  bool operator==(const ExitSeen&) const = default;
};

struct SignalsSeen {
  std::uint32_t notifier = 0;
  std::uint64_t count = 0;
  bool operator==(const SignalsSeen&) const = default;
};

// What a batch of accesses by the guest came to, besides what it read.
struct GuestSeen {
  std::vector<ExitSeen> exits;
  std::vector<SignalsSeen> signals;  // By the kernel, by ascending notifier; none of count 0.
  Trace emulation;                   // Steps of `read` and `write` that the exits led to.

  void Clear() {
    exits.clear();
    signals.clear();
    emulation.Clear();
  }
};

class Hypervisor {
 public:
  virtual ~Hypervisor() = default;

  virtual const HypervisorOptions& options() const = 0;

  // Appends the slots by ascending address space and guest address.
  virtual void ObserveSlots(std::vector<SlotSeen>& slots) const = 0;
  // Appends their numbers, in any order; bits 16 and up are KVM's address space. None of a machine
  // that does not number its slots.
  virtual void ObserveSlotNumbers(std::vector<std::uint32_t>& /*numbers*/) const {}
  // Appends what is on the kernel's buses, in any order.
  virtual void ObserveBuses(std::vector<BusEntrySeen>& entries) const = 0;

  // The guest does all accesses, in order; exits are answered by the machine as `read` and `write`
  // of the address space. Sets the values of reads, and outcomes, and appends to `seen`.
  virtual void RunGuest(std::span<engine::GuestAccess> accesses, GuestSeen& seen) = 0;

  // Where two kernels that were asked the same have answered differently, in words; else nothing.
  virtual std::string KernelsDiffer() const { return {}; }
  // KVM lets go of all spaces, and the machine goes on without it. Says what is left in the kernel,
  // or what it was asked for that it never grants; nothing if that is nothing.
  virtual std::string Leave() { return {}; }
  // Requests on the kernel so far.
  virtual std::uint64_t ioctls() const { return 0; }
  // Those that create, change or delete slots.
  virtual std::uint64_t slot_ioctls() const { return 0; }
};

}  // namespace flatcheck
