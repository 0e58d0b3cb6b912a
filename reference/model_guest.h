// A Guest is what runs in a virtual machine of KVM on a model's map. What its accesses meet is said
// page by page: a slot is memory, all else is put to the kernel's bus if it is a write, and then
// leaves the guest.
//
// Live address spaces have places: memory first, as many as the kernel has address spaces, then the
// I/O ports. A space takes the first place that is free when it is created.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "reference/guest_space.h"

namespace flatcheck::reference {

// By one instruction: 1, 2, 4 or 8 bytes, little endian; of ports at most 4.
struct GuestAccess {
  GuestBus bus = GuestBus::kMemory;
  unsigned address_space = 0;  // Of memory.
  std::uint64_t address = 0;
  std::uint64_t size = 1;
  Direction direction = Direction::kRead;
  std::uint64_t value = 0;  // Of a write.
};

// What of an access nobody in the kernel has served, and devices are asked to.
struct GuestExit {
  SpaceId space = kNone;  // kNone where the place is free.
  GuestBus bus = GuestBus::kMemory;
  std::uint64_t address = 0;
  std::uint64_t size = 1;  // 1 to 8.
  Direction direction = Direction::kRead;
  std::uint64_t value = 0;    // Of a write.
  bool is_coalesced = false;  // A write that was set aside before.
};

// Answers what a read gets. It may change the bytes and dirty pages of the map, and nothing else.
using GuestExitHandler = std::function<std::uint64_t(const GuestExit& exit)>;

class Guest {
 public:
  // REQUIRES: the model outlives it, and is asked for nothing after it.
  Guest(Model& model, const GuestRules& rules);
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  // Tells of a space that was created, one that was destroyed.
  void Enter(SpaceId space);
  void Leave(SpaceId space);

  // The slots of each address space of memory.
  const std::vector<GuestSlot>& slots(unsigned address_space) const;
  // What is on the kernel's bus.
  const std::vector<KernelBus::Device>& devices(GuestBus bus) const {
    return buses_[bus == GuestBus::kMemory ? 0 : 1].devices();
  }

  // Returns what a read gets, 0 of a write. None, and nothing was done: the guest has no such
  // address, or there is no telling who takes a write. What was set aside is delivered before the
  // next exit.
  std::optional<std::uint64_t> Access(const GuestAccess& access, const GuestExitHandler& exit);
  void DeliverSetAside(const GuestExitHandler& exit);

  // How often each notifier was signalled since this was last asked.
  std::map<std::uint8_t, std::uint64_t> TakeSignals();

 private:
  // Of an access, what lies in one page.
  struct Part {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::uint64_t value = 0;
    GuestSlot* slot = nullptr;  // Null: not served by memory.
    KernelBus::Answer bus;      // Of a write.
  };

  bool IsReachable(const GuestAccess& access) const;
  bool IsFast(const GuestAccess& access, const std::vector<Part>& parts) const;
  GuestSpace& PlaceOf(const GuestAccess& access);
  KernelBus& BusOf(GuestBus bus) { return buses_[bus == GuestBus::kMemory ? 0 : 1]; }
  std::vector<Part> PartsOf(const GuestAccess& access);
  std::uint64_t ReachMemory(const Part& part, Direction direction);
  bool IsTaken(const GuestAccess& access, const Part& part);

  Model& model_;
  const GuestRules rules_;
  std::array<KernelBus, 2> buses_;  // Of memory, of ports.
  std::deque<GuestSpace> places_;
  std::vector<GuestExit> set_aside_;
  std::map<std::uint8_t, std::uint64_t> signals_;
};

}  // namespace flatcheck::reference
