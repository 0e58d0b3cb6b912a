// What generated programs are mostly about.

#pragma once

#include <cstdint>

namespace flatcheck {

enum class Theme : std::uint8_t {
  kMapAlone,  // No operation of fuzz/memory_operations.h.
  kMap,       // A quarter of the programs holds such operations too.
  kMemory,    // Mostly accesses, between changes of the map.
  kKvm,       // Mostly what a KVM listener hears of: RAM that comes, goes, moves and is logged.
};

}  // namespace flatcheck
