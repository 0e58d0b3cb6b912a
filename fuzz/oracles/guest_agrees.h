// Under KVM, engine and reference make the same memory slots of a map, and a guest meets the same
// there: the bytes that it reads, the exits that its accesses end in, what these lead to, and the
// notifiers that the kernel signals. Where a real kernel and a fake one are asked side by side,
// both answer the same.
//
// Slots, their dirty logs and what is on the kernel's buses are compared after each operation;
// slots that are new must have the lowest numbers that are free, and the ioctls that an operation
// takes have a bound that the change of slots sets. The guest goes to each view that changed, and
// to all of them at the program's end: to each edge of each range and the bytes beside it, the page
// borders next to these, middles and holes, and to what ioeventfds wait for; it reads and writes 1,
// 2, 4 and 8 bytes there. Now and then it writes to a coalesced zone until the kernel's ring is
// full.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "fuzz/hypervisor.h"
#include "fuzz/machine.h"
#include "fuzz/oracles/disagreement.h"
#include "fuzz/program.h"
#include "fuzz/random.h"
#include "fuzz/trace.h"

namespace flatcheck {

// What a GuestAgrees has asked so far.
struct GuestTally {
  std::uint64_t commits = 0;   // After which a guest looked.
  std::uint64_t accesses = 0;  // That it did.
  std::uint64_t skipped = 0;   // That it cannot do, or whose end the kernel does not define.
  std::uint64_t ioctls = 0;    // Of programs that came to their end.
};

class GuestAgrees {
 public:
  struct Machines {
    Machine& expect;
    Machine& actual;
  };

  // Forgets the program before.
  void Start();
  static constexpr std::size_t kAccessesMax = 4096;
  static constexpr std::size_t kFewAccesses = 12;  // A real vCPU takes microseconds for each.
  // From now on the guest does at most that many accesses of each view, other ones each time; and
  // now and then fills the ring besides. Returns the limit before.
  std::size_t LimitAccesses(std::size_t count) { return std::exchange(accesses_max_, count); }
  // From now on neither slots nor buses are compared, and no ring is filled: the guest alone tells.
  void TrustSlots() { compares_slots_ = false; }

  // Takes the steps in order. REQUIRES: the machines run under KVM; their traces agree, and `trace`
  // is either.
  std::optional<Disagreement> Check(Machines machines, const Operation& operation,
                                    const Trace& trace, std::size_t step);
  // After the last step.
  std::optional<Disagreement> CheckEnd(Machines machines, const Trace& trace, std::size_t step);
  // After all other oracles: the engine leaves KVM, and the kernel is empty.
  std::optional<Disagreement> CheckLeft(Machines machines, std::size_t step);

  const GuestTally& tally() const { return tally_; }

 private:
  // Where a space takes part (fuzz/hypervisor.h).
  struct Place {
    engine::KvmBus bus = engine::KvmBus::kMmio;
    std::uint16_t address_space = 0;  // KVM's.
    SpaceSlot space = {};             // Absent: free.
  };

  void FollowSpaces(const Operation& operation, bool granted, std::uint16_t address_spaces);
  const Place* PlaceOf(SpaceSlot space) const;
  bool IsUnchanged(const Trace& trace, std::size_t view) const;
  std::optional<Disagreement> CompareKernels(Machines machines, std::size_t step) const;
  std::optional<Disagreement> CompareSlots(Machines machines, std::size_t step);
  std::optional<Disagreement> CheckSlotNumbers(Machines machines, std::size_t step);
  std::optional<Disagreement> CheckSlotIoctls(Machines machines, std::size_t step);
  std::optional<Disagreement> CompareBuses(Machines machines, std::size_t step);
  std::optional<Disagreement> Visit(Machines machines, const Trace& trace, const ViewSeen& view,
                                    std::size_t step);
  void CollectAddresses(const Trace& trace, const ViewSeen& view, engine::KvmBus bus);
  void CollectAccesses(const Place& place, const Trace& trace, const ViewSeen& view);
  void CollectSignals(const Place& place, const Trace& trace, const ViewSeen& view);
  void CollectEdges(const Place& place, Random& random);
  void CollectFlood(const Place& place);
  // A write where `written` is given, else a read; not what ports do not have.
  void Add(const Place& place, std::uint64_t address, std::uint8_t size,
           std::optional<std::uint64_t> written);
  std::optional<Disagreement> RunGuest(Machines machines, SpaceSlot space, std::size_t step);
  void RemoveSkipped();

  std::vector<Place> places_;
  std::uint16_t spaces_ = 0;                        // Defined so far.
  std::vector<op::EventfdAdd> eventfds_;            // Of the program so far, granted or not.
  Extent views_before_;                             // Of the last step that showed any.
  std::vector<std::uint32_t> slot_numbers_before_;  // Ascending.
  std::vector<SlotSeen> slots_before_;
  std::uint64_t slot_ioctls_ = 0;  // So far.
  bool has_space_gone_ = false;    // In the last step.
  std::size_t accesses_max_ = kAccessesMax;
  bool compares_slots_ = true;
  std::uint64_t visits_ = 0;  // Of guests to views.
  GuestTally tally_;

  // Memory for what is at hand.
  std::vector<std::uint64_t> addresses_;
  std::vector<std::size_t> numbers_;
  std::vector<engine::GuestAccess> expect_accesses_;
  std::vector<engine::GuestAccess> actual_accesses_;
  std::vector<SlotSeen> expect_slots_;
  std::vector<SlotSeen> actual_slots_;
  std::vector<std::uint32_t> slot_numbers_;
  std::vector<BusEntrySeen> expect_entries_;
  std::vector<BusEntrySeen> actual_entries_;
  GuestSeen expect_;
  GuestSeen actual_;
};

}  // namespace flatcheck
