#include "reference/kernel_bus.h"

#include <algorithm>

namespace flatcheck::reference {
namespace {

bool IsEventfdValid(const Eventfd& eventfd);
bool Collide(const Eventfd& left, const Eventfd& right);
bool IsSame(const Eventfd& left, const Eventfd& right);

}  // namespace

void KernelBus::Assign(const Eventfd& eventfd) {
  is_in_order_.reset();
  if (!IsEventfdValid(eventfd) || IsFull()) return;
  const auto collides = [&](const Device& device) {
    return device.eventfd && Collide(*device.eventfd, eventfd);
  };
  if (std::ranges::any_of(devices_, collides)) return;
  devices_.push_back({eventfd.start, eventfd.size, eventfd});
}

void KernelBus::Deassign(const Eventfd& eventfd) {
  is_in_order_.reset();
  std::erase_if(devices_, [&](const Device& device) {
    return device.eventfd && IsSame(*device.eventfd, eventfd);
  });
}

void KernelBus::Register(const Zone& zone) {
  is_in_order_.reset();
  if (!IsFull()) devices_.push_back({zone.address, zone.size});
}

void KernelBus::Unregister(const Zone& zone) {
  is_in_order_.reset();
  std::erase_if(devices_, [&](const Device& device) {
    return !device.eventfd && Contains(device, zone.address, zone.size);
  });
}

KernelBus::Answer KernelBus::Offer(const Write& write) const {
  const auto taker =
      std::ranges::find_if(devices_, [&](const Device& device) { return Takes(device, write); });
  if (taker == devices_.end()) return {};
  if (!IsInOrder()) return {Taker::kUntold};
  for (const Device& device : devices_) {
    const bool is_rival =
        Takes(device, write) && device.eventfd.has_value() != taker->eventfd.has_value();
    if (is_rival) return {Taker::kUntold};
  }
  if (!taker->eventfd) return {Taker::kZone};
  return {Taker::kEventfd, taker->eventfd->notifier};
}

bool KernelBus::HasSizeless(std::uint64_t address) const {
  return std::ranges::any_of(devices_, [address](const Device& device) {
    return device.eventfd && device.size == 0 && device.address == address;
  });
}

bool KernelBus::IsFull() const {
  constexpr std::ptrdiff_t kZonesMax = 1000;
  return std::ranges::count_if(devices_, [](const Device& device) { return !device.eventfd; }) >=
         kZonesMax;
}

// Where two overlap, the search may go astray on its way to any other.
bool KernelBus::IsInOrder() const {
  if (is_in_order_) return *is_in_order_;
  is_in_order_ = std::ranges::none_of(devices_, [this](const Device& left) {
    return std::ranges::any_of(
        devices_, [&left](const Device& right) { return &left != &right && Overlap(left, right); });
  });
  return *is_in_order_;
}

// Sums wrap at 2^64, and such a range lies nowhere.
bool KernelBus::Contains(const Device& zone, std::uint64_t address, std::uint64_t size) {
  return zone.address <= address && address <= address + size &&
         address + size <= zone.address + zone.size;
}

bool KernelBus::Takes(const Device& device, const Write& write) {
  if (!device.eventfd) return Contains(device, write.address, write.size);
  const Eventfd& eventfd = *device.eventfd;
  if (eventfd.start != write.address) return false;
  if (eventfd.size == 0) return true;
  return eventfd.size == write.size && (!eventfd.is_data_matched || eventfd.data == write.value);
}

// Things that begin at one address are in good order all the same, but for those without a size,
// which are not even in order with what they only touch.
bool KernelBus::Overlap(const Device& left, const Device& right) {
  const Wide left_end = Wide{left.address} + left.size;
  const Wide right_end = Wide{right.address} + right.size;
  if (left.size == 0 || right.size == 0) {
    return left.address <= right_end && right.address <= left_end;
  }
  return left.address != right.address && left.address < right_end && right.address < left_end;
}

namespace {

bool IsEventfdValid(const Eventfd& eventfd) {
  const bool is_size_known = eventfd.size == 0 || eventfd.size == 1 || eventfd.size == 2 ||
                             eventfd.size == 4 || eventfd.size == 8;
  const bool wraps = eventfd.start + eventfd.size < eventfd.start;
  return is_size_known && !wraps && !(eventfd.size == 0 && eventfd.is_data_matched);
}

bool Collide(const Eventfd& left, const Eventfd& right) {
  if (left.start != right.start) return false;
  if (left.size == 0 || right.size == 0) return true;
  return left.size == right.size &&
         (!left.is_data_matched || !right.is_data_matched || left.data == right.data);
}

// Data that is not matched does not count.
bool IsSame(const Eventfd& left, const Eventfd& right) {
  return left.start == right.start && left.size == right.size &&
         left.is_data_matched == right.is_data_matched &&
         (!left.is_data_matched || left.data == right.data) && left.notifier == right.notifier;
}

}  // namespace
}  // namespace flatcheck::reference
