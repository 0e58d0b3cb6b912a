// IOMMU regions: an access to one goes on at another address, of the space that its device names.
//
//     device space       [  IOMMU region        ]
//                            | Translate(offset)
//     memory             [ ram ...  ^ translated ]
//
// Whoever keeps translations registers an IommuNotifier and hears of changes inside its range
// (memory-map 6.2, 6.11).
//
// Lifetime: devices and notifiers are the caller's; a region with notifiers cannot be destroyed
// (kHasNotifiers), nor can any while one of them is called (kInAccess). A target space must live
// while the device names it. A notifier may come or go in any callback, but must not be destroyed
// in its own nor while it is replayed.

#pragma once

#include <cstdint>
#include <vector>

#include "engine/map/memory_map.h"

namespace flatcheck::engine {

// Permissions, and what an access wants, as bits.
inline constexpr std::uint8_t kIommuNone = 0;
inline constexpr std::uint8_t kIommuRead = 1;
inline constexpr std::uint8_t kIommuWrite = 2;
inline constexpr std::uint8_t kIommuReadWrite = 3;

// A translation of the bytes whose addresses differ in the bits of the mask only.
struct IommuEntry {
  const AddressSpace* target = nullptr;  // Null: there is none, whatever the permission.
  std::uint64_t iova = 0;
  std::uint64_t translated = 0;  // The bits of the mask do not count.
  std::uint64_t mask = 0;
  std::uint8_t permission = kIommuNone;
};

// Kinds of events, and what a notifier hears of.
inline constexpr std::uint8_t kIommuUnmap = 1;
inline constexpr std::uint8_t kIommuMap = 2;
inline constexpr std::uint8_t kIommuDeviceIotlbUnmap = 4;

class IommuDevice {
 public:
  virtual ~IommuDevice() = default;

  // `flag` is what the access wants: kIommuRead or kIommuWrite; kIommuNone in a replay.
  virtual IommuEntry Translate(std::uint64_t offset, std::uint8_t flag) = 0;
  // The OR of the kinds that notifiers want is to change. False refuses it.
  virtual bool NotifyFlagsChanged(std::uint8_t /*before*/, std::uint8_t /*after*/) { return true; }
};

// Hears of events that meet [first, last], both in region offsets.
class IommuNotifier {
 public:
  IommuNotifier(std::uint64_t first, std::uint64_t last, std::uint8_t flags)
      : first_(first), last_(last), flags_(flags) {}
  IommuNotifier(const IommuNotifier&) = delete;
  IommuNotifier& operator=(const IommuNotifier&) = delete;
  // REQUIRES: not registered, or its map is gone.
  virtual ~IommuNotifier() = default;

  virtual void Notify(const IommuEntry& entry) = 0;

  std::uint64_t first() const { return first_; }
  std::uint64_t last() const { return last_; }
  std::uint8_t flags() const { return flags_; }
  // The IOMMU region that it is registered on, or null.
  const MemoryRegion* region() const { return region_; }

 private:
  friend class Iommu;

  std::uint64_t first_;
  std::uint64_t last_;
  std::uint8_t flags_;
  MemoryRegion* region_ = nullptr;
};

// On the IOMMU region at the end of the region's alias chain (kNotIommu). Refused are no flags
// (kBadFlags), a range whose end comes before its start (kBadRange), a second registration, and
// what the device refuses (kDeviceRefuses).
[[nodiscard]] Refusal RegisterNotifier(MemoryRegion& region, IommuNotifier& notifier);
[[nodiscard]] Refusal UnregisterNotifier(IommuNotifier& notifier);

// Tells the notifiers that want that kind of event, the newest first. One that wants
// kIommuDeviceIotlbUnmap gets it cut to its range; any other must hold it whole (kNotInside). The
// entry must end in the address space (kBadRange), and an unmap must give no permission
// (kBadPermission).
[[nodiscard]] Refusal NotifyIommu(MemoryRegion& region, const IommuEntry& entry, std::uint8_t type);

// Tells the notifier each translation of its region that gives a permission: also those outside of
// its range, and one that spans pages once for each, since the device is asked page by page
// (memory-map 6.11). Pages are the map's. Refused if the notifier is not registered (kAbsent), or
// if the region has more pages than MapLimits::replay_pages_max (kTooLong). One that is
// unregistered meanwhile hears no more.
[[nodiscard]] Refusal ReplayIommu(const MemoryMap& map, IommuNotifier& notifier);

// Where an access of that kind ends up, as an entry; all zero where nobody answers. Pages that hold
// more than one thing count as one (memory-map 6.2).
IommuEntry IotlbEntry(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                      bool is_write);

// What an IOMMU region has besides a region.
class Iommu {
 public:
  Iommu(const MemoryMap& map, MemoryRegion& region, IommuDevice& device)
      : map_(map), region_(region), device_(device) {}
  Iommu(const Iommu&) = delete;
  Iommu& operator=(const Iommu&) = delete;
  ~Iommu();

  IommuDevice& device() const { return device_; }
  bool has_notifiers() const { return !notifiers_.empty(); }

 private:
  friend Refusal RegisterNotifier(MemoryRegion& region, IommuNotifier& notifier);
  friend Refusal UnregisterNotifier(IommuNotifier& notifier);
  friend Refusal NotifyIommu(MemoryRegion& region, const IommuEntry& entry, std::uint8_t type);

  Refusal Add(IommuNotifier& notifier);
  void Remove(IommuNotifier& notifier);
  Refusal Notify(const IommuEntry& entry, std::uint8_t type);
  // Tells the device if the OR of all flags changes; false if it refuses.
  bool UpdateFlags();

  const MemoryMap& map_;
  MemoryRegion& region_;
  IommuDevice& device_;
  std::vector<IommuNotifier*> notifiers_;  // In order of registration.
  std::uint8_t flags_ = 0;                 // What the device knows.
};

}  // namespace flatcheck::engine
