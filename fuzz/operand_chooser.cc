#include "fuzz/operand_chooser.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "fuzz/limits.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kPage = limits::kPageSize;
constexpr std::uint64_t kMaximum = std::numeric_limits<std::uint64_t>::max();

std::uint64_t DrawUnit(Random& random) {
  if (random.Below(8) != 0) return kPage;
  return random.Pick(
      {std::uint64_t{0x10}, std::uint64_t{0x800}, std::uint64_t{1} << 28, std::uint64_t{1} << 60});
}

// A live slot of a list, dead or absent one time in 32 or when nothing lives.
template <class Kind, class Objects>
Slot<Kind> DrawSlot(const Objects& objects, Random& random) {
  if (objects.empty() || random.OneIn(128)) return {};
  const std::size_t start = random.Below(objects.size());
  const bool dead_will_do = random.OneIn(64);
  for (std::size_t step = 0; step < objects.size(); ++step) {
    const std::size_t index = (start + step) % objects.size();
    if (objects[index].is_live || dead_will_do) return {static_cast<std::uint16_t>(index)};
  }
  return {};
}

}  // namespace

OperandChooser::OperandChooser(const Sketch& sketch, Random& random, Theme theme)
    : sketch_(sketch), random_(random), theme_(theme), unit_(DrawUnit(random)) {}

void OperandChooser::Draw(RegionSlot& slot) {
  // What hangs nowhere is mostly seen by nobody; a root hides all when it is switched off.
  const auto hanging = random_.OneIn(4) ? std::nullopt : OneOf(sketch_.hanging);
  slot = hanging ? *hanging : DrawSlot<RegionKind>(sketch_.regions, random_);
}

void OperandChooser::Draw(SpaceSlot& slot) { slot = DrawSlot<SpaceKind>(sketch_.spaces, random_); }

void OperandChooser::Draw(ListenerSlot& slot) {
  slot = DrawSlot<ListenerKind>(sketch_.listeners, random_);
}

void OperandChooser::Draw(MappingSlot& slot) {
  slot = DrawSlot<MappingKind>(sketch_.mappings, random_);
}

void OperandChooser::Draw(IommuNotifierSlot& slot) {
  slot = DrawSlot<IommuNotifierKind>(sketch_.notifiers, random_);
}

void OperandChooser::Draw(Address& address) {
  const std::size_t lot = random_.Below(100);
  address.value = lot < 40   ? GridAddress()
                  : lot < 75 ? Near(Edge())
                  : lot < 85 ? OffGridAddress()
                  : lot < 93 ? random_.Below(32)
                             : Extreme();
}

void OperandChooser::Draw(RegionSize& size) {
  const std::size_t lot = random_.Below(100);
  if (lot < 30) {
    const auto other = OneOf(sketch_.live);
    size.value = other ? sketch_.At(*other).size : kMaximum;
  } else {
    size.value = lot < 75   ? GridSize()
                 : lot < 86 ? WorldSize()
                 : lot < 93 ? 1 + random_.Below(2 * kPage)
                 : lot < 98 ? Near(GridSize())
                            : Extreme();
  }
}

void OperandChooser::Draw(Length& length) {
  const std::size_t lot = random_.Below(100);
  length.value = lot < 40   ? random_.Pick({0u, 1u, 2u, 4u, 8u})
                 : lot < 70 ? GridSize()
                 : lot < 85 ? Near(Edge())
                 : lot < 95 ? random_.Below(2 * kPage)
                            : Extreme();
}

void OperandChooser::Draw(Value& value) {
  const std::size_t lot = random_.Below(100);
  if (lot < 30 && !sketch_.eventfds.empty()) {
    value = sketch_.eventfds[random_.Below(sketch_.eventfds.size())].data;
  } else {
    value.value = lot < 80 ? random_.Below(3) : lot < 90 ? Extreme() : random_.Next();
  }
}

