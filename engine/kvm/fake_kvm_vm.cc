#include "engine/kvm/fake_kvm_vm.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>

namespace flatcheck::engine {
namespace {

constexpr std::uint64_t kPortsEnd = 0x10000;
constexpr std::uint8_t kPortBytesMax = 4;

std::uint64_t Cut(std::uint64_t value, std::uint8_t size) {
  return size >= 8 ? value : value & ((1ull << (8 * size)) - 1);
}

// One or two: an access has 8 bytes at most.
struct Parts {
  std::array<GuestExit, 2> parts;
  std::size_t count = 0;
  std::span<GuestExit> All() { return std::span(parts).first(count); }
};

Parts SplitAtPage(const GuestAccess& access, std::uint64_t page_size) {
  const std::uint64_t to_page_end = page_size - access.address % page_size;
  const bool crosses = access.bus == KvmBus::kMmio && access.size > to_page_end;
  const auto first = crosses ? static_cast<std::uint8_t>(to_page_end) : access.size;
  const std::uint64_t value = access.is_write ? access.value : 0;
  Parts split;
  split.count = crosses ? 2 : 1;
  split.parts[0] = {access.bus, access.address, first, access.is_write, Cut(value, first)};
  if (crosses) {
    const auto rest = static_cast<std::uint8_t>(access.size - first);
    split.parts[1] = {access.bus, access.address + first, rest, access.is_write,
                      Cut(value >> (8 * first), rest)};
  }
  return split;
}

std::uint64_t Join(const Parts& split) {
  const GuestExit& first = split.parts[0];
  return split.count == 1 ? first.value : first.value | split.parts[1].value << (8 * first.size);
}

void Store(const GuestExit& write, std::uint8_t* host) {
  for (unsigned i = 0; i < write.size; ++i) {
    host[i] = static_cast<std::uint8_t>(write.value >> (8 * i));
  }
}

std::uint64_t Load(const GuestExit& read, const std::uint8_t* host) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < read.size; ++i) value |= std::uint64_t{host[i]} << (8 * i);
  return value;
}

// Of slots that may be const; null if no slot contains the place.
template <class Slots>
auto FindIn(Slots& slots, const FakeKvmVm::Place& place) -> decltype(&slots.begin()->second) {
  auto behind = slots.upper_bound(place);
  if (behind == slots.begin()) return nullptr;
  auto& [start, slot] = *--behind;
  const bool contains = start.address_space == place.address_space &&
                        place.guest_address - start.guest_address < slot.slot.size;
  return contains ? &slot : nullptr;
}

template <class T>
std::vector<T> DevicesOfKind(std::span<const FakeIoBus> buses) {
  std::vector<T> found;
  for (const FakeIoBus& bus : buses) {
    for (const FakeIoBus::Device& device : bus.devices()) {
      if (const T* wanted = std::get_if<T>(&device)) found.push_back(*wanted);
    }
  }
  return found;
}

}  // namespace

int FakeKvmVm::SetMemorySlot(const KvmMemorySlot& slot) {
  ++ioctls_;
  ++slot_ioctls_;
  if (!IsValid(slot)) return EINVAL;
  const auto present = by_number_.find(slot.slot);
  if (slot.size != 0) {
    return present == by_number_.end() ? Create(slot) : Change(present->second, slot);
  }
  if (present == by_number_.end()) return EINVAL;
  by_place_.erase(present->second);
  by_number_.erase(present);
  return 0;
}

// memory-map 8.8, as far as it does not depend on other slots. All of it is EINVAL.
bool FakeKvmVm::IsValid(const KvmMemorySlot& slot) const {
  const std::uint32_t known_flags =
      kKvmLogDirtyPages | (capabilities_.readonly_memory ? kKvmReadonly : 0);
  const std::uint64_t odd_bytes = slot.size | slot.guest_address | slot.host_address;
  const std::uint64_t end = slot.guest_address + slot.size;
  const std::uint64_t host_end = slot.host_address + slot.size;
  return (slot.flags & ~known_flags) == 0 && odd_bytes % capabilities_.page_size == 0 &&
         host_end >= slot.host_address && host_end <= kHostAddressEnd &&
         slot.slot >> 16 < capabilities_.address_spaces &&
         (slot.slot & 0xffff) < capabilities_.slots_max && end >= slot.guest_address &&
         slot.size / capabilities_.page_size <= capabilities_.slot_pages_max &&
         (slot.size == 0 || end <= capabilities_.address_end);
}

int FakeKvmVm::Create(const KvmMemorySlot& slot) {
  if (Overlaps(slot)) return EEXIST;
  if (!HasRoom(slot)) return ENOMEM;
  const Place place = {static_cast<std::uint16_t>(slot.slot >> 16), slot.guest_address};
  by_number_[slot.slot] = by_place_.emplace(place, Slot{slot, {}}).first;
  return 0;
}

