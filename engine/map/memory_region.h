// A MemoryRegion is a node of the tree that a machine's memory map is built from: a container,
// something that answers accesses (RAM, ROM, a device), or an alias, a window onto another region.
//
// Invariants:
//   1. Container -> child and alias -> target edges form no cycle, and no chain of them exceeds
//   MapLimits::depth_max.
//   2. children() is in descending priority; among equal priorities the one added last comes first
//   (memory-map 1.5).
//   3. paths() = 1 + paths() of the children and of the target: what rendering the region may cost.
// Lifetime: owned by its MemoryMap, which alone changes it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/map/address_range.h"
#include "engine/map/io_eventfd.h"

namespace flatcheck::engine {

class AddressSpace;
class FlatView;
class Iommu;
class MmioDevice;
class RamBlock;

enum class RegionKind : std::uint8_t {
  kContainer,
  kIo,  // MMIO; without a device it is a reservation, which decodes and fails.
  kRam,
  kRom,        // RAM that begins read-only.
  kRomDevice,  // Reads are direct in romd mode; writes always reach the device.
  kRamDevice,  // Device memory (a mapped BAR): accessed in sizes of 1 to 8 bytes, never copied in
               // bulk.
  kIommu,      // Accesses go on at another address (engine/ram/iommu.h).
  kAlias,
};

// The clients of dirty logging, as bits of a log mask.
inline constexpr std::uint8_t kLogVga = 0x1;
inline constexpr std::uint8_t kLogMigration = 0x4;

// A window of an MMIO region whose writes may be batched, in region offsets.
struct CoalescedRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

class MemoryRegion {
 public:
  // Place among siblings: the greater one is in front.
  struct Rank {
    std::int32_t priority = 0;
    std::uint64_t sequence = 0;  // Of its last add; later is greater.
    auto operator<=>(const Rank&) const = default;
  };
  using Children = std::map<Rank, MemoryRegion*, std::greater<>>;

  MemoryRegion(const MemoryRegion&) = delete;
  MemoryRegion& operator=(const MemoryRegion&) = delete;
  ~MemoryRegion();

  // Unique in its map and never used again.
  std::uint64_t id() const { return id_; }
  const std::string& name() const { return name_; }
  RegionKind kind() const { return kind_; }
  Size size() const { return size_; }
  std::uint64_t address() const {
    return address_;
  }  // In its container; kept when it is removed from it.
  std::int32_t priority() const { return rank_.priority; }
  const MemoryRegion* container() const { return container_; }
  const Children& children() const { return children_; }
  MemoryRegion* alias_target() const { return alias_target_; }
  std::uint64_t alias_offset() const { return alias_offset_; }
  // The end of the region's chain of aliases, itself if it is none, and where the region begins
  // there; offsets add up modulo 2^64.
  struct Target {
    const MemoryRegion* region = nullptr;
    std::uint64_t offset = 0;
  };
  Target FollowAliases() const;
  const IoEventfdSet& ioeventfds() const { return ioeventfds_; }
  std::span<const CoalescedRange> coalesced() const { return coalesced_; }
  std::uint64_t paths() const { return paths_; }

  bool enabled() const { return enabled_; }
  bool readonly() const { return readonly_; }
  bool nonvolatile() const { return nonvolatile_; }
  bool unmergeable() const { return unmergeable_; }
  bool romd_mode() const { return romd_mode_; }

  // Has content of its own, behind its children.
  bool terminates() const { return kind_ != RegionKind::kContainer && kind_ != RegionKind::kAlias; }
  // Is RAM to the rules of translation; a ROM device is not, although it has a block.
  bool is_ram() const {
    return kind_ == RegionKind::kRam || kind_ == RegionKind::kRom ||
           kind_ == RegionKind::kRamDevice;
  }
  // Accesses copy bytes instead of calling a device (memory-map 6.3). Live: a commit is not needed.
  bool IsDirect(bool is_write) const;

  // The bytes of its block, where accesses of that kind are direct and the host has mapped it; else
  // null.
  std::uint8_t* direct(bool is_write) const { return direct_[is_write ? 1 : 0]; }

  // Who logs writes to it (memory-map 1.6).
  std::uint8_t LogMask(bool global_logging) const {
    return static_cast<std::uint8_t>((vga_logged_ ? kLogVga : 0) |
                                     (global_logging && is_migratable_ ? kLogMigration : 0));
  }

  const RamBlock* ram() const { return ram_.get(); }
  MmioDevice* device() const { return device_; }
  Iommu* iommu() const { return iommu_.get(); }

 private:
  friend class CachedTranslation;
  friend class Mapping;
  friend class MemoryMap;
  friend class RamBlock;
  friend class RegionGraph;

  MemoryRegion(std::uint64_t id, RegionKind kind, std::string&& name, Size size);

  // After the block is mapped, or an attribute that IsDirect goes by changed.
  void UpdateDirect() const;

  std::uint64_t id_;
  std::size_t place_ = 0;        // Among the map's regions.
  std::size_t alias_place_ = 0;  // Among its target's aliases.
  std::size_t table_place_ = 0;  // In the table of views, where it has a table_view_.
  std::string name_;
  RegionKind kind_;
  bool enabled_ = true;
  bool readonly_ = false;
  bool nonvolatile_ = false;
  bool unmergeable_ = false;
  bool romd_mode_ = true;
  bool vga_logged_ = false;
  bool is_migratable_;  // Migration logs it.
  std::uint64_t vga_log_users_ = 0;
  Size size_;
  std::uint64_t address_ = 0;
  Rank rank_;
  MemoryRegion* container_ = nullptr;
  Children children_;
  MemoryRegion* alias_target_ = nullptr;
  std::uint64_t alias_offset_ = 0;
  std::vector<MemoryRegion*> aliases_;  // That target this region.
  std::vector<AddressSpace*> spaces_;   // Whose root this region is, in order of creation.
  IoEventfdSet ioeventfds_;
  std::vector<CoalescedRange> coalesced_;
  std::unique_ptr<RamBlock> ram_;
  MmioDevice* device_ = nullptr;
  std::unique_ptr<Iommu> iommu_;
  bool is_resizeable_ = false;                  // Its block is.
  std::function<void(std::uint64_t)> resized_;  // If it is.
  mutable std::uint64_t pins_ = 0;              // Mappings and cached translations of it.
  mutable std::array<std::uint8_t*, 2> direct_{};

  std::shared_ptr<const FlatView> table_view_;  // Its entry in the table of views, if any.
  std::uint64_t paths_ = 1;
  std::size_t height_ = 1;  // Regions on the longest chain downwards; 0 if it must be counted anew.

  // Scratch of RegionGraph's walks, valid where mark_ is the walk's number.
  std::uint64_t mark_ = 0;
  std::uint64_t scratch_paths_ = 0;
  std::size_t scratch_depth_ = 0;
};

}  // namespace flatcheck::engine
