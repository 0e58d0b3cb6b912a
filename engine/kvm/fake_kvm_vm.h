// A FakeKvmVm is a KvmVm without a kernel: it keeps the rules of memory-map 8.8 to 8.10 as Linux
// does, errno for errno, and its guest reads and writes the host memory of the slots.
//
// An access is cut at page borders. A part in a slot (of a write: in one that is not readonly) is
// memory; any other is offered to the bus, if it writes, and leaves as an exit if nobody takes it.
// Memory and the bus have served all parts of an access before the first of them leaves.
//
// Invariants:
//   1. No slots of one address space overlap; all have whole pages and lie below address_end.
//   2. Dirty pages are those of slots with kKvmLogDirtyPages alone.
// Zones of a bus whose capability is missing are ENOTTY.
//
// Whether the kernel has room for a slot somewhere is up to the test (ENOMEM).

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/kvm/fake_io_bus.h"
#include "engine/kvm/kvm_vm.h"

namespace flatcheck::engine {

class FakeKvmVm final : public KvmVm {
 public:
  struct Place {
    std::uint16_t address_space = 0;
    std::uint64_t guest_address = 0;
    auto operator<=>(const Place&) const = default;
  };
  struct Slot {
    KvmMemorySlot slot;
    std::set<std::uint64_t> dirty_pages;  // Numbers in the slot.
  };
  using Slots = std::map<Place, Slot>;

  // Host addresses of slots end there: what x86-64 gives to a process.
  static constexpr std::uint64_t kHostAddressEnd = (1ull << 47) - 0x1000;
  // Writes that can be set aside between two exits, in zones of both buses together.
  static constexpr std::size_t kCoalescedMax = 169;

  using LacksRoom = std::function<bool(const KvmMemorySlot& slot)>;

  // Slots that are made or moved where there is no room are refused.
  explicit FakeKvmVm(const KvmCapabilities& capabilities = {}, LacksRoom lacks_room = {})
      : capabilities_(capabilities), lacks_room_(std::move(lacks_room)) {}

  const KvmCapabilities& capabilities() const override { return capabilities_; }

  [[nodiscard]] int SetMemorySlot(const KvmMemorySlot& slot) override;
  [[nodiscard]] int GetDirtyLog(std::uint32_t slot, std::span<std::uint64_t> pages) override;
  [[nodiscard]] int ClearDirtyLog(std::uint32_t slot, std::uint64_t first_page,
                                  std::uint32_t page_count,
                                  std::span<const std::uint64_t> pages) override;
  [[nodiscard]] int AssignIoEventfd(const KvmIoEventfd& entry) override;
  [[nodiscard]] int DeassignIoEventfd(const KvmIoEventfd& entry) override;
  [[nodiscard]] int RegisterCoalescedZone(const KvmCoalescedZone& zone) override;
  [[nodiscard]] int UnregisterCoalescedZone(const KvmCoalescedZone& zone) override;

  // A coalesced exit has the number of the access that wrote it.
  // REQUIRES: the host memory of every slot that an access meets is there, and writable where the
  // access writes.
  void Run(std::span<GuestAccess> accesses, const GuestExitHandler& exit) override;
  std::uint64_t TakeSignals(std::uint32_t notifier) override;

  // By ascending address space and guest address.
  const Slots& slots() const { return by_place_; }
  // In the order of their bus; the MMIO bus comes first.
  std::vector<KvmIoEventfd> ioeventfds() const;
  std::vector<KvmCoalescedZone> coalesced_zones() const;
  // All that were asked for, refused ones among them.
  std::uint64_t ioctls() const { return ioctls_; }
  // KVM_SET_USER_MEMORY_REGION alone.
  std::uint64_t slot_ioctls() const { return slot_ioctls_; }

  // The slot that contains the address; null if none does.
  const Slot* FindSlot(std::uint16_t address_space, std::uint64_t address) const;
  // Logs the pages of a write that some other VM's guest did.
  void NoteWrite(const GuestAccess& write);

 private:
  bool IsValid(const KvmMemorySlot& slot) const;
  bool HasRoom(const KvmMemorySlot& slot) const { return !lacks_room_ || !lacks_room_(slot); }
  int Create(const KvmMemorySlot& slot);
  int Change(Slots::iterator present, const KvmMemorySlot& slot);
  bool Overlaps(const KvmMemorySlot& slot) const;
  int FindLog(std::uint32_t slot, Slot*& found);

  bool HasZones(KvmBus bus) const;
  FakeIoBus& Bus(KvmBus bus) { return buses_[static_cast<std::size_t>(bus)]; }
  bool IsReachable(const GuestAccess& access) const;
  // The slot that is memory to the part of an access; null if it leaves for the bus.
  Slot* MemoryOf(std::uint16_t address_space, const GuestExit& part);
  void Log(Slot& slot, const GuestExit& write) const;
  void RunOne(GuestAccess& access, std::size_t number, const GuestExitHandler& exit);
  // Does a slot or the bus serve the part? Then `part.value` is what was read.
  bool IsServed(std::uint16_t address_space, std::size_t number, GuestExit& part);
  bool IsTaken(std::size_t number, const GuestExit& write);
  void DeliverCoalesced(const GuestExitHandler& exit);

  struct SetAside {
    std::size_t access;
    GuestExit exit;
  };

  KvmCapabilities capabilities_;
  LacksRoom lacks_room_;
  Slots by_place_;
  std::unordered_map<std::uint32_t, Slots::iterator> by_number_;
  std::array<FakeIoBus, 2> buses_;  // By KvmBus.
  std::vector<SetAside> coalesced_;
  std::unordered_map<std::uint32_t, std::uint64_t> signals_;  // By notifier.
  std::uint64_t ioctls_ = 0;
  std::uint64_t slot_ioctls_ = 0;
};

}  // namespace flatcheck::engine
