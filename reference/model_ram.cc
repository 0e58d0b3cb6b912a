// Regions with or without a block, and the blocks' places in ram_addr space.

#include <algorithm>
#include <cassert>

#include "reference/model.h"

namespace flatcheck::reference {
namespace {

Wide RoundUp(Wide size, std::uint64_t unit) { return (size + unit - 1) / unit * unit; }

}  // namespace

Refusal Model::CreateRegion(Kind kind, Wide size, const Profile& profile) {
  assert(kind != Kind::kAlias && kind != Kind::kIommu);
  const RegionId id = Append(kind, size);
  Region& region = regions_[id];
  if (HasBytes(kind)) {
    if (size == 0 || size % limits_.page_size != 0) return "bad-size";
    if (const Refusal refusal = GiveBlock(region, size, size); !refusal.empty()) return refusal;
    ListBlock(id);
  }
  region.readonly = kind == Kind::kRom;
  region.profile = kind == Kind::kRamDevice ? kRamDeviceProfile : profile;
  region.is_live = true;
  return {};
}

// The region has the size asked for, its block that of whole pages.
Refusal Model::CreateResizeable(Wide size, Wide size_max) {
  const RegionId id = Append(Kind::kRam, size);
  Region& region = regions_[id];
  if (size_max == 0 || size > size_max) return "bad-size";
  const Wide used = RoundUp(size, limits_.page_size);
  const Wide max = RoundUp(size_max, limits_.page_size);
  if (const Refusal refusal = GiveBlock(region, used, max); !refusal.empty()) return refusal;
  region.block->is_resizeable = true;
  ListBlock(id);
  region.is_live = true;
  return {};
}

// A resize to what rounds to the length in use is one of the region alone, which every kind of
// block allows; only resizeable ones hear of it. Else all pages become dirty, after those of the
// old length are cleared, which is announced.
Reply<bool> Model::ResizeBlock(RegionId id, Wide size) {
  if (const Refusal refusal = CheckBlock(id, 0, 0, &RamBlock::max_length); !refusal.empty()) {
    return {refusal};
  }
  Region& region = regions_[id];
  RamBlock& block = *region.block;
  const Wide used = RoundUp(size, limits_.page_size);
  if (used != block.used_length) {
    if (!block.is_resizeable || used > block.max_length) return {{}, false};
    ClearAll(id);
    block.used_length = static_cast<std::uint64_t>(used);
    dirty_.Set(PagesOfBlock(id, 0, block.used_length), kAllClients);
  } else if (region.size == size) {
    return {{}, true};
  }
  if (region.size != size) {
    region.size = size;
    Touch(Change::kTopology);
  }
  if (block.is_resizeable) {
    device_calls_.push_back({CallKind::kResized, id, {static_cast<std::uint64_t>(size)}});
  }
  return {{}, true};
}

Reply<BlockPlace> Model::Pointer(RegionId id) const {
  if (!IsLiveRegion(id)) return {"absent"};
  std::uint64_t offset = 0;
  for (; regions_[id].target != kNone; id = regions_[id].target) {
    offset += regions_[id].target_offset;
  }
  if (!regions_[id].block) return {"no-block"};
  if (offset >= regions_[id].block->max_length) return {"bad-range"};
  return {{}, {id, offset}};
}

std::optional<BlockPlace> Model::HostPlace(SpaceId space, std::uint64_t address,
                                           std::vector<DeviceCall>* calls) const {
  const Translation at = Translate(space, address, 1, Direction::kRead, calls);
  if (at.region == kNone || !IsDirect(regions_[at.region], Direction::kRead)) return std::nullopt;
  return BlockPlace{at.region, at.address};
}

// The next region, which is not live yet.
RegionId Model::Append(Kind kind, Wide size) {
  Region& region = regions_.emplace_back();
  region.kind = kind;
  region.size = size;
  region.size_created = size;
  return static_cast<RegionId>(regions_.size() - 1);
}

Refusal Model::GiveBlock(Region& region, Wide used, Wide max) {
  Wide total = max;
  for (const RegionId id : ram_list_) total += regions_[id].block->max_length;
  if (total > limits_.ram_bytes_max) return "no-memory";
  const auto max_length = static_cast<std::uint64_t>(max);
  const std::optional<std::uint64_t> offset = FindRamOffset(max_length);
  if (!offset) return "no-memory";
  region.block = std::make_unique<RamBlock>();
  region.block->offset = *offset;
  region.block->used_length = static_cast<std::uint64_t>(used);
  region.block->max_length = max_length;
  return {};
}

// The smallest gap behind a block that holds the size, of equal ones the first in list order. What
// lies below the lowest block is no gap, gaps begin at multiples of 64 pages, and the last one ends
// at 2^48: a limit of flatcheck's own.
std::optional<std::uint64_t> Model::FindRamOffset(std::uint64_t size) const {
  if (ram_list_.empty()) return 0;
  std::optional<std::uint64_t> best;
  Wide best_gap = kSpaceEnd;
  for (const RegionId id : ram_list_) {
    const RamBlock& block = *regions_[id].block;
    const Wide start = RoundUp(Wide{block.offset} + block.max_length, 64 * limits_.page_size);
    Wide end = Wide{1} << 48;
    for (const RegionId other : ram_list_) {
      const Wide offset = regions_[other].block->offset;
      if (offset >= start) end = std::min(end, offset);
    }
    if (end - start < size || end - start >= best_gap) continue;
    best = static_cast<std::uint64_t>(start);
    best_gap = end - start;
  }
  return best;
}

// In front of the first block that is smaller. All its pages in use are dirty for everyone.
void Model::ListBlock(RegionId id) {
  const std::uint64_t size = regions_[id].block->max_length;
  dirty_.Set(PagesOfBlock(id, 0, regions_[id].block->used_length), kAllClients);
  const auto behind = std::ranges::find_if(
      ram_list_, [this, size](RegionId other) { return regions_[other].block->max_length < size; });
  ram_list_.insert(behind, id);
}

}  // namespace flatcheck::reference
