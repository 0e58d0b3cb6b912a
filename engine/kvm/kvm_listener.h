// A KvmListener keeps the memory slots of one KVM address space the way an AddressSpace is
// (memory-map section 8): RAM and ROM become slots, whole pages of them; the rest leaves the guest.
//
// Changes are gathered and applied at Commit with the fewest ioctls: what is deleted and added
// again as it was costs none, what only moved or changed its flags costs one; deletions come before
// additions (8.4). LogStart and LogStop are applied at once (8.5). A slot's dirty log is fetched
// before the slot goes, so that no write is forgotten (8.2).
//
// Left to exits, where QEMU aborts: what lies at or above KvmCapabilities::address_end, bytes that
// do not lie in the host as pages do, and what the kernel refuses. Each such refusal is told to
// `failed`; the listener goes on as if it had not been asked for.
//
// The guest must not run while the map is changed.
// REQUIRES: map, vm and the listener's options outlive its registration; the space of the map is
// registered on no other listener of the same VM and KVM address space.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "engine/kvm/kvm_vm.h"
#include "engine/map/memory_listener.h"
#include "engine/map/memory_map.h"

namespace flatcheck::engine {

// An ioctl that was refused.
struct KvmFailure {
  const char* request;  // KVM_SET_USER_MEMORY_REGION, ...: of static storage.
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  int error = 0;  // errno
};

struct KvmListenerOptions {
  std::uint16_t address_space = 0;  // KVM's: 0, or 1 for system management mode.
  // Longer sections take several slots. A multiple of the page size, at most slot_pages_max pages.
  std::uint64_t slot_bytes_max = 1ull << 42;
  std::function<void(const KvmFailure&)> failed = {};
};

class KvmListener final : public MemoryListener {
 public:
  KvmListener(KvmVm& vm, MemoryMap& map, KvmListenerOptions options = {});
  ~KvmListener() override;

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
  class State;
  std::unique_ptr<State> state_;
};

// The ioeventfds and coalesced windows of an address space of I/O ports. It has no slots.
class KvmPortListener final : public MemoryListener {
 public:
  KvmPortListener(KvmVm& vm, std::function<void(const KvmFailure&)> failed = {});
  ~KvmPortListener() override;

  void EventfdAdd(const MemoryRegionSection& section, const IoEventfd& entry) override;
  void EventfdDel(const MemoryRegionSection& section, const IoEventfd& entry) override;
  void CoalescedIoAdd(const MemoryRegionSection& section, std::uint64_t start,
                      std::uint64_t length) override;
  void CoalescedIoDel(const MemoryRegionSection& section, std::uint64_t start,
                      std::uint64_t length) override;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace flatcheck::engine
