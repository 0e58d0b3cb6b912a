// What stands behind the regions of an engine's machine: devices with profiles, IOMMU tables,
// IOMMU notifiers. Each writes down its calls.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/map/memory_map.h"
#include "engine/ram/iommu.h"
#include "fuzz/operands.h"
#include "fuzz/trace.h"

namespace flatcheck {

// Where calls are written down: nowhere while no operation runs.
struct DeviceJournal {
  // Adds to the call what has happened before it, and whether the map refuses meanwhile to destroy
  // a region and a space. REQUIRES: the engine is in an access, if an operation runs.
  void Add(DeviceCall call) const;

  engine::MemoryMap& map;
  // Null where they are gone.
  const std::vector<engine::MemoryRegion*>& regions;
  const std::vector<engine::AddressSpace*>& spaces;
  std::function<void()> hide_all;
  Trace* trace = nullptr;
  std::size_t first_callback = 0;  // Of the operation, in the trace.
};

// Answers reads with a value that depends on the offset alone, so that both machines' devices
// agree. Every second one has a guard, and tries to get past it.
class EngineDevice final : public engine::MmioDevice {
 public:
  EngineDevice(const DeviceJournal& journal, RegionSlot region, RegionSize size,
               const Profile& profile);

  bool Accepts(std::uint64_t offset, unsigned size, bool is_write) const override;
  engine::MemTx ReadWithResult(std::uint64_t offset, unsigned size, std::uint64_t& value) override;
  engine::MemTx WriteWithResult(std::uint64_t offset, unsigned size, std::uint64_t value) override;

 private:
  engine::MemTx ResultAt(std::uint64_t offset) const;
  // While the device is being called: whether its guard lets no access in, or all of them if the
  // region is read-only (memory-map 6.6).
  bool GuardIsRight(std::uint64_t offset, unsigned size);
  // At the end of a call: may change the map.
  engine::MemTx Leave(std::uint64_t offset) const;
  // In a call that came while another one was under way.
  engine::MemTx Enter();

  const DeviceJournal& journal_;
  RegionSlot region_;
  engine::Size half_;  // Of the region.
  Profile profile_;
  engine::ReentrancyGuard guard_;
  bool is_trying_ = false;
  bool has_entered_ = false;  // The access that it tries.
};

// Translates by a table, in which the newest entry that matches decides.
class EngineIommu final : public engine::IommuDevice {
 public:
  struct Entry {
    std::uint64_t iova = 0;
    std::uint64_t mask = 0;
    SpaceSlot target;
    std::uint64_t address = 0;
    std::uint8_t permission = 0;
  };

  // `spaces` holds null where a space is gone.
  EngineIommu(const DeviceJournal& journal, RegionSlot region, const IommuTraits& traits,
              const std::vector<engine::AddressSpace*>& spaces)
      : journal_(journal), region_(region), traits_(traits), spaces_(spaces) {}

  void Add(const Entry& entry) { entries_.push_back(entry); }
  // The newest with that IOVA; false if there is none.
  bool Remove(std::uint64_t iova);

  engine::IommuEntry Translate(std::uint64_t offset, std::uint8_t flag) override;
  bool NotifyFlagsChanged(std::uint8_t before, std::uint8_t after) override;

 private:
  const DeviceJournal& journal_;
  RegionSlot region_;
  IommuTraits traits_;
  const std::vector<engine::AddressSpace*>& spaces_;
  std::vector<Entry> entries_;
};

class EngineNotifier final : public engine::IommuNotifier {
 public:
  EngineNotifier(const DeviceJournal& journal, IommuNotifierSlot slot, std::uint64_t first,
                 std::uint64_t last, std::uint8_t flags)
      : IommuNotifier(first, last, flags), journal_(journal), slot_(slot) {}

  void Notify(const engine::IommuEntry& entry) override;

 private:
  const DeviceJournal& journal_;
  IommuNotifierSlot slot_;
};

}  // namespace flatcheck
