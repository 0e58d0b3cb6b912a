// An Iommu is what makes a region one whose accesses go on elsewhere: a table of translations, and
// the notifiers that hear of changes to it (6.2, 6.11 of the rules).
//
// Nothing is cached, and changing the table tells nobody: who changes it sends the events.

#pragma once

#include <cstdint>
#include <vector>

namespace flatcheck::reference {

inline constexpr std::uint8_t kMayRead = 0x1;
inline constexpr std::uint8_t kMayWrite = 0x2;

// Addresses that equal `address` outside of `mask` go to `target` in `space`, with their bits
// inside of the mask.
struct IommuEntry {
  std::uint64_t address = 0;
  std::uint64_t mask = 0;  // 2^k - 1.
  std::uint32_t space = 0;
  std::uint64_t target = 0;
  std::uint8_t permission = 0;
};

inline constexpr std::uint8_t kNotifiesUnmap = 0x1;
inline constexpr std::uint8_t kNotifiesMap = 0x2;
inline constexpr std::uint8_t kNotifiesDeviceIotlb = 0x4;

struct Notifier {
  bool is_live = false;
  std::uint32_t region = 0;  // Of the IOMMU, behind all aliases.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint8_t flags = 0;
};

// An event for notifiers. Its entry may reach over any addresses.
struct IommuEvent {
  std::uint64_t address = 0;
  std::uint64_t mask = 0;
  std::uint64_t target = 0;
  std::uint8_t permission = 0;
  std::uint8_t type = 0;  // One of the flags of notifiers.
};

struct Iommu {
  bool is_traced = false;         // Translations are recorded.
  bool refuses_mappings = false;  // No notifier may ask for kNotifiesMap.
  std::vector<IommuEntry> entries;
  std::vector<std::uint32_t> notifiers;
  std::uint8_t flags = 0;  // Of all notifiers, OR-ed.

  // The newest entry that holds the address decides, however wide it is. Null: none does.
  const IommuEntry* Find(std::uint64_t address) const {
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      if ((address & ~entry->mask) == entry->address) return &*entry;
    }
    return nullptr;
  }
};

}  // namespace flatcheck::reference
