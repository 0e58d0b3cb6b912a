// A MemoryListener hears what a commit changes in one address space: KVM's slots, vhost's tables
// and dirty logs hang on it.
//
// Order of one commit: Begin of all listeners; for each address space first every RegionDel
// (ascending addresses), then RegionAdd, RegionNop, LogStart and LogStop mixed (ascending), then
// EventfdDel and EventfdAdd; last Commit of all. Among listeners, calls go from low to high
// priority, save RegionDel, LogStop, LogGlobalStop, EventfdAdd and CoalescedIoDel, which go from
// high to low; equal priorities keep the order of registration (memory-map 4.1).
//
// In a callback these are refused (kInCallback): requests that change regions, spaces, listeners,
// logs, ioeventfds or RAM blocks, transactions, and whatever is announced to listeners (SyncLog,
// ClearLog, TestAndClearDirty, SnapshotAndClearDirty, MoveMigrationDirty). Reads and writes of
// guest memory, mappings, SetDirty, ImportDirty and IOMMU notifiers are not.
//
// A callback that throws leaves a commit unfinished: listeners may have heard a part of it.

#pragma once

#include <cstdint>

#include "engine/map/address_range.h"
#include "engine/map/io_eventfd.h"

namespace flatcheck::engine {

class AddressSpace;
class FlatView;
class MemoryRegion;

// A part of a region at its place in an address space.
struct MemoryRegionSection {
  const AddressSpace* space = nullptr;
  const MemoryRegion* region = nullptr;  // Null in the Eventfd callbacks.
  std::uint64_t offset = 0;              // In the region.
  Size size = 0;
  std::uint64_t address = 0;  // In the address space.
  bool readonly = false;
  bool nonvolatile = false;
  bool unmergeable = false;
};

class MemoryListener {
 public:
  MemoryListener() = default;
  MemoryListener(const MemoryListener&) = delete;
  MemoryListener& operator=(const MemoryListener&) = delete;
  // REQUIRES: not registered, or its map is gone.
  virtual ~MemoryListener() = default;

  virtual void Begin() {}
  virtual void Commit() {}
  virtual void RegionAdd(const MemoryRegionSection&) {}
  virtual void RegionDel(const MemoryRegionSection&) {}
  virtual void RegionNop(const MemoryRegionSection&) {}
  // Never called for a range that is just added: its mask is found in the view (memory-map 4.3).
  virtual void LogStart(const MemoryRegionSection&, std::uint8_t /*before*/,
                        std::uint8_t /*after*/) {}
  virtual void LogStop(const MemoryRegionSection&, std::uint8_t /*before*/,
                       std::uint8_t /*after*/) {}
  virtual void LogSync(const MemoryRegionSection&) {}
  virtual void LogClear(const MemoryRegionSection&) {}
  virtual void LogGlobalStart() {}
  virtual void LogGlobalStop() {}
  // After the LogSync and LogClear calls of a snapshot.
  virtual void LogGlobalAfterSync() {}
  virtual void EventfdAdd(const MemoryRegionSection&, const IoEventfd&) {}
  virtual void EventfdDel(const MemoryRegionSection&, const IoEventfd&) {}
  // The window is the part inside the section, in guest addresses.
  virtual void CoalescedIoAdd(const MemoryRegionSection&, std::uint64_t /*start*/,
                              std::uint64_t /*length*/) {}
  virtual void CoalescedIoDel(const MemoryRegionSection&, std::uint64_t /*start*/,
                              std::uint64_t /*length*/) {}

  // The address space that it is registered on, or null.
  const AddressSpace* space() const { return space_; }
  std::uint32_t priority() const { return priority_; }

 private:
  friend class MemoryMap;
  AddressSpace* space_ = nullptr;
  std::uint32_t priority_ = 0;
};

}  // namespace flatcheck::engine
