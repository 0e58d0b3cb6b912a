// What the engine must refuse while it calls somebody: memory_listener.h and mmio_device.h say so.

#pragma once

#include <cstdint>

#include "engine/map/memory_map.h"

namespace flatcheck {

// Asks the map for one thing that a listener may not ask in a callback: numbers that follow each
// other stand for different ones. Whether it is refused as kInCallback.
bool IsRefusedInCallback(engine::MemoryMap& map, engine::MemoryRegion& region,
                         engine::AddressSpace& space, engine::MemoryListener& listener,
                         std::uint64_t request);

// Asks for the end of the region, and of the space unless it is null. Whether both are refused as
// kInAccess.
bool IsRefusedInAccess(engine::MemoryMap& map, engine::MemoryRegion& region,
                       engine::AddressSpace* space);

}  // namespace flatcheck
