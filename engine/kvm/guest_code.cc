#include "engine/kvm/guest_code.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace flatcheck::engine {
namespace {

constexpr std::uint8_t kOperandSize = 0x66;  // 16 bits.
constexpr std::uint8_t kRexW = 0x48;         // 64 bits.
// Between the accumulator and an absolute address of 64 bits; the next opcode is that of 2, 4 and 8
// bytes.
constexpr std::uint8_t kLoadByte = 0xa0;
constexpr std::uint8_t kStoreByte = 0xa2;
constexpr std::uint8_t kInByte = 0xec;  // From the port in dx.
constexpr std::uint8_t kOutByte = 0xee;
constexpr std::uint8_t kMovEax = 0xb8;  // Of a constant.
constexpr std::uint8_t kMovEdx = 0xba;
constexpr std::uint8_t kHalt = 0xf4;
constexpr std::uint8_t kJump = 0xe9;

}  // namespace

void GuestCode::Clear() {
  bytes_.clear();
  begins_.clear();
}

void GuestCode::Append(const GuestAccess& access, std::uint64_t target, std::uint64_t result) {
  begins_.push_back(bytes_.size());
  if (access.bus == KvmBus::kPortIo) {
    access.is_write ? AppendOut(access) : AppendIn(access);
  } else {
    access.is_write ? AppendStore(access, target) : AppendLoad(access, target);
  }
  if (!access.is_write) {
    AppendOpcode(kStoreByte, 8);
    AppendNumber(result, 8);
  }
  assert(bytes_.size() - begins_.back() <= kAccessBytesMax);
}

std::optional<std::size_t> GuestCode::AccessAt(std::uint64_t offset) const {
  if (offset >= bytes_.size()) return std::nullopt;
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), offset);
  return static_cast<std::size_t>(after - begins_.begin()) - 1;
}

void GuestCode::AppendStore(const GuestAccess& access, std::uint64_t target) {
  AppendOpcode(kMovEax - 1, 8);
  AppendNumber(access.value, 8);
  AppendOpcode(kStoreByte, access.size);
  AppendNumber(target, 8);
}

void GuestCode::AppendLoad(const GuestAccess& access, std::uint64_t target) {
  AppendOpcode(kLoadByte, access.size);
  AppendNumber(target, 8);
}

void GuestCode::AppendOut(const GuestAccess& access) {
  bytes_.push_back(kMovEdx);
  AppendNumber(access.address, 4);
  bytes_.push_back(kMovEax);
  AppendNumber(access.value, 4);
  AppendOpcode(kOutByte, access.size);
}

void GuestCode::AppendIn(const GuestAccess& access) {
  bytes_.push_back(kMovEdx);
  AppendNumber(access.address, 4);
  AppendOpcode(kInByte, access.size);
}

void GuestCode::AppendOpcode(std::uint8_t opcode_of_byte, unsigned width) {
  if (width == 2) bytes_.push_back(kOperandSize);
  if (width == 8) bytes_.push_back(kRexW);
  bytes_.push_back(static_cast<std::uint8_t>(opcode_of_byte + (width > 1 ? 1 : 0)));
}

void GuestCode::AppendNumber(std::uint64_t number, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) {
    bytes_.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
  }
}

void GuestCodeEnd::Write(std::span<std::uint8_t, kBytes> at, std::int32_t begin) {
  const std::int32_t distance = begin - static_cast<std::int32_t>(kBytes);
  at[0] = kHalt;
  at[kJumpAt] = kJump;
  std::memcpy(&at[kJumpAt + 1], &distance, sizeof distance);
}

}  // namespace flatcheck::engine
