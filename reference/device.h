// A device answers accesses to its region by callbacks. Its Profile says which accesses are valid,
// of what sizes its callbacks are, and in what byte order they see data (6.5, 6.6 of the rules).
//
// The model has no devices: what one answers follows from the offset, and each call is recorded.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace flatcheck::reference {

// Results of an access; the results of its parts are OR-ed.
inline constexpr std::uint32_t kOk = 0;
inline constexpr std::uint32_t kError = 1;
inline constexpr std::uint32_t kDecodeError = 2;

enum class Direction : std::uint8_t { kRead, kWrite };
enum class Endian : std::uint8_t { kLittle, kBig };

// Accesses that an accepts callback refuses; values of a mask.
inline constexpr std::uint8_t kRejectOdd = 0x01;
inline constexpr std::uint8_t kRejectHigh = 0x02;  // In the upper half of the region as created.
inline constexpr std::uint8_t kRejectReads = 0x04;
inline constexpr std::uint8_t kRejectWrites = 0x08;
inline constexpr std::uint8_t kRejectSize1 = 0x10;
inline constexpr std::uint8_t kRejectSize2 = 0x20;
inline constexpr std::uint8_t kRejectSize4 = 0x40;
inline constexpr std::uint8_t kRejectSize8 = 0x80;

// Sizes are 1, 2, 4 or 8; 0 is the default: any valid size, implemented sizes 1 to 4.
struct Profile {
  std::uint8_t valid_min = 0;
  std::uint8_t valid_max = 0;
  std::uint8_t impl_min = 0;
  std::uint8_t impl_max = 0;
  bool is_unaligned_valid = false;
  bool is_unaligned_implemented = false;
  Endian endian = Endian::kLittle;
  std::uint8_t rejected = 0;
  // Callbacks fail, after all, where all bits of this mask are set in the offset.
  std::optional<std::uint64_t> failing_offsets;
};

// A RAM device's own: its bytes take accesses of 1 to 8 bytes as they come.
inline constexpr Profile kRamDeviceProfile{.valid_min = 1,
                                           .valid_max = 8,
                                           .impl_min = 1,
                                           .impl_max = 8,
                                           .is_unaligned_valid = true,
                                           .is_unaligned_implemented = true,
                                           .endian = Endian::kLittle,
                                           .rejected = 0,
                                           .failing_offsets = {}};

// One access to a device, before it is split: 1, 2, 4 or 8 bytes at an offset in its region.
struct Access {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  Direction direction = Direction::kRead;
};

// How much of an access of `length` bytes is carried to a device at once.
std::uint64_t AccessSize(const Profile& profile, std::uint64_t length, std::uint64_t address);

// `half` is the offset in the middle of the region.
bool IsValid(const Profile& profile, const Access& access, std::uint64_t half);

// The callbacks that an access is split into.
struct Callback {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  int shift = 0;  // By which its value goes left into that of the access; may be negative.
};
std::vector<Callback> Split(const Profile& profile, const Access& access);

// To the left by `bits`, which may be negative.
std::uint64_t Shift(std::uint64_t value, int bits);
// The low `size` bytes of a value.
std::uint64_t Cut(std::uint64_t value, std::uint64_t size);
// The low `size` bytes of a value in reverse order.
std::uint64_t Swap(std::uint64_t value, std::uint64_t size);

// A record of what happened outside of the map, in the order of happening.
enum class CallKind : std::uint8_t {
  kRead,          // offset, size
  kWrite,         // offset, size, value
  kTranslated,    // address in the IOMMU region, flag of the access
  kFlagsChanged,  // old and new flags of the IOMMU region
  kNotified,      // address, mask, translated address, permission
  kResized,       // length
};
struct DeviceCall {
  CallKind kind = CallKind::kRead;
  std::uint32_t id = 0;  // The region, or for kNotified the notifier.
  std::array<std::uint64_t, 4> values{};
};

}  // namespace flatcheck::reference
