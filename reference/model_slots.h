// A Slot is a part of guest memory that KVM lets a guest reach without leaving it: whole pages that
// lie side by side in one block (section 8 of the rules).
//
//     pages         |.......|.......|.......|.......|
//     range             |-----------------------|
//     slot                  |---------------|
//
// What of a range is left over at its ends is left to exits, and so is a whole range whose pages do
// not begin where pages of the host do.

#pragma once

#include <cstdint>
#include <vector>

#include "reference/model_view.h"

namespace flatcheck::reference {

struct SlotRules {
  std::uint64_t page_size = 0;       // The host's.
  std::uint64_t address_end = 0;     // Slots end at the last page border up to here.
  std::uint64_t slot_bytes_max = 0;  // Longer ranges take several slots. Whole pages.
  bool has_readonly_slots = true;
  // Where in a page of the host the block's memory begins; without it, at its start.
  std::uint64_t (*start_in_page)(const RamBlock& block) = nullptr;
};

// A slot for writing takes both; one that is read-only leaves writes to exits.
struct Slot {
  Wide start = 0;
  Wide end = 0;
  RegionId region = kNone;
  std::uint64_t offset = 0;  // In the block, of `start`.
  bool is_readonly = false;
  bool is_logged = false;
};

// Whether ranges of the region become slots, and how. They follow the region's fields of this
// moment: what a range inherited does not count, so RAM that is seen through a read-only alias is
// for writing.
bool TakesSlots(const Region& region, const SlotRules& rules);
bool IsReadonlySlot(const Region& region, const SlotRules& rules);
bool IsLoggedSlot(const Region& region, std::uint8_t migration_mask);

// The slots of a range, by ascending address.
std::vector<Slot> SlotsOf(const std::vector<Region>& regions, const Range& range,
                          const SlotRules& rules, std::uint8_t migration_mask);

}  // namespace flatcheck::reference
