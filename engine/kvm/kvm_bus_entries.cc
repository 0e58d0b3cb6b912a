#include "engine/kvm/kvm_bus_entries.h"

#include <algorithm>
#include <tuple>

namespace flatcheck::engine {

namespace {

// The kernel takes longer ones, and such as end at 2^64, and never lets go of them: there a length
// is an int, and a sum of 64 bits.
constexpr std::uint64_t kZoneSizeMax = INT32_MAX;

KvmFailure Outcome(const KvmIoEventfd& entry, int error) {
  return {"KVM_IOEVENTFD", entry.address, entry.size, error};
}

}  // namespace

bool KvmBusEntries::Order::operator()(const KvmIoEventfd& a, const KvmIoEventfd& b) const {
  const auto key = [](const KvmIoEventfd& e) {
    return std::tuple(e.address, e.size, e.match_data, e.data, e.notifier);
  };
  return key(a) < key(b);
}

// Data that is not matched does not tell entries apart: a commit may take one for the other
// (memory-map 5.5). A size that the kernel's field cannot hold stays one that it refuses.
KvmIoEventfd KvmBusEntries::ForKernel(const IoEventfd& entry) const {
  return {.bus = bus_,
          .address = entry.address,
          .size = static_cast<std::uint32_t>(std::min<std::uint64_t>(entry.size, UINT32_MAX)),
          .match_data = entry.match_data,
          .data = entry.match_data ? entry.data : 0,
          .notifier = entry.notifier};
}

void KvmBusEntries::Assign(const IoEventfd& entry) {
  const KvmIoEventfd assigned = ForKernel(entry);
  if (Succeeds(failed_, Outcome(assigned, vm_.AssignIoEventfd(assigned)))) {
    ioeventfds_.insert(assigned);
  }
}

void KvmBusEntries::Deassign(const IoEventfd& entry) {
  const KvmIoEventfd assigned = ForKernel(entry);
  if (ioeventfds_.erase(assigned) == 0) return;
  Succeeds(failed_, Outcome(assigned, vm_.DeassignIoEventfd(assigned)));
}

bool KvmBusEntries::CanCoalesce(std::uint64_t address, std::uint64_t size) const {
  const KvmCapabilities& kvm = vm_.capabilities();
  const bool wraps = address + size < address;
  return size <= kZoneSizeMax && !wraps &&
         (bus_ == KvmBus::kMmio ? kvm.coalesced_mmio : kvm.coalesced_pio);
}

void KvmBusEntries::Coalesce(std::uint64_t address, std::uint64_t size) {
  if (!CanCoalesce(address, size)) return;
  const KvmCoalescedZone zone{bus_, address, static_cast<std::uint32_t>(size)};
  if (vm_.RegisterCoalescedZone(zone) == 0) zones_.push_back(zone);
}

// Also of a zone that is not known here: the kernel takes away all that contain it
// (memory-map 8.10).
void KvmBusEntries::StopCoalescing(std::uint64_t address, std::uint64_t size) {
  if (!CanCoalesce(address, size)) return;
  const KvmCoalescedZone zone{bus_, address, static_cast<std::uint32_t>(size)};
  static_cast<void>(vm_.UnregisterCoalescedZone(zone));
  const auto known = std::ranges::find(zones_, zone);
  if (known != zones_.end()) zones_.erase(known);
}

void KvmBusEntries::RemoveAll() {
  for (const KvmIoEventfd& entry : ioeventfds_) {
    Succeeds(failed_, Outcome(entry, vm_.DeassignIoEventfd(entry)));
  }
  for (const KvmCoalescedZone& zone : zones_) {
    static_cast<void>(vm_.UnregisterCoalescedZone(zone));
  }
  ioeventfds_.clear();
  zones_.clear();
}

}  // namespace flatcheck::engine
