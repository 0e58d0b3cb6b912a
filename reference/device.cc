#include "reference/device.h"

#include <algorithm>
#include <bit>

namespace flatcheck::reference {
namespace {

bool IsRejected(const Profile& profile, const Access& access, std::uint64_t half);

}  // namespace

// An offset of 0 is aligned to anything.
std::uint64_t AccessSize(const Profile& profile, std::uint64_t length, std::uint64_t address) {
  std::uint64_t size_max = profile.valid_max == 0 ? 4 : profile.valid_max;
  const std::uint64_t alignment = address & -address;
  if (!profile.is_unaligned_implemented && alignment != 0) size_max = std::min(size_max, alignment);
  return std::bit_floor(std::min(length, size_max));
}

bool IsValid(const Profile& profile, const Access& access, std::uint64_t half) {
  if (IsRejected(profile, access, half)) return false;
  if (!profile.is_unaligned_valid && access.offset % access.size != 0) return false;
  return profile.valid_max == 0 ||
         (profile.valid_min <= access.size && access.size <= profile.valid_max);
}

// Callbacks may be larger than the access: then they reach past it, and past the region.
std::vector<Callback> Split(const Profile& profile, const Access& access) {
  const std::uint64_t size_min = profile.impl_min == 0 ? 1 : profile.impl_min;
  const std::uint64_t size_max = profile.impl_max == 0 ? 4 : profile.impl_max;
  const std::uint64_t size = std::max(std::min(access.size, size_max), size_min);
  std::vector<Callback> callbacks;
  for (std::uint64_t done = 0; done < access.size; done += size) {
    const int shift = profile.endian == Endian::kLittle
                          ? 8 * static_cast<int>(done)
                          : 8 * (static_cast<int>(access.size) - static_cast<int>(size + done));
    callbacks.push_back({access.offset + done, size, shift});
  }
  return callbacks;
}

std::uint64_t Shift(std::uint64_t value, int bits) {
  return bits >= 0 ? value << bits : value >> -bits;
}

std::uint64_t Cut(std::uint64_t value, std::uint64_t size) {
  return size >= 8 ? value : value & ((std::uint64_t{1} << (8 * size)) - 1);
}

std::uint64_t Swap(std::uint64_t value, std::uint64_t size) {
  std::uint64_t swapped = 0;
  for (std::uint64_t i = 0; i < size; ++i) {
    swapped = swapped << 8 | (value & 0xff);
    value >>= 8;
  }
  return swapped;
}

namespace {

bool IsRejected(const Profile& profile, const Access& access, std::uint64_t half) {
  const auto rejects = [&](std::uint8_t reason) { return (profile.rejected & reason) != 0; };
  return (rejects(kRejectOdd) && access.offset % 2 != 0) ||
         (rejects(kRejectHigh) && access.offset >= half) ||
         (rejects(kRejectReads) && access.direction == Direction::kRead) ||
         (rejects(kRejectWrites) && access.direction == Direction::kWrite) ||
         (rejects(kRejectSize1) && access.size == 1) ||
         (rejects(kRejectSize2) && access.size == 2) ||
         (rejects(kRejectSize4) && access.size == 4) || (rejects(kRejectSize8) && access.size == 8);
}

}  // namespace
}  // namespace flatcheck::reference
