#include "engine/kvm/coalesced_ring.h"

#include <linux/kvm.h>

#include <algorithm>
#include <cstring>

#include "engine/kvm/guest_pages.h"

namespace flatcheck::engine {
namespace {

// The ring's layout is spelled out: in C++ <linux/kvm.h> has the entries of some of its structures
// 8 bytes too far back, behind an empty member that has no size in C alone.
constexpr std::size_t kFirstAt = 0;
constexpr std::size_t kLastAt = 4;
constexpr std::size_t kEntriesAt = 8;
constexpr std::uint32_t kPlaces = CoalescedRing::kEntriesMax + 1;
static_assert(kPlaces == (0x1000 - kEntriesAt) / sizeof(kvm_coalesced_mmio));

std::uint32_t Load(const std::uint8_t* at) {
  std::uint32_t number = 0;
  std::memcpy(&number, at, sizeof number);
  return number;
}

// Is the entry the access, or its part on one side of the border of two pages?
bool Wrote(const GuestAccess& access, const GuestExit& entry) {
  if (access.outcome == GuestAccess::Outcome::kUnreachable) return false;
  if (!access.is_write || access.bus != entry.bus) return false;
  const std::uint64_t skipped = entry.address - access.address;
  if (entry.address < access.address || skipped >= access.size) return false;
  if (entry.size > access.size - skipped) return false;
  const auto is_cut = [](std::uint64_t address) { return address % GuestPages::kPageSize == 0; };
  const std::uint64_t end = entry.address + entry.size;
  if (skipped != 0 && !is_cut(entry.address)) return false;
  if (end != access.address + access.size && !is_cut(end)) return false;
  const std::uint64_t bits = entry.size >= 8 ? UINT64_MAX : (1ull << (8 * entry.size)) - 1;
  return ((access.value >> (8 * skipped)) & bits) == entry.value;
}

}  // namespace

std::optional<GuestExit> CoalescedRing::Take() {
  if (page_ == nullptr) return std::nullopt;
  const std::uint32_t first = Load(page_ + kFirstAt) % kPlaces;
  if (first == Load(page_ + kLastAt)) return std::nullopt;

  kvm_coalesced_mmio entry;
  std::memcpy(&entry, page_ + kEntriesAt + first * sizeof entry, sizeof entry);
  const std::uint32_t next = (first + 1) % kPlaces;
  std::memcpy(page_ + kFirstAt, &next, sizeof next);

  GuestExit exit = {.bus = entry.pio != 0 ? KvmBus::kPortIo : KvmBus::kMmio,
                    .address = entry.phys_addr,
                    .size = static_cast<std::uint8_t>(entry.len),
                    .is_write = true,
                    .value = 0,
                    .is_coalesced = true};
  std::memcpy(&exit.value, entry.data, std::min<std::size_t>(entry.len, sizeof entry.data));
  return exit;
}

std::size_t CoalescedOrigins::Of(const GuestExit& entry, std::size_t latest) {
  const std::size_t end = std::min(latest + 1, accesses_.size());
  for (std::size_t i = access_; i < end; ++i) {
    if (i == access_ && entry.address < address_) continue;
    if (!Wrote(accesses_[i], entry)) continue;
    access_ = i;
    address_ = entry.address + entry.size;
    return i;
  }
  return latest;
}

void CoalescedOrigins::Pass(std::size_t access) {
  access_ = access + 1;
  address_ = 0;
}

}  // namespace flatcheck::engine
