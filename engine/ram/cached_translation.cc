#include "engine/ram/cached_translation.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "engine/ram/access.h"
#include "engine/ram/access_part.h"

namespace flatcheck::engine {

CachedTranslation::CachedTranslation(MemoryMap& map, AddressSpace& space, std::uint64_t address,
                                     std::uint64_t length, bool is_write)
    : map_(map), space_(space), is_write_(is_write) {
  ++space_.pins_;
  const AccessGuard guard(map);
  const auto view = space.ShareView();
  const SectionPiece piece = FindPiece(map, *view, address);
  length_ = length == 0 ? 0 : std::min(length - 1, piece.last - address) + 1;
  region_ = piece.region;
  offset_ = piece.offset;
  if (region_ == nullptr) return;
  ++region_->pins_;
  if (region_->IsDirect(is_write)) {
    length_ =
        ContiguousLength(map, *view, {address, length, is_write}, {region_, offset_, length_});
    if (std::uint8_t* const host = region_->ram()->host()) host_ = host + offset_;
  }
}

CachedTranslation::~CachedTranslation() {
  if (region_ != nullptr) --region_->pins_;
  --space_.pins_;
}

Translation CachedTranslation::At(std::uint64_t offset, std::uint64_t length, bool is_write) const {
  const bool is_iommu = region_ != nullptr && region_->iommu() != nullptr;
  if (!is_iommu) return {region_, offset_ + offset, length};
  return TranslateThrough(map_, *region_, offset_ + offset, length, is_write);
}

MemTx CachedTranslation::Read(std::uint64_t offset, std::span<std::uint8_t> bytes) const {
  assert(offset <= length_ && bytes.size() <= length_ - offset);
  if (bytes.empty()) return kMemTxOk;
  if (host_ != nullptr) {
    std::memmove(bytes.data(), host_ + offset, bytes.size());
    return kMemTxOk;
  }
  const AccessGuard guard(map_);
  return ReadParts(bytes, [&](std::uint64_t done, std::uint64_t left) {
    return At(offset + done, left, false);
  });
}

MemTx CachedTranslation::Write(std::uint64_t offset, std::span<const std::uint8_t> bytes) const {
  assert(is_write_);
  assert(offset <= length_ && bytes.size() <= length_ - offset);
  if (bytes.empty()) return kMemTxOk;
  if (host_ != nullptr) {
    std::memmove(host_ + offset, bytes.data(), bytes.size());
    MarkDirty(map_, *region_, offset_ + offset, bytes.size());
    return kMemTxOk;
  }
  const AccessGuard guard(map_);
  return WriteParts(map_, bytes, [&](std::uint64_t done, std::uint64_t left) {
    return At(offset + done, left, true);
  });
}

}  // namespace flatcheck::engine
