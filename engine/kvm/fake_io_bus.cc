#include "engine/kvm/fake_io_bus.h"

#include <algorithm>
#include <cerrno>

namespace flatcheck::engine {
namespace {

// The kernel's lengths are of type int: a zone of 2 GiB and more has a negative one.
struct Bytes {
  std::uint64_t address = 0;
  std::int32_t length = 0;

  std::uint64_t End() const {
    return address + static_cast<std::uint64_t>(static_cast<std::int64_t>(length));
  }
};

Bytes BytesOf(const FakeIoBus::Device& device) {
  return std::visit(
      [](const auto& each) -> Bytes {
        return {each.address, static_cast<std::int32_t>(each.size)};
      },
      device);
}

// Below 0: a comes before b. Of a b without length only the address counts; else 0 says that a lies
// in b.
int Compare(const Bytes& a, const Bytes& b) {
  if (a.address < b.address) return -1;
  const bool is_behind = b.length != 0 ? a.End() > b.End() : a.address > b.address;
  return is_behind ? 1 : 0;
}

// The index of some device that equals the key, as the kernel's search comes upon it; the number
// of devices if it comes upon none.
std::size_t Search(std::span<const FakeIoBus::Device> devices, const Bytes& key) {
  std::size_t base = 0;
  for (std::size_t count = devices.size(); count > 0; count /= 2) {
    const std::size_t pivot = base + count / 2;
    const int order = Compare(key, BytesOf(devices[pivot]));
    if (order == 0) return pivot;
    if (order < 0) continue;
    base = pivot + 1;
    --count;
  }
  return devices.size();
}

bool IsSame(const KvmIoEventfd& a, const KvmIoEventfd& b) {
  return a.address == b.address && a.size == b.size && a.notifier == b.notifier &&
         a.match_data == b.match_data && (!a.match_data || a.data == b.data);
}

// Could one write signal both?
bool Collide(const KvmIoEventfd& a, const KvmIoEventfd& b) {
  if (a.address != b.address) return false;
  if (a.size == 0 || b.size == 0) return true;
  return a.size == b.size && (!a.match_data || !b.match_data || a.data == b.data);
}

bool IsValid(const KvmIoEventfd& entry) {
  const bool is_natural = entry.size <= 8 && (entry.size & (entry.size - 1)) == 0;
  return is_natural && entry.address + entry.size >= entry.address &&
         (entry.size != 0 || !entry.match_data);
}

}  // namespace

int FakeIoBus::Assign(const KvmIoEventfd& entry) {
  if (!IsValid(entry)) return EINVAL;
  if (Collides(entry)) return EEXIST;
  return Insert(entry);
}

int FakeIoBus::Deassign(const KvmIoEventfd& entry) {
  const auto found = std::ranges::find_if(devices_, [&](const Device& device) {
    const auto* present = std::get_if<KvmIoEventfd>(&device);
    return present != nullptr && IsSame(*present, entry);
  });
  if (found == devices_.end()) return ENOENT;
  devices_.erase(found);
  return 0;
}

int FakeIoBus::Register(const KvmCoalescedZone& zone) {
  const int error = Insert(zone);
  if (error == 0) ++zones_;
  return error;
}

void FakeIoBus::Unregister(const KvmCoalescedZone& zone) {
  zones_ -= std::erase_if(devices_, [&](const Device& device) {
    const auto* present = std::get_if<KvmCoalescedZone>(&device);
    return present != nullptr && Contains(*present, zone.address, zone.size);
  });
}

std::span<const FakeIoBus::Device> FakeIoBus::OfferedTo(std::uint64_t address,
                                                        std::uint8_t size) const {
  const Bytes key = {address, size};
  const auto is_equal = [&](std::size_t i) { return Compare(key, BytesOf(devices_[i])) == 0; };
  std::size_t first = Search(devices_, key);
  while (first > 0 && first < devices_.size() && is_equal(first - 1)) --first;
  std::size_t end = first;
  while (end < devices_.size() && is_equal(end)) ++end;
  return devices().subspan(first, end - first);
}

int FakeIoBus::Insert(const Device& device) {
  if (zones_ >= kZonesMax) return ENOSPC;
  const Bytes bytes = BytesOf(device);
  const auto next = std::ranges::find_if(
      devices_, [&](const Device& present) { return Compare(BytesOf(present), bytes) > 0; });
  devices_.insert(next, device);
  return 0;
}

bool FakeIoBus::Collides(const KvmIoEventfd& entry) const {
  return std::ranges::any_of(devices_, [&](const Device& device) {
    const auto* present = std::get_if<KvmIoEventfd>(&device);
    return present != nullptr && Collide(*present, entry);
  });
}

bool Matches(const KvmIoEventfd& entry, const GuestExit& write) {
  if (entry.address != write.address) return false;
  if (entry.size == 0) return true;
  return entry.size == write.size && (!entry.match_data || entry.data == write.value);
}

bool Contains(const KvmCoalescedZone& zone, std::uint64_t address, std::uint32_t size) {
  const bool is_representable = size <= INT32_MAX && address + size >= address;
  return is_representable && address >= zone.address && address + size <= zone.address + zone.size;
}

}  // namespace flatcheck::engine
