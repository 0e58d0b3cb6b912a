#include "engine/ram/dispatch.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/ram/byte_order.h"
#include "engine/ram/ram_block.h"

namespace flatcheck::engine {

namespace {

// A call of a device's callback, or the proof that it may not be called now. Only the outermost
// frame ends the callback.
class CallbackFrame {
 public:
  CallbackFrame(const MmioDevice& device, const MemoryRegion& region) {
    const bool is_guarded = region.kind() == RegionKind::kIo && !region.readonly();
    ReentrancyGuard* const guard = is_guarded ? device.traits().guard : nullptr;
    if (guard == nullptr) return;
    is_refused_ = guard->is_entered;
    if (is_refused_) return;
    guard->is_entered = true;
    entered_ = guard;
  }
  ~CallbackFrame() {
    if (entered_ != nullptr) entered_->is_entered = false;
  }
  CallbackFrame(const CallbackFrame&) = delete;
  CallbackFrame& operator=(const CallbackFrame&) = delete;

  bool is_refused() const { return is_refused_; }

 private:
  ReentrancyGuard* entered_ = nullptr;  // By this frame.
  bool is_refused_ = false;
};

// Device memory is accessed as a device that takes 1 to 8 bytes anywhere.
constexpr MmioTraits kRamDeviceTraits{.valid = {.min = 1, .max = 8, .unaligned = true},
                                      .impl = {.min = 1, .max = 8, .unaligned = true},
                                      .order = ByteOrder::kLittle};
constexpr MmioTraits kDefaultTraits{};

bool IsRamDevice(const MemoryRegion* region) {
  return region != nullptr && region->kind() == RegionKind::kRamDevice;
}

const MmioTraits& TraitsOf(const MemoryRegion* region) {
  if (IsRamDevice(region)) return kRamDeviceTraits;
  if (region != nullptr && region->device() != nullptr) return region->device()->traits();
  return kDefaultTraits;
}

// By a negative amount to the right.
std::uint64_t ShiftLeft(std::uint64_t value, int bits) {
  return bits >= 0 ? value << bits : value >> -bits;
}

// The pieces in which a device implements an access. A piece may be wider than the access
// (memory-map 6.6).
struct Pieces {
  unsigned size = 0;   // Of each piece.
  unsigned whole = 0;  // Of the access.
  ByteOrder order = ByteOrder::kLittle;

  Pieces(const MmioTraits& traits, unsigned access_size) : whole(access_size), order(traits.order) {
    const unsigned min = traits.impl.min != 0 ? traits.impl.min : 1;
    const unsigned max = traits.impl.max != 0 ? traits.impl.max : 4;
    size = std::max(std::min(access_size, max), min);
  }

  // Of the piece that begins at byte `at`, in bits of the whole value.
  int ShiftOf(unsigned at) const {
    const int bytes = order == ByteOrder::kLittle
                          ? static_cast<int>(at)
                          : static_cast<int>(whole) - static_cast<int>(size) - static_cast<int>(at);
    return 8 * bytes;
  }
};

ReadValue ReadDevice(MmioDevice& device, const RegionAccess& access) {
  const CallbackFrame frame(device, *access.region);
  if (frame.is_refused()) return {0, kMemTxAccessError};
  const Pieces pieces(device.traits(), access.size);
  ReadValue read;
  for (unsigned at = 0; at < pieces.whole; at += pieces.size) {
    std::uint64_t value = 0;
    read.result |= device.ReadWithResult(access.offset + at, pieces.size, value);
    read.value |= ShiftLeft(value & ValueMask(pieces.size), pieces.ShiftOf(at));
  }
  return read;
}

MemTx WriteDevice(MmioDevice& device, const RegionAccess& access, std::uint64_t value) {
  const CallbackFrame frame(device, *access.region);
  if (frame.is_refused()) return kMemTxAccessError;
  const Pieces pieces(device.traits(), access.size);
  MemTx result = kMemTxOk;
  for (unsigned at = 0; at < pieces.whole; at += pieces.size) {
    const std::uint64_t part = ShiftLeft(value, -pieces.ShiftOf(at)) & ValueMask(pieces.size);
    result |= device.WriteWithResult(access.offset + at, pieces.size, part);
  }
  return result;
}

// Device memory that the access must not leave, or null.
std::uint8_t* RamDeviceBytes(const RegionAccess& access) {
  const RamBlock& block = *access.region->ram();
  const std::uint64_t length = block.max_length();
  if (access.offset > length || access.size > length - access.offset) return nullptr;
  std::uint8_t* const host = block.host();
  return host == nullptr ? nullptr : host + access.offset;
}

// An ioeventfd takes the write in place of the device.
bool Signals(const MemoryMap& map, const RegionAccess& access, std::uint64_t value) {
  const IoEventfdSet& entries = access.region->ioeventfds();
  // Those of one address lie together.
  auto entry = entries.lower_bound({.address = access.offset});
  for (; entry != entries.end() && entry->address == access.offset; ++entry) {
    if (!Matches(*entry, access.offset, access.size, value)) continue;
    map.Signal(entry->notifier);
    return true;
  }
  return false;
}

std::uint64_t InDeviceOrder(const RegionAccess& access, std::uint64_t value) {
  return access.order == TraitsOf(access.region).order ? value : ReverseBytes(value, access.size);
}

}  // namespace

unsigned AccessSize(const MemoryRegion* region, std::uint64_t address, std::uint64_t length) {
  const MmioTraits& traits = TraitsOf(region);
  std::uint64_t most = traits.valid.max != 0 ? traits.valid.max : 4;
  if (!traits.impl.unaligned && address != 0) most = std::min(most, address & (~address + 1));
  return static_cast<unsigned>(std::bit_floor(std::min(length, most)));
}

bool IsValidAccess(const RegionAccess& access, bool is_write) {
  const MemoryRegion* const region = access.region;
  const bool has_device = region != nullptr && (region->device() != nullptr || IsRamDevice(region));
  if (!has_device) return false;
  MmioDevice* const device = region->device();
  if (device != nullptr && !device->Accepts(access.offset, access.size, is_write)) return false;
  const AccessSizes& valid = TraitsOf(region).valid;
  if (!valid.unaligned && access.offset % access.size != 0) return false;
  return valid.max == 0 || (valid.min <= access.size && access.size <= valid.max);
}

ReadValue DispatchRead(const RegionAccess& access) {
  if (!IsValidAccess(access, false)) return {0, kMemTxDecodeError};
  ReadValue read;
  if (MmioDevice* const device = access.region->device()) {
    read = ReadDevice(*device, access);
  } else if (const std::uint8_t* const bytes = RamDeviceBytes(access)) {
    std::memcpy(&read.value, bytes, access.size);
  } else {
    return {0, kMemTxError};
  }
  read.value = InDeviceOrder(access, read.value);
  return read;
}

MemTx DispatchWrite(const MemoryMap& map, const RegionAccess& access, std::uint64_t value) {
  if (!IsValidAccess(access, true)) return kMemTxDecodeError;
  value = InDeviceOrder(access, value);
  if (Signals(map, access, value)) return kMemTxOk;
  if (MmioDevice* const device = access.region->device()) {
    return WriteDevice(*device, access, value);
  }
  std::uint8_t* const bytes = RamDeviceBytes(access);
  if (bytes == nullptr) return kMemTxError;
  std::memcpy(bytes, &value, access.size);
  return kMemTxOk;
}

}  // namespace flatcheck::engine
