#include "reference/model_guest.h"

#include <algorithm>
#include <span>
#include <utility>

namespace flatcheck::reference {
namespace {

inline constexpr std::uint64_t kPortsEnd = 0x10000;
// The ring is a page of entries behind a head, and one entry stays free.
inline constexpr std::size_t kSetAsideMax = (0x1000 - 16) / 24 - 1;

}  // namespace

Guest::Guest(Model& model, const GuestRules& rules) : model_(model), rules_(rules) {
  for (unsigned i = 0; i < rules_.address_spaces; ++i) {
    places_.emplace_back(model_, rules_, GuestBus::kMemory,
                         i == 0 ? &BusOf(GuestBus::kMemory) : nullptr);
  }
  places_.emplace_back(model_, rules_, GuestBus::kPorts, &BusOf(GuestBus::kPorts));
}

void Guest::Enter(SpaceId space) {
  const auto place = std::ranges::find(places_, kNone, &GuestSpace::space);
  if (place != places_.end()) place->Enter(space);
}

void Guest::Leave(SpaceId space) {
  const auto place = std::ranges::find(places_, space, &GuestSpace::space);
  if (place != places_.end()) place->Leave();
}

const std::vector<GuestSlot>& Guest::slots(unsigned address_space) const {
  return places_[address_space].slots();
}

// The kernel does what it can before it lets the guest out for the rest.
std::optional<std::uint64_t> Guest::Access(const GuestAccess& access,
                                           const GuestExitHandler& exit) {
  if (!IsReachable(access)) return std::nullopt;
  const std::vector<Part> parts = PartsOf(access);
  const auto is_untold = [](const Part& part) {
    return part.bus.taker == KernelBus::Taker::kUntold;
  };
  if (std::ranges::any_of(parts, is_untold) || IsFast(access, parts)) return std::nullopt;
  std::uint64_t value = 0;
  const auto put = [&](const Part& part, std::uint64_t got) {
    value |= Cut(got, part.size) << (8 * (part.address - access.address));
  };
  std::vector<Part> left_over;
  for (const Part& part : parts) {
    if (part.slot != nullptr) {
      put(part, ReachMemory(part, access.direction));
    } else if (!IsTaken(access, part)) {
      left_over.push_back(part);
    }
  }
  for (const Part& part : left_over) {
    DeliverSetAside(exit);
    put(part, exit({.space = PlaceOf(access).space(),
                    .bus = access.bus,
                    .address = part.address,
                    .size = part.size,
                    .direction = access.direction,
                    .value = part.value}));
  }
  return access.direction == Direction::kRead ? value : 0;
}

void Guest::DeliverSetAside(const GuestExitHandler& exit) {
  for (const GuestExit& write : std::exchange(set_aside_, {})) exit(write);
}

std::map<std::uint8_t, std::uint64_t> Guest::TakeSignals() { return std::exchange(signals_, {}); }

bool Guest::IsReachable(const GuestAccess& access) const {
  const Wide end = Wide{access.address} + access.size;
  if (access.bus == GuestBus::kPorts) return access.size <= 4 && access.address < kPortsEnd;
  return access.address_space < rules_.address_spaces && end <= rules_.slots.address_end;
}

GuestSpace& Guest::PlaceOf(const GuestAccess& access) {
  return access.bus == GuestBus::kPorts ? places_.back() : places_[access.address_space];
}

// Intel processors hand accesses at an ioeventfd without a size to the kernel before it knows what
// they are: there a read signals, too, and what lies in a second page is lost.
bool Guest::IsFast(const GuestAccess& access, const std::vector<Part>& parts) const {
  const bool is_plain_write = access.direction == Direction::kWrite && parts.size() == 1;
  return access.bus == GuestBus::kMemory && !is_plain_write && parts.front().slot == nullptr &&
         buses_[0].HasSizeless(access.address);
}

// Port accesses do not mind pages.
std::vector<Guest::Part> Guest::PartsOf(const GuestAccess& access) {
  const std::uint64_t page =
      access.bus == GuestBus::kPorts ? 2 * kPortsEnd : rules_.slots.page_size;
  std::vector<Part> parts;
  for (std::uint64_t done = 0; done < access.size; done += parts.back().size) {
    Part& part = parts.emplace_back();
    part.address = access.address + done;
    part.size = std::min(access.size - done, page - part.address % page);
    GuestSlot* const slot = PlaceOf(access).FindSlot(part.address);
    if (access.direction == Direction::kRead) {
      part.slot = slot;
      continue;
    }
    part.value = Cut(access.value >> (8 * done), part.size);
    if (slot != nullptr && !slot->slot.is_readonly) {
      part.slot = slot;
    } else {
      part.bus = BusOf(access.bus).Offer({part.address, part.size, part.value});
    }
  }
  return parts;
}

// Bytes change at once for everyone. That their page is dirty is known to the kernel alone.
std::uint64_t Guest::ReachMemory(const Part& part, Direction direction) {
  const Slot& slot = part.slot->slot;
  const auto into_slot = static_cast<std::uint64_t>(part.address - slot.start);
  RamBlock& block = *model_.bus().regions[slot.region].block;
  std::array<std::uint8_t, 8> bytes{};
  const std::span<std::uint8_t> used = std::span(bytes).first(part.size);
  if (direction == Direction::kWrite) {
    for (std::size_t i = 0; i < part.size; ++i) {
      used[i] = static_cast<std::uint8_t>(part.value >> (8 * i));
    }
    block.CopyIn(slot.offset + into_slot, used);
    if (slot.is_logged) part.slot->written.insert(into_slot / rules_.slots.page_size);
    return 0;
  }
  block.CopyOut(slot.offset + into_slot, used);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < part.size; ++i) value |= std::uint64_t{used[i]} << (8 * i);
  return value;
}

// Signals or sets aside. Where the ring is full, a write leaves the guest after all.
bool Guest::IsTaken(const GuestAccess& access, const Part& part) {
  if (part.bus.taker == KernelBus::Taker::kEventfd) {
    ++signals_[part.bus.notifier];
    return true;
  }
  if (part.bus.taker != KernelBus::Taker::kZone || set_aside_.size() == kSetAsideMax) return false;
  const GuestSpace& owner = access.bus == GuestBus::kPorts ? places_.back() : places_.front();
  set_aside_.push_back({.space = owner.space(),
                        .bus = access.bus,
                        .address = part.address,
                        .size = part.size,
                        .direction = Direction::kWrite,
                        .value = part.value,
                        .is_coalesced = true});
  return true;
}

}  // namespace flatcheck::reference
