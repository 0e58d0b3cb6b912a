// A KvmBusEntries is what a listener has the kernel watch on one bus: ioeventfds and coalesced
// zones.
//
// An ioeventfd that is refused is told and forgotten: it is neither tried again nor removed later.
// Zones are asked for without regard for the answer (memory-map 8.7). Those of 2 GiB and more, and
// those that end at 2^64, are not, since the kernel could not remove them.

#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "engine/kvm/kvm_failure.h"
#include "engine/kvm/kvm_vm.h"
#include "engine/map/io_eventfd.h"

namespace flatcheck::engine {

class KvmBusEntries {
 public:
  KvmBusEntries(KvmVm& vm, KvmBus bus, const KvmFailed& failed)
      : vm_(vm), bus_(bus), failed_(failed) {}

  void Assign(const IoEventfd& entry);
  void Deassign(const IoEventfd& entry);
  void Coalesce(std::uint64_t address, std::uint64_t size);
  void StopCoalescing(std::uint64_t address, std::uint64_t size);
  void RemoveAll();

 private:
  struct Order {
    bool operator()(const KvmIoEventfd& a, const KvmIoEventfd& b) const;
  };

  KvmIoEventfd ForKernel(const IoEventfd& entry) const;
  bool CanCoalesce(std::uint64_t address, std::uint64_t size) const;

  KvmVm& vm_;
  KvmBus bus_;
  const KvmFailed& failed_;
  std::set<KvmIoEventfd, Order> ioeventfds_;
  std::vector<KvmCoalescedZone> zones_;
};

}  // namespace flatcheck::engine
