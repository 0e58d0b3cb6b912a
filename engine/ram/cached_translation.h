// A CachedTranslation is a stretch of guest memory looked up once and accessed often: a virtqueue,
// a descriptor ring (memory-map 6.9).
//
// Memory goes on over ranges as a Mapping does; anything else is cut at the end of its section. It
// is never invalidated: accesses go to the region that was there, wherever that is by now. The
// region and the space cannot be destroyed meanwhile (kHasMappings); it must be gone before its
// map.

#pragma once

#include <cstdint>
#include <span>

#include "engine/map/memory_map.h"
#include "engine/ram/translate.h"

namespace flatcheck::engine {

class CachedTranslation {
 public:
  CachedTranslation(MemoryMap& map, AddressSpace& space, std::uint64_t address,
                    std::uint64_t length, bool is_write);
  ~CachedTranslation();
  CachedTranslation(const CachedTranslation&) = delete;
  CachedTranslation& operator=(const CachedTranslation&) = delete;

  std::uint64_t length() const { return length_; }
  const MemoryRegion* region() const { return region_; }  // Null: nobody answers.
  bool is_direct() const { return host_ != nullptr; }

  // Bytes from `offset` of the stretch on. REQUIRES: they lie in it; Write: it was made for
  // writing.
  MemTx Read(std::uint64_t offset, std::span<std::uint8_t> bytes) const;
  MemTx Write(std::uint64_t offset, std::span<const std::uint8_t> bytes) const;

 private:
  // Through an IOMMU anew for each access.
  Translation At(std::uint64_t offset, std::uint64_t length, bool is_write) const;

  MemoryMap& map_;
  AddressSpace& space_;
  [[maybe_unused]] const bool is_write_;  // For asserts.
  const MemoryRegion* region_ = nullptr;
  std::uint64_t offset_ = 0;  // Of the stretch in the region.
  std::uint64_t length_ = 0;
  std::uint8_t* host_ = nullptr;
};

}  // namespace flatcheck::engine
