// A MemoryMap is the memory of one machine: its regions, address spaces and listeners, and the
// transactions that change them.
//
// Every request below is checked: one that cannot be granted returns its Refusal and has changed
// nothing. Mutations outside a transaction are transactions of their own. The outermost commit
// renders each resolved root once, then tells the listeners, then publishes; until then readers see
// the views of the commit before (memory-map section 3).
//
// Lifetime: owns regions and spaces; they stay where they are until destroyed, or until the map is.
// Devices and listeners are the caller's and must outlive their use. While one of these is called
// within an access - a device, an IOMMU, its notifiers, the signal, `resized` - it may change the
// map, but destroy neither regions nor spaces (kInAccess): the access goes on with those that it
// found. Threads: one at a time. Not here: what happens at an address (engine/ram/access.h,
// mapping.h), IOMMU notifiers (engine/ram/iommu.h), dirty pages (engine/ram/dirty_log.h).

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "engine/map/address_space.h"
#include "engine/map/memory_listener.h"
#include "engine/map/memory_region.h"
#include "engine/map/mmio_device.h"
#include "engine/map/refusal.h"
#include "engine/map/region_graph.h"
#include "engine/map/render.h"
#include "engine/ram/dirty_memory.h"
#include "engine/ram/ram_block.h"
#include "engine/ram/ram_list.h"

namespace flatcheck::engine {

class IommuDevice;

struct MapLimits {
  std::uint64_t page_size = 0x1000;           // A power of two.
  std::size_t depth_max = 256;                // Regions in one chain of containers and aliases.
  std::uint64_t paths_max = 1u << 24;         // MemoryRegion::paths of any region.
  std::uint64_t ram_bytes_max = 1ull << 46;   // Of all blocks together, at their greatest lengths.
  std::size_t bounce_buffers_max = 1;         // At a time (engine/ram/mapping.h).
  std::uint64_t bounce_bytes_max = 0;         // Of all of them together; 0 is one page.
  std::size_t iommu_levels_max = 16;          // IOMMU regions that one access may cross.
  std::uint64_t access_valid_max = 1u << 20;  // Bytes that AccessValid goes through.
  std::uint64_t replay_pages_max = 1u << 20;  // Pages of an IOMMU that ReplayIommu goes through.
};

// The new object, or null and why.
template <class T>
struct Created {
  T* object = nullptr;
  Refusal refusal = Refusal::kNone;
  std::error_code host_error = {};  // With kHostError, and with kNoMemory where it is the host's.
};

class MemoryMap {
 public:
  explicit MemoryMap(const MapLimits& limits = {});
  ~MemoryMap();
  MemoryMap(const MemoryMap&) = delete;
  MemoryMap& operator=(const MemoryMap&) = delete;

  const MapLimits& limits() const { return limits_; }

  // Regions. Sizes are in the API form (SizeFromApi). RAM is zeroed, and refused unless it is whole
  // pages (kBadSize).
  Created<MemoryRegion> CreateContainer(std::string name, std::uint64_t size);
  Created<MemoryRegion> CreateIo(std::string name, std::uint64_t size, MmioDevice& device);
  Created<MemoryRegion> CreateReservation(std::string name, std::uint64_t size);
  Created<MemoryRegion> CreateRam(std::string name, std::uint64_t size,
                                  const RamBacking& backing = {});
  Created<MemoryRegion> CreateRom(std::string name, std::uint64_t size,
                                  const RamBacking& backing = {});
  Created<MemoryRegion> CreateRomDevice(std::string name, std::uint64_t size, MmioDevice& device,
                                        const RamBacking& backing = {});
  Created<MemoryRegion> CreateRamDevice(std::string name, std::uint64_t size,
                                        const RamBacking& backing = {});
  // RAM whose block may change between 0 bytes and `size_max`, which must be neither 0 nor less
  // than `size` (kBadSize). Neither needs to be whole pages. `resized` is called with each new
  // size.
  Created<MemoryRegion> CreateResizeableRam(std::string name, std::uint64_t size,
                                            std::uint64_t size_max,
                                            std::function<void(std::uint64_t)> resized = {});
  Created<MemoryRegion> CreateIommu(std::string name, std::uint64_t size, IommuDevice& device);
  Created<MemoryRegion> CreateAlias(std::string name, std::uint64_t size, MemoryRegion& target,
                                    std::uint64_t offset);
  // Outside accesses (kInAccess) and transactions (kDepth) only; the region has no container, is no
  // root, no alias's target, and has no mappings and no notifiers. Its children are left without a
  // container.
  [[nodiscard]] Refusal Destroy(MemoryRegion& region);

