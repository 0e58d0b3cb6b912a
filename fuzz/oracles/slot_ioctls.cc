#include "fuzz/oracles/slot_ioctls.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace flatcheck {
namespace {

auto PlaceOf(const SlotSeen& slot) { return std::tuple(slot.address_space, slot.guest_address); }
auto MemoryOf(const SlotSeen& slot) {
  return std::tuple(slot.address_space, slot.region, slot.offset, slot.size, slot.readonly);
}

// Whether one of the slots, by place, lies where the other one does.
bool Overlap(const std::vector<SlotSeen>& slots, const SlotSeen& other) {
  const auto behind = std::ranges::upper_bound(
      slots, std::tuple(other.address_space, other.guest_address + (other.size - 1)), {},
      [](const SlotSeen& slot) { return PlaceOf(slot); });
  if (behind == slots.begin()) return false;
  const SlotSeen& before = *std::prev(behind);
  return before.address_space == other.address_space &&
         before.guest_address + (before.size - 1) >= other.guest_address;
}

}  // namespace

std::uint64_t SlotIoctlsAtMost(const std::vector<SlotSeen>& before,
                               const std::vector<SlotSeen>& after, const SlotChange& change) {
  std::uint64_t changes = 0;
  std::uint64_t ways_taken = 0;
  std::vector<const SlotSeen*> gone;
  std::vector<const SlotSeen*> come;
  const auto kept_in = [](const std::vector<SlotSeen>& slots, const SlotSeen& slot) {
    const auto at = std::ranges::lower_bound(slots, PlaceOf(slot), {},
                                             [](const SlotSeen& other) { return PlaceOf(other); });
    const bool is_kept =
        at != slots.end() && PlaceOf(*at) == PlaceOf(slot) && MemoryOf(*at) == MemoryOf(slot);
    return is_kept ? &*at : nullptr;
  };
  for (const SlotSeen& slot : before) {
    const SlotSeen* const kept = kept_in(after, slot);
    const bool is_logged = slot.logs_dirty_pages;
    if (kept != nullptr && kept->logs_dirty_pages != is_logged) ++changes;
    if (change.is_space_destroyed && is_logged) changes += 2;
    if (change.logs_stay && is_logged) {
      changes += kept != nullptr ? 2 : 1;
    } else if (kept == nullptr) {
      gone.push_back(&slot);
    }
  }
  for (const SlotSeen& slot : after) {
    if (kept_in(before, slot) != nullptr) continue;
    come.push_back(&slot);
    if (Overlap(before, slot)) ++ways_taken;
  }
  std::uint64_t moves = 0;
  for (const SlotSeen* const slot : come) {
    const auto from = std::ranges::find_if(
        gone, [&](const SlotSeen* other) { return MemoryOf(*other) == MemoryOf(*slot); });
    if (from == gone.end()) continue;
    gone.erase(from);
    ++moves;
  }
  // Of slots that wait for each other at least one need not be made anew.
  const std::uint64_t waiting = std::min(moves, ways_taken);
  return changes + come.size() + gone.size() + (waiting == 0 ? 0 : waiting - 1);
}

}  // namespace flatcheck
