// Bulk accesses part by part, once it is known who answers (memory-map 6.4).

#pragma once

#include <cstdint>
#include <span>

#include "engine/map/memory_map.h"
#include "engine/ram/translate.h"

namespace flatcheck::engine {

struct PartDone {
  std::uint64_t size = 0;  // Bytes that the part took.
  MemTx result = kMemTxOk;
};

// The first part of at.length bytes. REQUIRES: at.length > 0. ReadPart sets each byte that it took,
// to 0 where that failed; guest memory and `bytes` may overlap.
PartDone ReadPart(const Translation& at, std::uint8_t* bytes);
PartDone WritePart(MemoryMap& map, const Translation& at, const std::uint8_t* bytes);

// All of them. `next(done, left)` is the translation of what begins behind `done` bytes.
template <class Next>
MemTx ReadParts(std::span<std::uint8_t> bytes, Next next) {
  MemTx result = kMemTxOk;
  for (std::uint64_t done = 0; done < bytes.size();) {
    const PartDone part = ReadPart(next(done, bytes.size() - done), bytes.data() + done);
    result |= part.result;
    done += part.size;
  }
  return result;
}
template <class Next>
MemTx WriteParts(MemoryMap& map, std::span<const std::uint8_t> bytes, Next next) {
  MemTx result = kMemTxOk;
  for (std::uint64_t done = 0; done < bytes.size();) {
    const PartDone part = WritePart(map, next(done, bytes.size() - done), bytes.data() + done);
    result |= part.result;
    done += part.size;
  }
  return result;
}

}  // namespace flatcheck::engine
