// What a region is, in one word.

#pragma once

#include <string_view>

#include "engine/map/memory_region.h"

namespace flatcheck::engine {

// As `info mtree` says it: what answers there now, so that an alias is what it shows, and a
// container, or a ROM device out of romd mode, is i/o (memory-map 9.1).
std::string_view TypeWord(const MemoryRegion& region);

// As programs say it: what it was created as.
std::string_view KindWord(const MemoryRegion& region);

}  // namespace flatcheck::engine