  // The tree. A region that is added again, or moved, comes in front of its equals.
  [[nodiscard]] Refusal AddSubregion(MemoryRegion& parent, std::uint64_t offset,
                                     MemoryRegion& child, std::int32_t priority = 0);
  [[nodiscard]] Refusal DelSubregion(MemoryRegion& parent, MemoryRegion& child);
  [[nodiscard]] Refusal SetAddress(MemoryRegion& region, std::uint64_t address);
  [[nodiscard]] Refusal SetSize(MemoryRegion& region, std::uint64_t size);
  [[nodiscard]] Refusal SetAliasOffset(MemoryRegion& region, std::uint64_t offset);
  [[nodiscard]] Refusal SetEnabled(MemoryRegion& region, bool enabled);
  [[nodiscard]] Refusal SetReadonly(MemoryRegion& region, bool readonly);
  [[nodiscard]] Refusal SetNonvolatile(MemoryRegion& region, bool nonvolatile);
  [[nodiscard]] Refusal SetUnmergeable(MemoryRegion& region, bool unmergeable);
  [[nodiscard]] Refusal SetRomdMode(MemoryRegion& region, bool romd_mode);

  // Transactions nest; only the outermost Commit publishes.
  [[nodiscard]] Refusal Begin();
  [[nodiscard]] Refusal Commit();
  std::uint64_t depth() const { return depth_; }

  // Dirty logging. StartLog and StopLog count the VGA users of a region; the global log is the
  // migration's.
  [[nodiscard]] Refusal StartLog(MemoryRegion& region);
  [[nodiscard]] Refusal StopLog(MemoryRegion& region);
  [[nodiscard]] Refusal StartGlobalLog();
  [[nodiscard]] Refusal StopGlobalLog();
  // Of all regions, or of one.
  [[nodiscard]] Refusal SyncLog(const MemoryRegion* region = nullptr);
  // Tells every listener that a sync is over.
  [[nodiscard]] Refusal EndLogSync();
  // In region offsets. A range whose end wraps in 64 bits is not cleared (memory-map 4.8).
  [[nodiscard]] Refusal ClearLog(MemoryRegion& region, std::uint64_t start, std::uint64_t length);

  bool global_logging() const { return global_logging_; }
  // A listener is being called (engine/map/memory_listener.h).
  bool in_callback() const { return calling_; }
  // An AccessGuard lives.
  bool in_access() const { return accesses_ != 0; }
  const DirtyMemory& dirty_memory() const { return dirty_memory_; }
  DirtyMemory& dirty_memory() { return dirty_memory_; }

  // RAM blocks. The used length and the region's size change, the block's pages become dirty, and
  // `resized` is called last. A block that is not resizeable takes any size that rounds up to its
  // own (kNotResizeable); none grows beyond its max_length (kBadSize). Regions without a block:
  // kNoBlock (memory-map 7.5).
  [[nodiscard]] Refusal ResizeRam(MemoryRegion& region, std::uint64_t size);
  const RamList& ram_list() const { return ram_list_; }
  // The pages that hold a byte of that stretch of the block. Of 0 bytes: none at a page's
  // beginning, and elsewhere the page that they would lie in.
  PageRange PagesOf(const RamBlock& block, std::uint64_t offset, std::uint64_t length) const;

  // The data of an entry with a size is in the byte order of memory: a big-endian device's is
  // reversed, and listeners are told so (memory-map 5.3).
  [[nodiscard]] Refusal AddIoEventfd(MemoryRegion& region, const IoEventfd& entry);
  [[nodiscard]] Refusal DelIoEventfd(MemoryRegion& region, const IoEventfd& entry);
  // Listeners are told at once, from the published views, also within a transaction
  // (memory-map 5.7).
  [[nodiscard]] Refusal AddCoalescing(MemoryRegion& region, std::uint64_t offset,
                                      std::uint64_t size);
  [[nodiscard]] Refusal ClearCoalescing(MemoryRegion& region);

  // A space takes the view of its resolved root that the last commit made, if there is one, and
  // else renders it as the tree is now, within a transaction too (memory-map 2.4).
  Created<AddressSpace> CreateAddressSpace(std::string name, MemoryRegion& root);
  // Outside accesses only (kInAccess); it has no listeners and no mappings.
  [[nodiscard]] Refusal DestroyAddressSpace(AddressSpace& space);
  // In order of creation.
  const std::vector<std::unique_ptr<AddressSpace>>& spaces() const { return spaces_; }
  // The oldest space with that root, or null.
  const AddressSpace* SpaceOf(const MemoryRegion& root) const;

