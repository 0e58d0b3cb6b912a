// One access to one region that is not plain memory: checked, put into the device's byte order and
// split into the sizes that it implements (memory-map 6.5, 6.6).

#pragma once

#include <cstdint>

#include "engine/map/memory_map.h"

namespace flatcheck::engine {

// Of 1, 2, 4 or 8 bytes. The region is null where nobody answers.
struct RegionAccess {
  const MemoryRegion* region = nullptr;
  std::uint64_t offset = 0;
  unsigned size = 0;
  ByteOrder order = ByteOrder::kLittle;  // Of the value in guest memory.
};

struct ReadValue {
  std::uint64_t value = 0;
  MemTx result = kMemTxOk;
};

ReadValue DispatchRead(const RegionAccess& access);
// An ioeventfd that matches the write takes it in place of the device (memory-map 5.6).
MemTx DispatchWrite(const MemoryMap& map, const RegionAccess& access, std::uint64_t value);

// Would a dispatch reach the region? (memory-map 6.6)
bool IsValidAccess(const RegionAccess& access, bool is_write);

// How many of `length` bytes one access takes: a power of two that the region allows, aligned by
// `address` unless it implements unaligned accesses (memory-map 6.5).
unsigned AccessSize(const MemoryRegion* region, std::uint64_t address, std::uint64_t length);

}  // namespace flatcheck::engine
