#include "engine/ram/access.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/ram/ram_block.h"

namespace flatcheck::engine {

namespace {

// The last byte of the piece of `range` that holds `address` (memory-map 6.1).
std::uint64_t PieceLast(const FlatRange& range, std::uint64_t address, std::uint64_t page_size) {
  const std::uint64_t page_last = address | (page_size - 1);
  const std::uint64_t page_first = page_last - (page_size - 1);
  const bool whole_page = range.first <= page_first && page_last <= range.last;
  if (!whole_page) return std::min(page_last, range.last);
  const std::uint64_t tail = (range.last % page_size + 1) % page_size;
  return range.last - tail;
}

// How many of `length` bytes one access takes: a power of two up to `most`, aligned by the offset
// in the region (6.5).
std::uint64_t AccessSize(std::uint64_t offset, std::uint64_t length, std::uint64_t most) {
  const std::uint64_t aligned = offset == 0 ? most : offset & (~offset + 1);
  return std::bit_floor(std::min({length, most, aligned}));
}

constexpr std::uint64_t kMmioAccessMax = 4;
constexpr std::uint64_t kRamDeviceAccessMax = 8;

std::uint64_t LoadLittle(const std::uint8_t* bytes, std::uint64_t count) {
  std::uint64_t value = 0;
  for (std::uint64_t i = 0; i < count; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

void StoreLittle(std::uint8_t* bytes, std::uint64_t count, std::uint64_t value) {
  for (std::uint64_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

bool IsRamDevice(const MemoryRegion* region) {
  return region != nullptr && region->kind() == RegionKind::kRamDevice;
}

MmioDevice* DeviceOf(const MemoryRegion* region) {
  return region == nullptr ? nullptr : region->device();
}

// An ioeventfd takes the write in place of the device.
bool Signals(const MemoryMap& map, const MemoryRegion& region, std::uint64_t offset,
             std::uint64_t size, std::uint64_t value) {
  for (const IoEventfd& entry : region.ioeventfds()) {
    if (!Matches(entry, offset, size, value)) continue;
    map.Signal(entry.notifier);
    return true;
  }
  return false;
}

struct PartDone {
  std::uint64_t size = 0;
  std::uint32_t result = kMemTxOk;
};

// The first part of a read at a translation. REQUIRES: `bytes` is zeroed.
PartDone ReadPart(const Translation& at, std::uint8_t* bytes) {
  const MemoryRegion* const region = at.region;
  if (region != nullptr && region->IsDirect(false)) {
    const std::uint64_t size = std::min(at.length, region->ram()->size() - at.offset);
    std::memcpy(bytes, region->ram()->host() + at.offset, size);
    return {size};
  }
  if (IsRamDevice(region)) {
    const std::uint64_t size = std::bit_floor(std::min(at.length, kRamDeviceAccessMax));
    std::memcpy(bytes, region->ram()->host() + at.offset, size);
    return {size};
  }
  const std::uint64_t size = AccessSize(at.offset, at.length, kMmioAccessMax);
  MmioDevice* const device = DeviceOf(region);
  if (device == nullptr) return {size, kMemTxDecodeError};
  StoreLittle(bytes, size, device->Read(at.offset, static_cast<unsigned>(size)));
  return {size};
}

PartDone WritePart(const MemoryMap& map, const Translation& at, const std::uint8_t* bytes) {
  const MemoryRegion* const region = at.region;
  if (region != nullptr && region->IsDirect(true)) {
    const std::uint64_t size = std::min(at.length, region->ram()->size() - at.offset);
    std::memcpy(region->ram()->host() + at.offset, bytes, size);
    return {size};
  }
  if (IsRamDevice(region)) {
    const std::uint64_t size = std::bit_floor(std::min(at.length, kRamDeviceAccessMax));
    if (!Signals(map, *region, at.offset, size, LoadLittle(bytes, size))) {
      std::memcpy(region->ram()->host() + at.offset, bytes, size);
    }
    return {size};
  }
  const std::uint64_t size = AccessSize(at.offset, at.length, kMmioAccessMax);
  MmioDevice* const device = DeviceOf(region);
  if (device == nullptr) return {size, kMemTxDecodeError};
  const std::uint64_t value = LoadLittle(bytes, size);
  if (!Signals(map, *region, at.offset, size, value)) {
    device->Write(at.offset, static_cast<unsigned>(size), value);
  }
  return {size};
}

}  // namespace

Translation Translate(const AddressSpace& space, std::uint64_t address, std::uint64_t length,
                      std::uint64_t page_size) {
  const FlatRange* const range = space.view().Find(address);
  if (range == nullptr) return {nullptr, address, length};
  if (range->is_ram) {
    const std::uint64_t behind = PieceLast(*range, address, page_size) - address;
    if (length > behind) length = behind + 1;
  }
  return {range->region, range->offset + (address - range->first), length};
}

std::uint64_t OriginOf(const MemoryRegion& region) {
  std::uint64_t origin = 0;
  for (const MemoryRegion* r = &region; r != nullptr; r = r->container()) origin += r->address();
  return origin;
}

Finding Find(const MemoryMap& map, const MemoryRegion& region, std::uint64_t offset,
             std::uint64_t size) {
  const std::uint64_t address = OriginOf(region) + offset;
  const MemoryRegion* root = &region;
  while (root->container() != nullptr) root = root->container();
  const AddressSpace* const space = map.SpaceOf(*root);
  if (space == nullptr) return {};
  const auto found = space->view().FirstEndingAt(address);
  const Int128 wanted_end = Int128{address} + size;
  if (found == space->view().end() || found->first >= wanted_end) return {};
  const std::uint64_t first = std::max(address, found->first);
  const Int128 end = std::min(wanted_end, Int128{found->last} + 1);
  return {.region = found->region,
          .offset = found->offset + (first - found->first),
          .size = static_cast<Size>(end - first),
          .address = first,
          .readonly = found->readonly,
          .nonvolatile = found->nonvolatile};
}

std::uint32_t Read(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                   std::span<std::uint8_t> bytes) {
  std::fill(bytes.begin(), bytes.end(), std::uint8_t{0});
  std::uint32_t result = kMemTxOk;
  while (!bytes.empty()) {
    const Translation at = Translate(space, address, bytes.size(), map.limits().page_size);
    const PartDone part = ReadPart(at, bytes.data());
    result |= part.result;
    address += part.size;
    bytes = bytes.subspan(part.size);
  }
  return result;
}

std::uint32_t Write(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                    std::span<const std::uint8_t> bytes) {
  std::uint32_t result = kMemTxOk;
  while (!bytes.empty()) {
    const Translation at = Translate(space, address, bytes.size(), map.limits().page_size);
    const PartDone part = WritePart(map, at, bytes.data());
    result |= part.result;
    address += part.size;
    bytes = bytes.subspan(part.size);
  }
  return result;
}

}  // namespace flatcheck::engine