void OperandChooser::Draw(Priority& priority) {
  const std::size_t lot = random_.Below(100);
  if (lot < 30 && !sketch_.regions.empty()) {
    priority.value = sketch_.regions[random_.Below(sketch_.regions.size())].priority;
  } else {
    priority.value = lot < 60   ? 0
                     : lot < 94 ? static_cast<std::int32_t>(random_.Below(4)) - 1
                                : random_.Pick({std::numeric_limits<std::int32_t>::min(),
                                                std::numeric_limits<std::int32_t>::max()});
  }
}

void OperandChooser::Draw(ListenerPriority& priority) {
  priority.value =
      random_.Pick({0u, 0u, 1u, 10u, 10u, 10u, 20u, 0x7fffffffu, 0x80000000u, 0xffffffffu});
}

void OperandChooser::Draw(Notifier& notifier) {
  notifier.value =
      static_cast<std::uint8_t>(random_.Below(random_.OneIn(8) ? limits::kNotifiers : 4u));
}

void OperandChooser::Draw(AccessLength& length) {
  constexpr std::uint8_t kWidths[] = {1, 2, 4, 8, 8, 16, 64};
  length.value = random_.OneIn(3)
                     ? static_cast<std::uint8_t>(random_.Below(limits::kAccessLengthMax + 1u))
                     : random_.Pick(kWidths);
}

std::optional<RegionSlot> OperandChooser::OneOf(SlotSet regions) {
  if (regions == 0) return std::nullopt;
  const std::size_t odds = sketch_.depth == 0 ? 4 : 2;
  if ((regions & remembered_) != 0 && random_.OneIn(odds)) regions &= remembered_;
  for (auto skipped = random_.Below(static_cast<std::size_t>(std::popcount(regions))); skipped > 0;
       --skipped) {
    regions &= regions - 1;
  }
  return RegionSlot{static_cast<std::uint16_t>(std::countr_zero(regions))};
}

void OperandChooser::Remember(const Operation& operation) {
  SlotSet named = 0;
  VisitOperands(operation,
                Overload{[&](RegionSlot slot) { named |= SetOf(slot); }, [](const auto&) {}});
  if (named != 0) remembered_ = named;
}

std::uint64_t OperandChooser::WorldSize() {
  return random_.OneIn(3) ? kMaximum : 16 * std::max(unit_, kPage);
}

std::uint64_t OperandChooser::GridAddress() {
  const std::uint64_t page = unit_ < kPage && random_.OneIn(2) ? random_.Below(4) * kPage : 0;
  return page + random_.Below(16) * unit_;
}

std::uint64_t OperandChooser::OffGridAddress() {
  const std::uint64_t address = GridAddress();
  return address + random_.Below(kPage);
}

std::uint64_t OperandChooser::GridSize() {
  return (1 + random_.Below(random_.OneIn(6) ? 16 : 4)) * unit_;
}

std::uint64_t OperandChooser::MemorySize() {
  using Nature = SketchRegion::Nature;
  const std::size_t lot = random_.Below(100);
  if (lot < 20) {
    const auto other = OneOf(sketch_.Of(Nature::kMemory) | sketch_.Of(Nature::kDevice));
    const std::uint64_t size = other ? sketch_.At(*other).size : 0;
    if (size % kPage == 0 && size != 0 && size <= 256 * kPage) return size;
  }
  const std::size_t vast_from = theme_ == Theme::kMemory ? 97 : 99;
  if (lot >= vast_from) {  // All that there may be, half of it, or just large; or a little less.
    const std::size_t part = random_.OneIn(2) ? random_.Below(2) : random_.Below(11);
    const std::uint64_t left = random_.OneIn(4) ? (1 + random_.Below(8)) * kPage : 0;
    return (limits::kRamBytesMax >> part) - left;
  }
  // Dirty pages come in words of 64 pages, from KVM as well.
  const std::size_t large_from = theme_ == Theme::kKvm ? 85 : 93;
  if (lot >= large_from) {
    return (16 + random_.Below(random_.OneIn(3) ? 240 : 48)) * kPage;
  }
  return (1 + random_.Below(random_.OneIn(6) ? 16 : 4)) * kPage;
}

