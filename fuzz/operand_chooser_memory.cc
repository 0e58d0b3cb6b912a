// The operands of accesses, and what decides how these go.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "fuzz/limits.h"
#include "fuzz/operand_chooser.h"
#include "fuzz/sketch_lookup.h"

namespace flatcheck {
namespace {

using Nature = SketchRegion::Nature;

constexpr std::uint64_t kPage = limits::kPageSize;

// As devices have them: ranges of valid and implemented sizes that agree, that must be split or
// widened, of either byte order, with and without unaligned accesses.
constexpr Profile kUsualProfiles[] = {
    {.valid = {1, 4}, .impl = {1, 4}},
    {.valid = {1, 8}, .impl = {1, 8}},
    {.valid = {2, 4}, .impl = {4, 4}},
    {.valid = {1, 8}, .impl = {8, 8}},
    {.valid = {4, 4}, .impl = {1, 1}},
    {.valid = {1, 8}, .impl = {2, 2}},
    {.valid = {1, 4}, .impl = {1, 4}, .endian = Endian::kBig},
    {.valid = {1, 8}, .impl = {4, 4}, .endian = Endian::kBig},
    {.valid = {1, 4}, .impl = {1, 4}, .unaligned = true},
    {.valid = {1, 8}, .impl = {1, 8}, .unaligned = true, .impl_unaligned = true},
    {.valid = {1, 8}, .impl = {1, 2}, .unaligned = true, .endian = Endian::kBig},
    {.valid = {4, 8}, .impl = {4, 8}, .endian = Endian::kNative},
};

AccessSizes DrawSizes(Random& random) {
  constexpr std::uint8_t kSizes[] = {0, 1, 2, 4, 8};
  const std::uint8_t one = random.Pick(kSizes);
  const std::uint8_t other = random.Pick(kSizes);
  return {std::min(one, other), std::max(one, other)};
}

Profile DrawWildProfile(Random& random) {
  Profile profile;
  profile.valid = DrawSizes(random);
  profile.impl = DrawSizes(random);
  profile.unaligned = random.OneIn(2);
  profile.impl_unaligned = random.OneIn(2);
  profile.endian = static_cast<Endian>(random.Below(3));
  profile.refuses = static_cast<std::uint8_t>(random.OneIn(4) ? random.Below(256) : 0);
  return profile;
}

// Those that container -> child edges reach where all is enabled.
SlotSet TreeOf(const Sketch& sketch, RegionSlot root) {
  SlotSet tree = SetOf(root);
  for (SlotSet level = tree; level != 0; tree |= level) {
    SlotSet next = 0;
    for (; level != 0; level &= level - 1) {
      const SketchRegion& region =
          sketch.regions[static_cast<std::size_t>(std::countr_zero(level))];
      if (region.enabled) next |= region.children;
    }
    level = next & ~tree;
  }
  return tree;
}

}  // namespace

void OperandChooser::Draw(PageMask& mask) {
  const std::size_t lot = random_.Below(16);
  mask.value = lot < 12   ? random_.Pick({0xffu, 0xfffu, 0xfffu, 0xfffu, 0x1fffu, 0x1fffu, 0xffffu})
               : lot < 13 ? std::numeric_limits<std::uint64_t>::max()
               : lot < 14 ? 0
                          : (std::uint64_t{1} << random_.Below(64)) - 1;
}

void OperandChooser::Draw(Profile& profile) {
  profile = {};
  if (theme_ == Theme::kMapAlone || random_.OneIn(3)) return;
  profile = random_.OneIn(8) ? DrawWildProfile(random_) : random_.Pick(kUsualProfiles);
  if (random_.OneIn(4)) {
    profile.refuses = static_cast<std::uint8_t>(profile.refuses | 1u << random_.Below(8));
  }
  // Of an aligned access the last part fails if any does.
  if (random_.OneIn(profile.unaligned ? 2 : 4)) {
    profile.fail = random_.Pick({0u, 1u, 2u, 2u, 4u, 4u, 6u, 0x10u, 0x100u, 0x800u});
  }
}

Value OperandChooser::Data() {
  if (theme_ == Theme::kMapAlone) {
    Value value;
    Draw(value);
    return value;
  }
  if (random_.OneIn(4)) return {random_.Next()};
  constexpr std::uint64_t kUsual[] = {0x8877665544332211, 0x0102030405060708, 0xffffffffffffffff,
                                      0x8001, 0x42};
  return {random_.Pick(kUsual)};
}

std::uint64_t OperandChooser::AddressIn(SpaceSlot space, SlotSet wanted) {
  if (!sketch_.IsLive(space)) return GridAddress();
  const SlotSet tree = TreeOf(sketch_, sketch_.spaces[space.index].root);
  const SlotSet ways = tree & (sketch_.Of(Nature::kAlias) | sketch_.Of(Nature::kIommu));
  const SlotSet direct = tree & wanted;
  const auto region =
      OneOf(ways == 0 || (direct != 0 && random_.OneIn(2)) ? direct : ways | direct);
  return region ? AddressAt(*region) : GridAddress();
}

std::uint64_t OperandChooser::AddressAt(RegionSlot region) {
  const std::uint64_t start = sketch_.AbsoluteAddress(region);
  const std::uint64_t size = SizeShown(region);
  if (sketch_.At(region).nature == Nature::kIommu && !random_.OneIn(4)) {
    return start + AddressBehind(region);
  }
  if (!sketch_.eventfds.empty() && random_.OneIn(6)) {
    const op::EventfdAdd& bell = sketch_.eventfds[random_.Below(sketch_.eventfds.size())];
    if (bell.region == region) return start + bell.address.value;
  }
  // A region may be longer than what its block has in use.
  const std::uint64_t used = sketch_.At(region).block_used;
  if (used != 0 && used < size && random_.OneIn(4)) return Beside(start + used);
  const std::size_t lot = random_.Below(16);
  if (lot < 8) return start + OffsetWithin(size);
  if (lot < 11) return Beside(lot == 8 ? start : start + size);
  return Beside((start + OffsetWithin(size)) & ~(kPage - 1));
}

std::uint64_t OperandChooser::SizeShown(RegionSlot region) const {
  std::uint64_t shown = sketch_.At(region).size;
  std::uint64_t place = 0;  // In the container.
  for (std::size_t steps = 0; steps < sketch_.regions.size(); ++steps) {
    const RegionSlot container = sketch_.At(region).container;
    if (container == RegionSlot{}) break;
    place += sketch_.At(region).address;
    const std::uint64_t size = sketch_.At(container).size;
    shown = std::min(shown, place < size ? size - place : 0);
    region = container;
  }
  return shown;
}

// At the edges and in the middle of an entry.
std::uint64_t OperandChooser::AddressBehind(RegionSlot iommu) {
  const auto& entries = sketch_.iommu_entries;
  const std::size_t start = entries.empty() ? 0 : random_.Below(entries.size());
  for (std::size_t step = 0; step < entries.size(); ++step) {
    const op::IommuMap& entry = entries[(start + step) % entries.size()];
    if (entry.region != iommu) continue;
    const std::size_t lot = random_.Below(4);
    if (lot < 2) return entry.iova.value + (random_.Next() & entry.mask.value);
    return Beside(lot == 2 ? entry.iova.value : entry.iova.value + entry.mask.value + 1);
  }
  return OffsetWithin(sketch_.At(iommu).size);
}

std::uint64_t OperandChooser::AddressAgain(SpaceSlot space, SlotSet wanted) {
  const std::size_t kept = std::min(sketch_.access_count, Sketch::kAccessesKept);
  if (kept == 0 || random_.OneIn(2)) return AddressIn(space, wanted);
  const SketchAccess& last = sketch_.accesses[random_.Below(kept)];
  if (last.space != space) return AddressIn(space, wanted);
  const std::size_t lot = random_.Below(8);
  if (lot < 3) return last.address;
  if (lot < 6) return Beside(last.address + 1);
  return (last.address & ~(kPage - 1)) + random_.Below(kPage);
}

std::uint64_t OperandChooser::AddressOf(SlotSet wanted, SpaceSlot& space) {
  constexpr int kAttempts = 12;
  std::uint64_t address = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt == kAttempts / 2) wanted = Answering(sketch_);
    if (attempt == kAttempts * 3 / 4) Draw(space);
    address = AddressAgain(space, wanted);
    if ((wanted & SetOf(LeafAt(sketch_, space, address))) != 0) break;
  }
  return address;
}