int FakeKvmVm::Change(Slots::iterator present, const KvmMemorySlot& slot) {
  const KvmMemorySlot& old = present->second.slot;
  if (slot.host_address != old.host_address || slot.size != old.size ||
      ((slot.flags ^ old.flags) & kKvmReadonly) != 0) {
    return EINVAL;
  }
  if (slot.guest_address != old.guest_address) {
    if (Overlaps(slot)) return EEXIST;
    if (!HasRoom(slot)) return ENOMEM;
    auto node = by_place_.extract(present);
    node.key().guest_address = slot.guest_address;
    present = by_number_[slot.slot] = by_place_.insert(std::move(node)).position;
  }
  present->second.slot = slot;
  if ((slot.flags & kKvmLogDirtyPages) == 0) present->second.dirty_pages.clear();
  return 0;
}

// Does it overlap a slot of another number?
bool FakeKvmVm::Overlaps(const KvmMemorySlot& slot) const {
  const auto address_space = static_cast<std::uint16_t>(slot.slot >> 16);
  const std::uint64_t end = slot.guest_address + slot.size;
  // Downwards from the end: the slot's own number is passed at most once.
  auto behind = by_place_.lower_bound({address_space, end});
  while (behind != by_place_.begin()) {
    const auto& [place, present] = *--behind;
    if (place.address_space != address_space) return false;
    if (place.guest_address + present.slot.size <= slot.guest_address) return false;
    if (present.slot.slot != slot.slot) return true;
  }
  return false;
}

int FakeKvmVm::FindLog(std::uint32_t slot, Slot*& found) {
  if (slot >> 16 >= capabilities_.address_spaces || (slot & 0xffff) >= capabilities_.slots_max) {
    return EINVAL;
  }
  const auto present = by_number_.find(slot);
  if (present == by_number_.end()) return ENOENT;
  found = &present->second->second;
  return (found->slot.flags & kKvmLogDirtyPages) != 0 ? 0 : ENOENT;
}

int FakeKvmVm::GetDirtyLog(std::uint32_t slot, std::span<std::uint64_t> pages) {
  ++ioctls_;
  Slot* found = nullptr;
  if (const int error = FindLog(slot, found)) return error;
  const std::uint64_t words = (found->slot.size / capabilities_.page_size + 63) / 64;
  assert(pages.size() >= words);
  std::ranges::fill(pages.first(words), 0);
  for (const std::uint64_t page : found->dirty_pages) pages[page / 64] |= 1ull << (page % 64);
  if (!capabilities_.manual_dirty_log_protect) found->dirty_pages.clear();
  return 0;
}

int FakeKvmVm::ClearDirtyLog(std::uint32_t slot, std::uint64_t first_page, std::uint32_t page_count,
                             std::span<const std::uint64_t> pages) {
  ++ioctls_;
  Slot* found = nullptr;
  const int error = FindLog(slot, found);
  if (error == EINVAL || first_page % 64 != 0) return EINVAL;
  if (error != 0) return error;
  const std::uint64_t slot_pages = found->slot.size / capabilities_.page_size;
  if (first_page > slot_pages || page_count > slot_pages - first_page) return EINVAL;
  if (page_count < slot_pages - first_page && page_count % 64 != 0) return EINVAL;
  auto page = found->dirty_pages.lower_bound(first_page);
  while (page != found->dirty_pages.end() && *page < first_page + page_count) {
    const std::uint64_t bit = *page - first_page;
    const bool is_wanted = (pages[bit / 64] >> (bit % 64) & 1) != 0;
    page = is_wanted ? found->dirty_pages.erase(page) : std::next(page);
  }
  return 0;
}

int FakeKvmVm::AssignIoEventfd(const KvmIoEventfd& entry) {
  ++ioctls_;
  return Bus(entry.bus).Assign(entry);
}

int FakeKvmVm::DeassignIoEventfd(const KvmIoEventfd& entry) {
  ++ioctls_;
  return Bus(entry.bus).Deassign(entry);
}

int FakeKvmVm::RegisterCoalescedZone(const KvmCoalescedZone& zone) {
  ++ioctls_;
  return HasZones(zone.bus) ? Bus(zone.bus).Register(zone) : ENOTTY;
}

int FakeKvmVm::UnregisterCoalescedZone(const KvmCoalescedZone& zone) {
  ++ioctls_;
  if (!HasZones(zone.bus)) return ENOTTY;
  Bus(zone.bus).Unregister(zone);
  return 0;
}

bool FakeKvmVm::HasZones(KvmBus bus) const {
  return bus == KvmBus::kMmio ? capabilities_.coalesced_mmio : capabilities_.coalesced_pio;
}

void FakeKvmVm::Run(std::span<GuestAccess> accesses, const GuestExitHandler& exit) {
  for (std::size_t i = 0; i < accesses.size(); ++i) RunOne(accesses[i], i, exit);
  DeliverCoalesced(exit);
}

