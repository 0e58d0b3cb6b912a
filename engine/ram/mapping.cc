#include "engine/ram/mapping.h"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/ram/access.h"
#include "engine/ram/access_part.h"

namespace flatcheck::engine {

Mapping MapMemory(MemoryMap& map, AddressSpace& space, std::uint64_t address, std::uint64_t length,
                  bool is_write) {
  Mapping mapping;
  if (length == 0) return mapping;
  mapping.map_ = &map;
  mapping.space_ = &space;
  mapping.address_ = address;
  mapping.is_write_ = is_write;
  const AccessGuard guard(map);
  const auto view = space.ShareView();
  const Translation at = TranslatePiece(map, *view, address, length, is_write);
  if (at.region != nullptr && at.region->IsDirect(is_write)) {
    mapping.MapDirect(*at.region, at.offset,
                      ContiguousLength(map, *view, {address, length, is_write}, at));
  } else {
    mapping.MapBounce(*view, at.length);
  }
  return mapping;
}

void Mapping::MapDirect(const MemoryRegion& region, std::uint64_t offset, std::uint64_t length) {
  std::uint8_t* const host = region.ram()->host();
  if (host == nullptr) return;
  host_ = host + offset;
  length_ = length;
  region_ = &region;
  offset_ = offset;
  ++region.pins_;
  ++space_->pins_;
}

void Mapping::MapBounce(const FlatView& view, std::uint64_t length) {
  const MapLimits& limits = map_->limits_;
  if (map_->bounce_buffers_ >= limits.bounce_buffers_max) return;
  length = std::min(length, limits.bounce_bytes_max - map_->bounce_bytes_);
  if (length == 0) return;
  bounce_.reset(new (std::nothrow) std::uint8_t[length]());
  if (bounce_ == nullptr) return;
  length_ = length;
  host_ = bounce_.get();
  ++map_->bounce_buffers_;
  map_->bounce_bytes_ += length_;
  ++space_->pins_;
  if (is_write_) return;
  ReadParts(bytes(), [&](std::uint64_t done, std::uint64_t left) {
    return TranslatePiece(*map_, view, address_ + done, left, false);
  });
}

Refusal Unmap(Mapping& mapping, std::uint64_t access_length) {
  if (!mapping) return Refusal::kAbsent;
  if (access_length > mapping.length_) return Refusal::kBadRange;
  // A device that is written to finds it ended; its buffer is another's when the write is done.
  const Mapping ending = std::move(mapping);
  if (ending.is_write_ && ending.region_ != nullptr) {
    MarkDirty(*ending.map_, *ending.region_, ending.offset_, access_length);
  } else if (ending.is_write_) {
    Write(*ending.map_, *ending.space_, ending.address_, ending.bytes().first(access_length));
  }
  return Refusal::kNone;
}

void Mapping::Release() {
  if (host_ == nullptr) return;
  --space_->pins_;
  if (region_ != nullptr) {
    --region_->pins_;
  } else {
    --map_->bounce_buffers_;
    map_->bounce_bytes_ -= length_;
  }
  host_ = nullptr;
  region_ = nullptr;
  length_ = 0;
  bounce_.reset();
}

Mapping::Mapping(Mapping&& other) noexcept { *this = std::move(other); }

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this == &other) return *this;
  Release();
  map_ = other.map_;
  space_ = other.space_;
  address_ = other.address_;
  is_write_ = other.is_write_;
  host_ = std::exchange(other.host_, nullptr);
  length_ = std::exchange(other.length_, 0);
  region_ = std::exchange(other.region_, nullptr);
  offset_ = other.offset_;
  bounce_ = std::move(other.bounce_);
  return *this;
}

}  // namespace flatcheck::engine