std::uint64_t OperandChooser::OffsetWithin(std::uint64_t size) {
  const std::size_t lot = random_.Below(100);
  if (lot < 30 || size == 0) return 0;
  if (lot < 60) return GridAddress() % size;
  if (lot < 75) return size - 1 - random_.Below(9) % size;
  if (lot < 85) return size / 2;
  return random_.Next() % size;
}

std::uint64_t OperandChooser::OffsetFor(RegionSlot child, RegionSlot parent) {
  if (random_.OneIn(24)) return Extreme();
  const std::uint64_t parent_size = sketch_.At(parent).size;
  const std::uint64_t offset = PlaceFor(sketch_.At(child).size, parent);
  return parent_size == 0 || random_.OneIn(16) ? offset : offset % parent_size;
}

std::uint64_t OperandChooser::PlaceFor(std::uint64_t size, RegionSlot parent) {
  const std::size_t lot = random_.Below(100);
  if (lot < 10) return 0;
  if (lot < 15) return BytesOf(sketch_.At(parent)) - (random_.OneIn(4) ? unit_ : size);
  if (lot < 50) {
    const auto sibling = OneOf(sketch_.At(parent).children);
    if (sibling) return BesideOf(*sibling, size);
  }
  return lot < 95 ? GridAddress() : OffGridAddress();
}

std::uint64_t OperandChooser::BesideOf(RegionSlot sibling, std::uint64_t size) {
  const std::uint64_t start = sketch_.At(sibling).address;
  const std::uint64_t end = start + BytesOf(sketch_.At(sibling));
  const std::uint64_t offset =
      random_.Pick({start, end, end, start - size, start - size / 2, end - size});
  return random_.OneIn(8) ? Near(offset) : offset;
}

std::uint64_t OperandChooser::AddressInView() {
  const auto hanging = OneOf(sketch_.hanging);
  if (!hanging || random_.OneIn(8)) {
    Address address;
    Draw(address);
    return address.value;
  }
  const std::uint64_t start = sketch_.AbsoluteAddress(*hanging);
  const std::uint64_t size = sketch_.At(*hanging).size;
  const std::size_t lot = random_.Below(100);
  if (lot < 40) return start + OffsetWithin(size);
  return (lot < 70 ? start : start + size) + random_.Below(9) - 4;
}

std::uint64_t OperandChooser::Near(std::uint64_t value) {
  const std::uint64_t step = random_.OneIn(2) ? 1 : random_.OneIn(2) ? unit_ : 4;
  return random_.OneIn(2) ? value : random_.OneIn(2) ? value + step : value - step;
}

std::uint64_t OperandChooser::Extreme() {
  constexpr std::uint64_t kHalf = std::uint64_t{1} << 63;
  const std::uint64_t value = random_.Pick({std::uint64_t{0}, std::uint64_t{0}, kHalf, kMaximum});
  const std::size_t lot = random_.Below(4);
  return lot < 2 ? value : lot == 2 ? value - GridAddress() : value + random_.Below(5) - 2;
}

std::uint64_t OperandChooser::Edge() {
  const auto slot = OneOf(sketch_.live);
  if (!slot) return 0;
  const SketchRegion& region = sketch_.At(*slot);
  switch (random_.Below(5)) {
    case 0:
      return region.address;
    case 1:
      return region.address + region.size;
    case 2:
      return region.size;
    case 3:
      return region.nature == SketchRegion::Nature::kAlias ? region.alias_offset : region.size;
    default:
      return sketch_.AbsoluteAddress(*slot);
  }
}

}  // namespace flatcheck
