// The engine as a Machine.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/map/memory_map.h"
#include "engine/ram/mapping.h"
#include "fuzz/engine_backings.h"
#include "fuzz/engine_machine_devices.h"
#include "fuzz/limits.h"
#include "fuzz/machine.h"
#include "fuzz/program_text.h"

namespace flatcheck {

class EngineMachine : public Machine {
 public:
  // Regions and spaces have these names, or r0, r1, ... and as0, ..., by slot; they must outlive
  // the machine. On hosts whose pages are larger than the map's, all memory is a caller's (see
  // EngineBackings).
  explicit EngineMachine(const Names* names = nullptr,
                         std::uint64_t host_page_size = limits::kPageSize);
  ~EngineMachine() override;

  std::string_view Apply(const Operation& operation, Trace& trace) override;
  std::uint64_t Depth() const override { return map_.depth(); }
  void ObserveViews(Trace& trace) const override;
  Translated Translate(SpaceSlot space, std::uint64_t address, std::uint64_t length,
                       bool is_write) const override;
  Found Find(RegionSlot region, std::uint64_t address, std::uint64_t size) const override;
  HostPlace HostOf(SpaceSlot space, std::uint64_t address) const override;
  void ObserveMemory(MemorySeen& seen) const override;
  void ReadBlock(RegionSlot region, std::uint64_t offset,
                 std::span<std::uint8_t> bytes) const override;
  std::string List(Listing listing) const override;

  const engine::MemoryMap& map() const { return map_; }
  // Whether the map is changed for a moment, of which listeners are not to hear.
  bool is_hiding() const { return is_hiding_; }

 protected:
  engine::MemoryMap& mutable_map() { return map_; }
  // Null where it is not live.
  engine::AddressSpace* SpaceAt(SpaceSlot slot) const;
  std::size_t spaces_defined() const { return spaces_.size(); }
  // One that the program defined.
  bool HasListener(const engine::AddressSpace& space) const;
  RegionSlot SlotOf(const engine::MemoryRegion* region) const;

 private:
  class Listener;
  class Requests;
  class MemoryRequests;

  // While the listener is being called: whether the map refuses what it then must.
  bool RefusesInCallback(Listener& listener);
  // What a device may do to the map while it is called: the roots are switched off, so that nothing
  // is left of the views, until the operation ends. The rest of the access goes where it would have
  // gone, and nobody is told.
  void HideAll();
  void ShowAll();
  bool CanHide() const;
  void ObserveBlocks(std::vector<BlockSeen>& blocks) const;
  SpaceSlot SlotOf(const engine::AddressSpace& space) const;
  std::string NameOf(RegionSlot slot) const;
  std::string NameOf(SpaceSlot slot) const;

  const Names* names_;
  // By slot; null where the creation was refused or the object is gone.
  std::vector<engine::MemoryRegion*> regions_;
  std::vector<engine::AddressSpace*> spaces_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<Listener> idle_listener_;  // Unregistered, for whoever listens next.
  std::vector<std::uint16_t> slots_;         // By the engine's id of a region or space.

  std::vector<std::unique_ptr<EngineNotifier>> notifiers_;
  std::vector<std::unique_ptr<EngineDevice>> devices_;
  std::vector<std::unique_ptr<EngineIommu>> iommus_;
  Trace* trace_ = nullptr;       // Where callbacks and answers go while an operation runs.
  bool is_asking_ = false;       // The map, in a callback.
  std::uint64_t callbacks_ = 0;  // So far.
  std::vector<engine::MemoryRegion*> hidden_;  // Roots.
  bool is_hiding_ = false;                     // Or showing.
  DeviceJournal journal_{map_, regions_, spaces_, [this] { HideAll(); }};
  mutable std::vector<engine::PageRange> dirty_runs_;  // Memory for ObserveMemory.
  EngineBackings backings_;
  engine::MemoryMap map_;  // It goes before the devices, listeners and memory that it knows,
  std::vector<engine::Mapping> mappings_;  // and what is mapped of it before the map.
};

}  // namespace flatcheck
