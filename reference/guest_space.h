// A GuestSpace is what KVM has of one address space: its memory slots and their dirty logs, and
// what is on the kernel's bus for it. It follows from what KVM's listener is told, and nothing else
// (section 8 of the rules).
//
// Sections that come and go take effect at the commit, those that go first. Logging begins and ends
// at once.
//
// Invariant: slots are sorted by start, disjoint, and lie in whole pages.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "reference/kernel_bus.h"
#include "reference/model.h"
#include "reference/model_slots.h"

namespace flatcheck::reference {

// The kernel, and what its listener makes of it.
struct GuestRules {
  SlotRules slots;
  std::size_t slots_max = 0;  // Of one address space; further ones are not made.
  // Whether the kernel refuses one for want of memory, if it ever does. It depends on where the
  // slot is and on who may write it, and on nothing else.
  std::function<bool(const Slot& slot)> lacks_room = {};
  unsigned address_spaces = 1;    // Of memory.
  bool is_log_protected = false;  // The kernel's log is cleared by log_clear, not when it is read.
  bool has_memory_zones = true;
  bool has_port_zones = true;
};

enum class GuestBus { kMemory, kPorts };

// Pages are counted from the start of the slot.
struct GuestSlot {
  Slot slot;
  std::set<std::uint64_t> written;  // The kernel's log.
  std::set<std::uint64_t> synced;   // As the last sync found it, less what was cleared since.
};

class GuestSpace final : public Ear {
 public:
  // `bus` is null where the space puts nothing on it: the kernel has one for all memory, which is
  // the first space's. REQUIRES: model, rules and bus outlive it.
  GuestSpace(Model& model, const GuestRules& rules, GuestBus kind, KernelBus* bus)
      : model_(model), rules_(rules), kind_(kind), bus_(bus) {}

  // kNone: no space is here.
  SpaceId space() const { return space_; }
  void Enter(SpaceId space);
  // REQUIRES: the space has been destroyed. Nothing of it is left on the bus.
  void Leave();

  void Hear(const Event& event) override;

  const std::vector<GuestSlot>& slots() const { return slots_; }
  // The slot that holds the address; null if none does.
  GuestSlot* FindSlot(std::uint64_t address);

 private:
  void HearOfSlots(const Event& event);
  void HearOfBus(const Event& event);
  void Commit();
  void Delete(const Range& section);
  void Create(const Range& section);
  void UpdateFlags(const Range& section);
  bool HasRoom(const Slot& slot) const { return !rules_.lacks_room || !rules_.lacks_room(slot); }
  void Sync(const Range& section);
  void Clear(const Range& section);
  void Fetch(GuestSlot& guest_slot);
  std::vector<GuestSlot*> SlotsIn(const Range& section);

  Model& model_;
  const GuestRules& rules_;
  const GuestBus kind_;
  KernelBus* bus_;
  SpaceId space_ = kNone;
  std::vector<GuestSlot> slots_;
  std::vector<Range> deleted_;  // Since the last commit.
  std::vector<Range> added_;
};

}  // namespace flatcheck::reference