  // The listener is told the present view as if it were all new, or all gone.
  [[nodiscard]] Refusal RegisterListener(MemoryListener& listener, AddressSpace& space,
                                         std::uint32_t priority);
  [[nodiscard]] Refusal UnregisterListener(MemoryListener& listener);

  // Called with the notifier of an IoEventfd that a write matched.
  void SetSignal(std::function<void(std::uint32_t notifier)> signal) {
    signal_ = std::move(signal);
  }
  void Signal(std::uint32_t notifier) const {
    if (signal_) signal_(notifier);
  }

 private:
  friend class AccessGuard;
  friend class Mapping;

  enum class Direction { kForward, kReverse };

  Created<MemoryRegion> Create(RegionKind kind, std::string&& name, std::uint64_t size,
                               MmioDevice* device);
  Created<MemoryRegion> CreateWithRam(RegionKind kind, std::string&& name, std::uint64_t size,
                                      MmioDevice* device, const RamBacking& backing);
  // Gives the region its block; where it cannot, destroys the region and says why.
  Created<MemoryRegion> GiveBlock(MemoryRegion& region, Size max_length, const RamBacking& backing);
  Size RoundToPages(Size size) const;
  void Erase(MemoryRegion& region);
  void ResizeBlock(MemoryRegion& region, std::uint64_t used_length);
  void Link(MemoryRegion& parent, MemoryRegion& child, std::int32_t priority);
  void Unlink(MemoryRegion& child);
  Refusal SetAttribute(bool MemoryRegion::*attribute, MemoryRegion& region, bool value);
  void SetLogUsers(MemoryRegion& region, std::uint64_t users, bool started);

  void PublishIfOutermost();
  void PublishTopology();
  // The table's view of what the root resolves to, rendered if it is not there.
  std::shared_ptr<const FlatView> ViewFor(MemoryRegion& root);
  void DropViewTable();
  void InstallView(AddressSpace& space);
  void UpdateIoEventfds(AddressSpace& space);

  template <class Call>
  void Tell(const std::vector<MemoryListener*>& listeners, Direction direction, Call call);
  void TellLogClear(const MemoryRegion& region, std::uint64_t start, std::uint64_t length);
  void TellRangeDel(AddressSpace& space, const FlatRange& range);
  void TellRangeAdd(AddressSpace& space, const FlatRange& range);
  void TellRangeKept(AddressSpace& space, const FlatRange& old, const FlatRange& kept);
  void TellCoalescing(AddressSpace& space, const FlatRange& range, const CoalescedRange& window,
                      bool added);
  void TellCoalescingEverywhere(const MemoryRegion& region, const CoalescedRange& window,
                                bool added);

  MapLimits limits_;
  RegionGraph graph_;
  RamList ram_list_;
  DirtyMemory dirty_memory_;
  Renderer renderer_;
  std::vector<std::unique_ptr<MemoryRegion>> regions_;
  std::vector<std::unique_ptr<AddressSpace>> spaces_;
  std::vector<MemoryListener*>
      listeners_;  // Of all spaces; by ascending priority, ties in order of registration.
  std::function<void(std::uint32_t)> signal_;

  // The regions with a table_view_: the views that the last commit, or a space's creation since,
  // rendered.
  std::vector<MemoryRegion*> view_table_;
  std::shared_ptr<const FlatView> empty_view_;

  std::uint64_t depth_ = 0;
  bool topology_pending_ = false;
  bool ioeventfds_pending_ = false;
  bool global_logging_ = false;
  bool calling_ = false;              // A listener is being called.
  mutable std::size_t accesses_ = 0;  // AccessGuards that live.
  std::uint64_t ram_bytes_ = 0;
  std::size_t bounce_buffers_ = 0;  // In use, and their bytes.
  std::uint64_t bounce_bytes_ = 0;
  std::uint64_t adds_ = 0;     // Source of MemoryRegion::Rank::sequence.
  std::uint64_t created_ = 0;  // Source of the ids.
};

// Keeps regions and address spaces from being destroyed (kInAccess).
class AccessGuard {
 public:
  explicit AccessGuard(const MemoryMap& map) : map_(map) { ++map_.accesses_; }
  ~AccessGuard() { --map_.accesses_; }
  AccessGuard(const AccessGuard&) = delete;
  AccessGuard& operator=(const AccessGuard&) = delete;

 private:
  const MemoryMap& map_;
};

}  // namespace flatcheck::engine
