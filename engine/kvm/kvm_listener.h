// A KvmListener keeps the memory slots of one KVM address space the way an AddressSpace is
// (memory-map section 8): RAM and ROM become slots, whole pages of them; the rest leaves the guest.
//
// Changes are gathered and applied at Commit with the fewest ioctls: what is deleted and added
// again as it was costs none, what only moved or changed its flags costs one; deletions come before
// additions (8.4). LogStart and LogStop are applied at once (8.5). A slot's dirty log is fetched
// before a commit takes the slot away (8.2); as in QEMU it is not when logging stops, nor when an
// alias that is read-only already sees its region become so, which no view shows (8.3).
//
// What registers in an open transaction asks regions how they are by then (8.2): a change that is
// taken back before the commit is in no view either, and its slot stays as it was made.
//
// Left to exits, where QEMU aborts: what lies at or above KvmCapabilities::address_end, bytes that
// do not lie in the host as pages do, and what the kernel refuses or the host has no memory for.
// Each such refusal is told to `failed`; the listener goes on as if it had not been asked for.
//
// A space that shows nothing has no slot, ioeventfd or coalesced zone in the kernel but those whose
// deletion was refused: so it is after UnregisterListener, too.
//
// The guest must not run while the map is changed.
// REQUIRES: map and vm outlive its registration; the VM's page is a power of two and a multiple of
// the map's; the space of the map is registered on no other listener of the same VM and KVM address
// space. `failed` does not call the map.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/kvm/kvm_bus_entries.h"
#include "engine/kvm/kvm_dirty_log.h"
#include "engine/kvm/kvm_failure.h"
#include "engine/kvm/kvm_slot_changes.h"
#include "engine/kvm/kvm_slots.h"
#include "engine/kvm/kvm_vm.h"
#include "engine/map/memory_listener.h"
#include "engine/map/memory_map.h"

namespace flatcheck::engine {

struct KvmListenerOptions {
  std::uint16_t address_space = 0;  // KVM's: 0, or 1 for system management mode.
  // Longer sections take several slots. A multiple of the page size, at most slot_pages_max pages.
  std::uint64_t slot_bytes_max = 1ull << 42;
  KvmFailed failed = {};
};

class KvmListener final : public MemoryListener {
 public:
  KvmListener(KvmVm& vm, MemoryMap& map, KvmListenerOptions options = {});

  void Commit() override;
  void RegionAdd(const MemoryRegionSection& section) override;
  void RegionDel(const MemoryRegionSection& section) override;
  void LogStart(const MemoryRegionSection& section, std::uint8_t before,
                std::uint8_t after) override;
  void LogStop(const MemoryRegionSection& section, std::uint8_t before,
               std::uint8_t after) override;
  void LogSync(const MemoryRegionSection& section) override;
  void LogClear(const MemoryRegionSection& section) override;
  void EventfdAdd(const MemoryRegionSection& section, const IoEventfd& entry) override;
  void EventfdDel(const MemoryRegionSection& section, const IoEventfd& entry) override;
  void CoalescedIoAdd(const MemoryRegionSection& section, std::uint64_t start,
                      std::uint64_t length) override;
  void CoalescedIoDel(const MemoryRegionSection& section, std::uint64_t start,
                      std::uint64_t length) override;

 private:
  struct Pages {
    std::uint64_t address = 0;
    std::uint64_t size = 0;  // Bytes.
  };

  // The kernel has one bus for all of its address spaces: that of the first.
  bool HasBus() const { return options_.address_space == 0; }
  Pages WholePages(const MemoryRegionSection& section) const;
  bool TakesSlots(const MemoryRegion& region) const;
  std::uint32_t FlagsOf(const MemoryRegion& region) const;
  void AddSlots(const MemoryRegionSection& section);
  void UpdateFlags(const MemoryRegionSection& section);

  KvmVm& vm_;
  MemoryMap& map_;
  KvmListenerOptions options_;
  KvmSlots slots_;
  KvmDirtyLog log_;
  KvmSlotChanges changes_;
  KvmBusEntries bus_;
  std::vector<MemoryRegionSection> added_;  // Since the last commit.
  std::size_t sections_ = 0;                // Of the space, as heard.
};

// The ioeventfds and coalesced windows of an address space of I/O ports. It has no slots.
class KvmPortListener final : public MemoryListener {
 public:
  explicit KvmPortListener(KvmVm& vm, KvmFailed failed = {});

  void Commit() override;
  void RegionAdd(const MemoryRegionSection& section) override;
  void RegionDel(const MemoryRegionSection& section) override;
  void EventfdAdd(const MemoryRegionSection& section, const IoEventfd& entry) override;
  void EventfdDel(const MemoryRegionSection& section, const IoEventfd& entry) override;
  void CoalescedIoAdd(const MemoryRegionSection& section, std::uint64_t start,
                      std::uint64_t length) override;
  void CoalescedIoDel(const MemoryRegionSection& section, std::uint64_t start,
                      std::uint64_t length) override;

 private:
  KvmFailed failed_;
  KvmBusEntries bus_;
  std::size_t sections_ = 0;  // Of the space, as heard.
};

}  // namespace flatcheck::engine
