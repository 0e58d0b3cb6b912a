// A FakeIoBus is the MMIO or port bus of a FakeKvmVm: the ioeventfds and coalesced zones on it, in
// the order in which the kernel keeps them and offers writes to them.
//
// Devices are sorted, and a write finds them by a binary search, under a comparison by which
// devices that overlap are equal: no order at all. Where they overlap, a device may therefore be
// hidden from a write that it could take. That too is as in the kernel.

#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "engine/kvm/kvm_vm.h"

namespace flatcheck::engine {

class FakeIoBus {
 public:
  using Device = std::variant<KvmIoEventfd, KvmCoalescedZone>;

  // A bus that has as many zones accepts no further device (ENOSPC).
  static constexpr std::size_t kZonesMax = 1000;

  // memory-map 8.9. They answer 0 or an errno.
  int Assign(const KvmIoEventfd& entry);
  int Deassign(const KvmIoEventfd& entry);
  int Register(const KvmCoalescedZone& zone);
  // Every zone that contains the given one goes (memory-map 8.10).
  void Unregister(const KvmCoalescedZone& zone);

  std::span<const Device> devices() const { return devices_; }
  // Those that a write is offered to, in this order, until one takes it.
  std::span<const Device> OfferedTo(std::uint64_t address, std::uint8_t size) const;

 private:
  int Insert(const Device& device);
  bool Collides(const KvmIoEventfd& entry) const;

  std::vector<Device> devices_;
  std::size_t zones_ = 0;
};

// Would a write signal it? Of ports the same.
bool Matches(const KvmIoEventfd& entry, const GuestExit& write);
// Does the zone contain the bytes? In the kernel's arithmetic, where a length is an int.
bool Contains(const KvmCoalescedZone& zone, std::uint64_t address, std::uint32_t size);

}  // namespace flatcheck::engine