std::uint64_t OperandChooser::AccessAddress(SpaceSlot& space) {
  if (theme_ == Theme::kMapAlone) return AddressInView();
  if (random_.OneIn(32)) return Extreme();
  if (random_.OneIn(32)) return AddressIn(space, sketch_.live);
  return AddressOf(random_.OneIn(2) ? AnsweringByCallback(sketch_) : Answering(sketch_), space);
}

std::uint64_t OperandChooser::MappableAddress(SpaceSlot& space, bool is_write) {
  if (random_.OneIn(4)) return AccessAddress(space);
  return AddressOf(MappedDirectly(sketch_, is_write), space);
}

std::uint64_t OperandChooser::Beside(std::uint64_t address) {
  return address - (random_.OneIn(8) ? random_.Below(64) : random_.Below(9));
}

OperandChooser::Stretch OperandChooser::StretchOf(std::uint64_t size) {
  const std::size_t lot = random_.Below(8);
  if (lot < 3 || size == 0) return {0, size};
  Stretch stretch{OffsetWithin(size), 0};
  // Of what is large, large parts as well: bitmaps have words, and chunks of words.
  const auto pages = static_cast<std::size_t>(std::bit_width(size / kPage));
  const std::uint64_t part = kPage << (pages > 4 ? random_.Below(pages - 2) : 0);
  if (lot < 6) stretch.start &= ~(part - 1);
  const std::uint64_t rest = size - stretch.start;
  const std::uint64_t wanted =
      lot < 6 ? (1 + random_.Below(4)) * part : random_.Pick({0u, 1u, 8u, 0xfffu, 0x1001u});
  stretch.length = random_.OneIn(4) ? rest : std::min(wanted, rest);
  return stretch;
}

}  // namespace flatcheck
