#include "reference/model_slots.h"

#include <algorithm>

namespace flatcheck::reference {

// A ROM device is read like memory while its mode lets it, and written like a device always; a
// kernel without read-only slots cannot tell the two apart.
bool TakesSlots(const Region& region, const SlotRules& rules) {
  if (region.kind == Kind::kRomDevice) return region.romd_mode && rules.has_readonly_slots;
  return HasBytes(region.kind);
}

bool IsReadonlySlot(const Region& region, const SlotRules& rules) {
  return rules.has_readonly_slots && (region.readonly || region.kind == Kind::kRomDevice);
}

bool IsLoggedSlot(const Region& region, std::uint8_t migration_mask) {
  return LogMask(region, migration_mask) != 0;
}

std::vector<Slot> SlotsOf(const std::vector<Region>& regions, const Range& range,
                          const SlotRules& rules, std::uint8_t migration_mask) {
  const Region& region = regions[range.region];
  const Wide page = rules.page_size;
  const Wide start = (range.start + page - 1) / page * page;
  const Wide end = std::min(range.end, Wide{rules.address_end}) / page * page;
  const Wide to_block = range.offset - range.start;
  std::vector<Slot> slots;
  if (!TakesSlots(region, rules)) return slots;
  const std::uint64_t start_in_page = rules.start_in_page ? rules.start_in_page(*region.block) : 0;
  if ((start_in_page + to_block + start) % page != 0) return slots;
  for (Wide from = start; from < end; from += rules.slot_bytes_max) {
    slots.push_back({.start = from,
                     .end = std::min(from + rules.slot_bytes_max, end),
                     .region = range.region,
                     .offset = static_cast<std::uint64_t>(from + to_block),
                     .is_readonly = IsReadonlySlot(region, rules),
                     .is_logged = IsLoggedSlot(region, migration_mask)});
  }
  return slots;
}

}  // namespace flatcheck::reference
