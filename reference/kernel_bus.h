// A KernelBus is what the kernel looks at before a write that no slot takes leaves the guest:
// ioeventfds, which are signalled, and coalesced zones, which set the write aside (8.9, 8.10 of the
// rules). There is one for memory and one for I/O ports.
//
// The kernel sorts what is on a bus and searches it by halves, as if nothing on it overlapped. What
// it finds where things do overlap goes by the order in which they came; this model does not tell.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "reference/model_events.h"

namespace flatcheck::reference {

// Addresses [address, address + size), for coalescing.
struct Zone {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

class KernelBus {
 public:
  struct Device {
    std::uint64_t address = 0;
    std::uint64_t size = 0;            // 0 of an ioeventfd for writes of any size at the address.
    std::optional<Eventfd> eventfd{};  // None: a zone.
  };

  // Does nothing where the kernel refuses the entry: with one that the same write might meet, too.
  void Assign(const Eventfd& eventfd);
  // Does nothing unless there is one that is equal in all that it looks at.
  void Deassign(const Eventfd& eventfd);

  void Register(const Zone& zone);
  // Takes away every zone that contains this one: a part is enough, more than the whole does
  // nothing.
  void Unregister(const Zone& zone);

  struct Write {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::uint64_t value = 0;
  };
  enum class Taker { kNobody, kEventfd, kZone, kUntold };
  struct Answer {
    Taker taker = Taker::kNobody;
    std::uint8_t notifier = 0;  // Of kEventfd.
  };
  Answer Offer(const Write& write) const;
  // Whether an ioeventfd for writes of any size is at the address.
  bool HasSizeless(std::uint64_t address) const;

  // In the order in which they came.
  const std::vector<Device>& devices() const { return devices_; }

 private:
  // As many zones as the kernel bears: it takes no ioeventfds either.
  bool IsFull() const;
  bool IsInOrder() const;
  static bool Contains(const Device& zone, std::uint64_t address, std::uint64_t size);
  static bool Takes(const Device& device, const Write& write);
  static bool Overlap(const Device& left, const Device& right);

  std::vector<Device> devices_;
  mutable std::optional<bool> is_in_order_;  // As it was found out since the last change.
};

}  // namespace flatcheck::reference
