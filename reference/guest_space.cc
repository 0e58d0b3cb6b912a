#include "reference/guest_space.h"

#include <algorithm>
#include <cassert>

namespace flatcheck::reference {
namespace {

inline constexpr std::uint32_t kListenerPriority = 10;

Eventfd EventfdOf(const Event& event);

}  // namespace

void GuestSpace::Enter(SpaceId space) {
  space_ = space;
  model_.AttachEar(*this, space, kListenerPriority);
}

void GuestSpace::Leave() {
  assert(slots_.empty());
  space_ = kNone;
  if (bus_ != nullptr) *bus_ = {};
}

void GuestSpace::Hear(const Event& event) {
  HearOfBus(event);
  if (kind_ == GuestBus::kMemory) HearOfSlots(event);
}

GuestSlot* GuestSpace::FindSlot(std::uint64_t address) {
  for (GuestSlot& one : slots_) {
    if (one.slot.start <= address && address < one.slot.end) return &one;
  }
  return nullptr;
}

// Logging that gains or loses one client of several is none of the kernel's business.
void GuestSpace::HearOfSlots(const Event& event) {
  switch (event.kind) {
    case EventKind::kRegionDel:
      deleted_.push_back(event.section);
      break;
    case EventKind::kRegionAdd:
      added_.push_back(event.section);
      break;
    case EventKind::kCommit:
      Commit();
      break;
    case EventKind::kLogStart:
      if (event.extra[0] == 0) UpdateFlags(event.section);
      break;
    case EventKind::kLogStop:
      if (event.extra[1] == 0) UpdateFlags(event.section);
      break;
    case EventKind::kLogSync:
      Sync(event.section);
      break;
    case EventKind::kLogClear:
      Clear(event.section);
      break;
    default:
      break;
  }
}

// What the kernel refuses is not asked for again. Zones that it could not take away again, it is
// not asked for at all.
void GuestSpace::HearOfBus(const Event& event) {
  if (bus_ == nullptr) return;
  const bool has_zones =
      kind_ == GuestBus::kMemory ? rules_.has_memory_zones : rules_.has_port_zones;
  const Zone zone{event.extra[0], event.extra[1]};
  const bool is_zone =
      has_zones && zone.size <= INT32_MAX && zone.address <= UINT64_MAX - zone.size;
  switch (event.kind) {
    case EventKind::kEventfdAdd:
      bus_->Assign(EventfdOf(event));
      break;
    case EventKind::kEventfdDel:
      bus_->Deassign(EventfdOf(event));
      break;
    case EventKind::kCoalescedAdd:
      if (is_zone) bus_->Register(zone);
      break;
    case EventKind::kCoalescedDel:
      if (is_zone) bus_->Unregister(zone);
      break;
    default:
      break;
  }
}

void GuestSpace::Commit() {
  for (const Range& section : deleted_) Delete(section);
  for (const Range& section : added_) Create(section);
  deleted_.clear();
  added_.clear();
}

// A log is fetched before it goes with its slot, also where the same slot comes back.
void GuestSpace::Delete(const Range& section) {
  for (GuestSlot* one : SlotsIn(section)) Fetch(*one);
  std::erase_if(slots_, [&](const GuestSlot& one) {
    return section.start <= one.slot.start && one.slot.end <= section.end;
  });
}

void GuestSpace::Create(const Range& section) {
  const Bus bus = model_.bus();
  for (const Slot& slot : SlotsOf(bus.regions, section, rules_.slots, bus.migration_mask)) {
    if (slots_.size() == rules_.slots_max) return;
    if (!HasRoom(slot)) continue;
    const auto behind = std::ranges::find_if(
        slots_, [&](const GuestSlot& one) { return one.slot.start > slot.start; });
    slots_.insert(behind, GuestSlot{slot, {}, {}});
  }
}

// The kernel drops the log of a slot that it no longer logs, and cannot change who may write a slot
// but by making it anew, if it has room for it.
void GuestSpace::UpdateFlags(const Range& section) {
  const Bus bus = model_.bus();
  for (GuestSlot* one : SlotsIn(section)) {
    Slot& slot = one->slot;
    const Region& region = bus.regions[slot.region];
    const bool is_readonly = IsReadonlySlot(region, rules_.slots);
    const bool is_logged = IsLoggedSlot(region, bus.migration_mask);
    if (!is_logged || is_readonly != slot.is_readonly) {
      one->written.clear();
      one->synced.clear();
    }
    const bool is_anew = is_readonly != slot.is_readonly;
    slot.is_readonly = is_readonly;
    slot.is_logged = is_logged;
    if (is_anew && !HasRoom(slot)) slot.end = slot.start;  // It is gone.
  }
  std::erase_if(slots_, [](const GuestSlot& one) { return one.slot.end == one.slot.start; });
}

void GuestSpace::Sync(const Range& section) {
  for (GuestSlot* one : SlotsIn(section)) Fetch(*one);
}

// A page that no sync has reported stays in the log, lest it be lost. Both ends of the request are
// rounded as one number and one length, so that of an unaligned one the first page counts though
// only a part of it was meant.
void GuestSpace::Clear(const Range& section) {
  if (!rules_.is_log_protected) return;
  const Wide page = rules_.slots.page_size;
  for (GuestSlot& one : slots_) {
    const Wide start = std::max(section.start, one.slot.start);
    const Wide end = std::min(section.end, one.slot.end);
    if (start >= end) continue;
    const Wide first = (start - one.slot.start) / page;
    const Wide count = (end - start) / page;
    const auto is_meant = [&](std::uint64_t number) {
      return first <= number && number < first + count;
    };
    std::erase_if(one.written, [&](std::uint64_t number) {
      return is_meant(number) && one.synced.contains(number);
    });
    std::erase_if(one.synced, is_meant);
  }
}

// Reads the kernel's log into the map's dirty pages, whoever of their clients logs the region. Of
// the block, what is in use at this moment counts.
void GuestSpace::Fetch(GuestSlot& guest_slot) {
  const Bus bus = model_.bus();
  const RamBlock& block = *bus.regions[guest_slot.slot.region].block;
  const std::uint64_t page = rules_.slots.page_size;
  for (const std::uint64_t number : guest_slot.written) {
    const std::uint64_t start = guest_slot.slot.offset + number * page;
    if (start >= block.used_length) continue;
    const std::uint64_t length = std::min(page, block.used_length - start);
    bus.dirty.Set(PagesOf(block.offset + start, length, bus.page_size),
                  kVgaMask | bus.migration_mask);
  }
  guest_slot.synced = guest_slot.written;
  if (!rules_.is_log_protected) guest_slot.written.clear();
}

// A slot lies inside of the section that it was made from, and in no other.
std::vector<GuestSlot*> GuestSpace::SlotsIn(const Range& section) {
  std::vector<GuestSlot*> found;
  for (GuestSlot& one : slots_) {
    if (section.start <= one.slot.start && one.slot.end <= section.end) found.push_back(&one);
  }
  return found;
}

namespace {

Eventfd EventfdOf(const Event& event) {
  return {.start = static_cast<std::uint64_t>(event.section.start),
          .size = static_cast<std::uint64_t>(event.section.end - event.section.start),
          .is_data_matched = event.extra[0] != 0,
          .data = event.extra[1],
          .notifier = static_cast<std::uint8_t>(event.extra[2])};
}

}  // namespace
}  // namespace flatcheck::reference
