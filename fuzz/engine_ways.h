// Ways to do what an operation says: where the engine has several that must come to the same, which
// one is taken depends on the operands alone.

#pragma once

#include <cstdint>
#include <span>

#include "engine/map/memory_map.h"
#include "engine/ram/dirty_log.h"
#include "engine/ram/iommu.h"
#include "fuzz/limits.h"

namespace flatcheck {

// Whether such an access goes by a cached translation, if one section holds all of it and the bytes
// up to the multiple of 16 before it.
bool GoesByCache(std::uint64_t address, std::uint64_t size);
// Whether MIGRATION's pages of such a `testclear` are moved to a bitmap, and such a `setdirty` is
// of a hypervisor's log if that marks for the same clients.
bool GoesByBitmap(std::uint64_t start, std::uint64_t length);

// Whether a cached translation that reads there is made for writing, which may read all the same.
constexpr bool IsReadByWriter(std::uint64_t address) { return address / 8 % 2 != 0; }

// Whether notifiers come and go while others are told of such an event.
constexpr bool HasVisitors(std::uint64_t iova) { return iova / limits::kPageSize % 2 == 0; }

// As `read` and `write`: by one access, or by a cached translation (memory-map 6.9).
engine::MemTx ReadSomeWay(engine::MemoryMap& map, engine::AddressSpace& space,
                          std::uint64_t address, std::span<std::uint8_t> bytes);
engine::MemTx WriteSomeWay(engine::MemoryMap& map, engine::AddressSpace& space,
                           std::uint64_t address, std::span<const std::uint8_t> bytes);

// As `testclear`; MIGRATION's pages also by being moved to a bitmap (memory-map 7.10).
engine::Answered<bool> TestAndClearSomeWay(engine::MemoryMap& map, engine::MemoryRegion& region,
                                           engine::ByteRange range, engine::DirtyClient client);

// The pages of that log.
constexpr std::uint64_t PageSizeOfLog(std::uint64_t start, std::uint64_t length) {
  return limits::kPageSize * ((start ^ length) / limits::kPageSize % 2 == 0 ? 4 : 1);
}

// As `setdirty`, or by a hypervisor's log (memory-map 7.9).
engine::Refusal SetDirtySomeWay(engine::MemoryMap& map, const engine::MemoryRegion& region,
                                engine::ByteRange range);

// As `ionotify`; unless `flags` are none, notifiers that want them come and go while others are
// told. Where it is granted: false if one that is there does not hear of it, or one that is gone or
// has just come does. REQUIRES: the region has a notifier with these flags, so that the device need
// not be asked, and they have `type` and lack kIommuDeviceIotlbUnmap.
engine::Answered<bool> NotifySomeWay(engine::MemoryRegion& region, const engine::IommuEntry& entry,
                                     std::uint8_t type, std::uint8_t flags);

}  // namespace flatcheck
