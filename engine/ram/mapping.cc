#include "engine/ram/mapping.h"

#include <algorithm>
#include <utility>

#include "engine/ram/access.h"

namespace flatcheck::engine {

Mapping MapMemory(MemoryMap& map, AddressSpace& space, std::uint64_t address, std::uint64_t length,
                  bool is_write) {
  Mapping mapping;
  if (length == 0) return mapping;
  mapping.map_ = &map;
  mapping.space_ = &space;
  mapping.address_ = address;
  mapping.is_write_ = is_write;
  const Translation at = TranslatePiece(map, space, address, length, is_write);
  if (at.region != nullptr && at.region->IsDirect(is_write)) {
    mapping.MapDirect(*at.region, at.offset, mapping.Extend(at, length));
  } else {
    mapping.MapBounce(at.length);
  }
  return mapping;
}

std::uint64_t Mapping::Extend(const Translation& at, std::uint64_t length) const {
  std::uint64_t done = at.length;
  while (done < length) {
    const Translation next =
        TranslatePiece(*map_, *space_, address_ + done, length - done, is_write_);
    if (next.region != at.region || next.offset != at.offset + done) break;
    done += next.length;
  }
  return std::min(done, at.region->ram()->max_length() - at.offset);
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

void Mapping::MapBounce(std::uint64_t length) {
  const MapLimits& limits = map_->limits_;
  if (map_->bounce_buffers_ >= limits.bounce_buffers_max) return;
  length_ = std::min(length, limits.bounce_bytes_max - map_->bounce_bytes_);
  if (length_ == 0) return;
  bounce_ = std::make_unique<std::uint8_t[]>(length_);
  host_ = bounce_.get();
  ++map_->bounce_buffers_;
  map_->bounce_bytes_ += length_;
  ++space_->pins_;
  if (!is_write_) Read(*map_, *space_, address_, bytes());
}

Refusal Unmap(Mapping& mapping, std::uint64_t access_length) {
  if (!mapping) return Refusal::kAbsent;
  if (access_length > mapping.length_) return Refusal::kBadRange;
  if (mapping.is_write_ && mapping.region_ != nullptr) {
    MarkDirty(*mapping.map_, *mapping.region_, mapping.offset_, access_length);
  } else if (mapping.is_write_) {
    Write(*mapping.map_, *mapping.space_, mapping.address_, mapping.bytes().first(access_length));
  }
  mapping.Release();
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
