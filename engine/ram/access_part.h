// One part of a bulk access, once it is known who answers (memory-map 6.4).

#pragma once

#include <cstdint>

#include "engine/map/memory_map.h"
#include "engine/ram/translate.h"

namespace flatcheck::engine {

struct PartDone {
  std::uint64_t size = 0;  // Bytes that the part took.
  MemTx result = kMemTxOk;
};

// The first part of at.length bytes. REQUIRES: at.length > 0; ReadPart: `bytes` is zeroed.
PartDone ReadPart(const Translation& at, std::uint8_t* bytes);
PartDone WritePart(MemoryMap& map, const Translation& at, const std::uint8_t* bytes);

}  // namespace flatcheck::engine
