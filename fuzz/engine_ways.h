// Ways to do what an operation says: where the engine has several that must come to the same, which
// one is taken depends on the operands alone.

#pragma once

#include <cstdint>
#include <span>

#include "engine/map/memory_map.h"
#include "engine/ram/dirty_log.h"

namespace flatcheck {

// As `read` and `write`: by one access, or by a cached translation that holds all of it
// (memory-map 6.9).
engine::MemTx ReadSomeWay(engine::MemoryMap& map, engine::AddressSpace& space,
                          std::uint64_t address, std::span<std::uint8_t> bytes);
engine::MemTx WriteSomeWay(engine::MemoryMap& map, engine::AddressSpace& space,
                           std::uint64_t address, std::span<const std::uint8_t> bytes);

// As `testclear`; MIGRATION's pages also by being moved to a bitmap (memory-map 7.10).
engine::Answered<bool> TestAndClearSomeWay(engine::MemoryMap& map, engine::MemoryRegion& region,
                                           engine::ByteRange range, engine::DirtyClient client);

}  // namespace flatcheck
