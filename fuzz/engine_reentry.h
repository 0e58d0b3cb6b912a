// What the engine must refuse while it calls somebody: memory_listener.h and mmio_device.h say so.

#pragma once

#include <cstdint>

#include "engine/map/memory_map.h"

namespace flatcheck {

// Asks the map for one thing that a listener may not ask in a callback, for another one each turn.
// Whether it is refused as kInCallback.
bool IsRefusedInCallback(engine::MemoryMap& map, engine::MemoryRegion& region,
                         engine::AddressSpace& space, engine::MemoryListener& listener,
                         std::uint64_t turn);

// Asks for the end of the region or of the space. Whether it is refused as kInAccess.
bool IsRefusedInAccess(engine::MemoryMap& map, engine::MemoryRegion& region,
                       engine::AddressSpace* space);

}  // namespace flatcheck
