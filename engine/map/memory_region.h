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
class RamBlock;

enum class RegionKind : std::uint8_t {
  kContainer,
  kIo,  // MMIO; without a device it is a reservation, which decodes and fails.
  kRam,
  kRom,        // RAM that begins read-only.
  kRomDevice,  // Reads are direct in romd mode; writes always reach the device.
  kRamDevice,  // Device memory (a mapped BAR): accessed in sizes of 1 to 8 bytes, never copied in
               // bulk.
  kAlias,
};

// A device behind an MMIO region or a ROM device: accesses of 1, 2 or 4 bytes, aligned to their
// size, little endian.
class MmioDevice {
 public:
  virtual ~MmioDevice() = default;
  virtual std::uint64_t Read(std::uint64_t offset, unsigned size) = 0;
  virtual void Write(std::uint64_t offset, unsigned size, std::uint64_t value) = 0;
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

  // Who logs writes to it (memory-map 1.6).
  std::uint8_t LogMask(bool global_logging) const;

  const RamBlock* ram() const { return ram_.get(); }
  MmioDevice* device() const { return device_; }

 private:
  friend class MemoryMap;
  friend class RegionGraph;

  MemoryRegion(std::uint64_t id, RegionKind kind, std::string name, Size size);

  std::uint64_t id_;
  std::size_t place_ = 0;  // Among the map's regions.
  std::string name_;
  RegionKind kind_;
  bool enabled_ = true;
  bool readonly_ = false;
  bool nonvolatile_ = false;
  bool unmergeable_ = false;
  bool romd_mode_ = true;
  bool vga_logged_ = false;
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

  std::shared_ptr<const FlatView> table_view_;  // Its entry in the table of views, if any.
  std::uint64_t paths_ = 1;
  std::size_t height_ = 1;  // Regions on the longest chain downwards; 0 if it must be counted anew.

  // Scratch of RegionGraph's walks, valid where mark_ is the walk's number.
  std::uint64_t mark_ = 0;
  std::uint64_t scratch_paths_ = 0;
  std::size_t scratch_depth_ = 0;
};

}  // namespace flatcheck::engine
