// Mappings of guest memory, and the one bounce buffer.

#include <algorithm>

#include "reference/model.h"

namespace flatcheck::reference {

// There is one bounce buffer, of a page. It serves whatever is no memory to be mapped, for this
// direction and at this moment, and while it is taken such requests fail.
Refusal Model::Map(SpaceId space, std::uint64_t address, std::uint64_t length,
                   Direction direction) {
  Mapping& mapping = mappings_.emplace_back();
  if (!IsLiveSpace(space)) return "absent";
  if (length == 0) return {};
  mapping.space = space;
  mapping.direction = direction;
  mapping.address = address;
  const Translation at = Translate(space, address, length, direction, &device_calls_);
  if (at.region != kNone && IsDirect(regions_[at.region], direction)) {
    mapping.length = bus().ContiguousLength(space, address, length, direction, at);
    mapping.region = at.region;
    mapping.offset = at.address;
  } else {
    if (is_bounce_buffer_taken_) return {};
    is_bounce_buffer_taken_ = true;
    mapping.length = std::min(at.progress, limits_.page_size);
    mapping.bounce.resize(mapping.length);
    if (direction == Direction::kRead) (void)bus().Read(space, address, mapping.bounce);
  }
  mapping.is_live = true;
  return {};
}

// What was written reaches the guest now, if it was not written to its memory right away.
Refusal Model::Unmap(MappingId id, std::uint64_t length_accessed) {
  if (const Refusal refusal = CheckMapping(id, 0, length_accessed); !refusal.empty()) {
    return refusal;
  }
  Mapping& mapping = mappings_[id];
  const bool is_write = mapping.direction == Direction::kWrite;
  if (mapping.region == kNone) {
    if (is_write) {
      (void)bus().Write(mapping.space, mapping.address,
                        std::span(mapping.bounce).first(length_accessed));
    }
    is_bounce_buffer_taken_ = false;
  } else if (is_write) {
    bus().MarkDirty(mapping.region, mapping.offset, length_accessed);
  }
  mapping = {};
  return {};
}

Refusal Model::Peek(MappingId id, std::uint64_t start, std::span<std::uint8_t> bytes) const {
  if (const Refusal refusal = CheckMapping(id, start, bytes.size()); !refusal.empty()) {
    return refusal;
  }
  const Mapping& mapping = mappings_[id];
  if (mapping.region == kNone) {
    std::ranges::copy(std::span(mapping.bounce).subspan(start, bytes.size()), bytes.begin());
  } else {
    regions_[mapping.region].block->CopyOut(mapping.offset + start, bytes);
  }
  return {};
}

// Pages do not become dirty before the end of the mapping.
Refusal Model::Poke(MappingId id, std::uint64_t start, std::span<const std::uint8_t> bytes) {
  if (const Refusal refusal = CheckMapping(id, start, bytes.size()); !refusal.empty()) {
    return refusal;
  }
  Mapping& mapping = mappings_[id];
  if (mapping.region == kNone) {
    std::ranges::copy(bytes, std::span(mapping.bounce).subspan(start).begin());
  } else {
    regions_[mapping.region].block->CopyIn(mapping.offset + start, bytes);
  }
  return {};
}

bool Model::IsLiveMapping(MappingId id) const {
  return id < mappings_.size() && mappings_[id].is_live;
}

Refusal Model::CheckMapping(MappingId id, std::uint64_t start, std::uint64_t length) const {
  if (!IsLiveMapping(id)) return "absent";
  return Wide{start} + length > mappings_[id].length ? "bad-range" : Refusal{};
}

}  // namespace flatcheck::reference