void FakeKvmVm::RunOne(GuestAccess& access, std::size_t number, const GuestExitHandler& exit) {
  access.outcome = GuestAccess::Outcome::kUnreachable;
  if (!IsReachable(access)) return;
  access.outcome = GuestAccess::Outcome::kDone;
  Parts split = SplitAtPage(access, capabilities_.page_size);
  std::array<bool, 2> is_served = {};
  for (std::size_t i = 0; i < split.count; ++i) {
    is_served[i] = IsServed(access.address_space, number, split.parts[i]);
  }
  for (std::size_t i = 0; i < split.count; ++i) {
    if (is_served[i]) continue;
    DeliverCoalesced(exit);
    const std::uint64_t answer = exit(number, split.parts[i]);
    if (!access.is_write) split.parts[i].value = Cut(answer, split.parts[i].size);
  }
  if (!access.is_write) access.value = Join(split);
}

bool FakeKvmVm::IsReachable(const GuestAccess& access) const {
  const bool is_width = access.size <= 8 && std::has_single_bit(access.size);
  if (!is_width) return false;
  if (access.bus == KvmBus::kPortIo) {
    return access.size <= kPortBytesMax && access.address < kPortsEnd;
  }
  return access.address < capabilities_.address_end &&
         access.size <= capabilities_.address_end - access.address &&
         access.address_space < capabilities_.address_spaces;
}

bool FakeKvmVm::IsServed(std::uint16_t address_space, std::size_t number, GuestExit& part) {
  Slot* memory = MemoryOf(address_space, part);
  if (memory == nullptr) return part.is_write && IsTaken(number, part);
  const std::uint64_t offset = part.address - memory->slot.guest_address;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): KVM names host memory by number.
  auto* host = reinterpret_cast<std::uint8_t*>(memory->slot.host_address + offset);
  if (part.is_write) {
    Store(part, host);
    Log(*memory, part);
  } else {
    part.value = Load(part, host);
  }
  return true;
}

FakeKvmVm::Slot* FakeKvmVm::MemoryOf(std::uint16_t address_space, const GuestExit& part) {
  if (part.bus == KvmBus::kPortIo) return nullptr;
  Slot* slot = FindIn(by_place_, {address_space, part.address});
  const bool refuses = slot != nullptr && part.is_write && (slot->slot.flags & kKvmReadonly) != 0;
  return refuses ? nullptr : slot;
}

void FakeKvmVm::Log(Slot& slot, const GuestExit& write) const {
  if ((slot.slot.flags & kKvmLogDirtyPages) == 0) return;
  slot.dirty_pages.insert((write.address - slot.slot.guest_address) / capabilities_.page_size);
}

const FakeKvmVm::Slot* FakeKvmVm::FindSlot(std::uint16_t address_space,
                                           std::uint64_t address) const {
  return FindIn(by_place_, {address_space, address});
}

bool FakeKvmVm::IsTaken(std::size_t number, const GuestExit& write) {
  for (const FakeIoBus::Device& device : Bus(write.bus).OfferedTo(write.address, write.size)) {
    if (const auto* entry = std::get_if<KvmIoEventfd>(&device)) {
      if (!Matches(*entry, write)) continue;
      ++signals_[entry->notifier];
      return true;
    }
    const auto& zone = std::get<KvmCoalescedZone>(device);
    if (!Contains(zone, write.address, write.size) || coalesced_.size() >= kCoalescedMax) continue;
    coalesced_.push_back({number, write});
    coalesced_.back().exit.is_coalesced = true;
    return true;
  }
  return false;
}

void FakeKvmVm::DeliverCoalesced(const GuestExitHandler& exit) {
  for (const auto& [access, write] : coalesced_) exit(access, write);
  coalesced_.clear();
}

std::uint64_t FakeKvmVm::TakeSignals(std::uint32_t notifier) {
  const auto found = signals_.find(notifier);
  if (found == signals_.end()) return 0;
  const std::uint64_t count = found->second;
  signals_.erase(found);
  return count;
}

std::vector<KvmIoEventfd> FakeKvmVm::ioeventfds() const {
  return DevicesOfKind<KvmIoEventfd>(buses_);
}

std::vector<KvmCoalescedZone> FakeKvmVm::coalesced_zones() const {
  return DevicesOfKind<KvmCoalescedZone>(buses_);
}

void FakeKvmVm::NoteWrite(const GuestAccess& write) {
  if (!write.is_write || !IsReachable(write)) return;
  Parts split = SplitAtPage(write, capabilities_.page_size);
  for (const GuestExit& part : split.All()) {
    if (Slot* memory = MemoryOf(write.address_space, part)) Log(*memory, part);
  }
}

}  // namespace flatcheck::engine
