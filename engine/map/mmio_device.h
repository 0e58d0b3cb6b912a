// An MmioDevice answers the accesses of an MMIO region or of a ROM device.
//
// An access reaches it if it accepts it and its valid sizes and alignment allow it; else the access
// fails (kMemTxDecodeError) and the device is not called. It is then cut, or widened, to the sizes
// that the device implements (memory-map 6.5, 6.6). Offsets are the region's; values are numbers,
// not bytes: the device's byte order says how they lie in guest memory.
//
// A callback may read and write guest memory, this device's own region included, and may change the
// map; regions and address spaces cannot be destroyed in it (kInAccess).

#pragma once

#include <cassert>
#include <cstdint>

namespace flatcheck::engine {

// Results of an access, OR-ed over its parts.
using MemTx = std::uint32_t;
inline constexpr MemTx kMemTxOk = 0;
inline constexpr MemTx kMemTxError = 1;        // The device's own word, or the host has no memory.
inline constexpr MemTx kMemTxDecodeError = 2;  // Nobody there takes such an access.
inline constexpr MemTx kMemTxAccessError = 4;  // The device was busy (ReentrancyGuard).

enum class ByteOrder : std::uint8_t { kLittle, kBig };

// Sizes are 0, 1, 2, 4 or 8 bytes; 0 is the default.
struct AccessSizes {
  std::uint8_t min = 0;
  std::uint8_t max = 0;
  bool unaligned = false;
};

// Is one of its devices in a callback? Shared by the regions that one device model owns, which
// QEMU guards together; outlives them.
struct ReentrancyGuard {
  bool is_entered = false;
};

struct MmioTraits {
  AccessSizes valid = {};  // max 0: parts of up to 4 bytes, and any size is taken.
  AccessSizes impl = {};   // min 0 is 1, max 0 is 4.
  ByteOrder order = ByteOrder::kLittle;
  // An access that comes while the guard's devices are in a callback fails (kMemTxAccessError).
  // Null: none does. Regions that are read-only, and ROM devices, are not guarded.
  ReentrancyGuard* guard = nullptr;
};

class MmioDevice {
 public:
  // By default: aligned accesses of 1, 2 and 4 bytes, little endian.
  explicit MmioDevice(const MmioTraits& traits = {}) : traits_(traits) {
    assert(IsSize(traits.valid.min) && IsSize(traits.valid.max));
    assert(IsSize(traits.impl.min) && IsSize(traits.impl.max));
  }
  MmioDevice(const MmioDevice&) = delete;
  MmioDevice& operator=(const MmioDevice&) = delete;
  virtual ~MmioDevice() = default;

  const MmioTraits& traits() const { return traits_; }

  virtual bool Accepts(std::uint64_t /*offset*/, unsigned /*size*/, bool /*is_write*/) const {
    return true;
  }

  // A device that cannot fail overrides these two.
  virtual std::uint64_t Read(std::uint64_t /*offset*/, unsigned /*size*/) { return 0; }
  virtual void Write(std::uint64_t /*offset*/, unsigned /*size*/, std::uint64_t /*value*/) {}

  // One that can overrides these. The value of a read that fails counts all the same.
  virtual MemTx ReadWithResult(std::uint64_t offset, unsigned size, std::uint64_t& value) {
    value = Read(offset, size);
    return kMemTxOk;
  }
  virtual MemTx WriteWithResult(std::uint64_t offset, unsigned size, std::uint64_t value) {
    Write(offset, size, value);
    return kMemTxOk;
  }

 private:
  static constexpr bool IsSize(unsigned size) {
    return size <= 8 && (size & (size - (size != 0 ? 1u : 0u))) == 0;
  }

  MmioTraits traits_;
};

}  // namespace flatcheck::engine
