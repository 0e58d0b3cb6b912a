// An OperandChooser draws operands by their type, so that they meet what a program has made so far:
// slots of live objects, addresses at edges that are there already, sizes that fit or tie.
//
// A program's numbers lie on a grid of 16 units. The unit is a page, or now and then smaller or so
// large that 16 units are all of 2^64; few places make collisions common.

#pragma once

#include <cstdint>
#include <optional>

#include "fuzz/choices.h"
#include "fuzz/operands.h"
#include "fuzz/random.h"
#include "fuzz/sketch.h"
#include "fuzz/theme.h"

namespace flatcheck {

class OperandChooser {
 public:
  // REQUIRES: both outlive the chooser.
  OperandChooser(const Sketch& sketch, Random& random, Theme theme);

  template <class Kind>
  void Draw(Defines<Kind>&) {}
  void Draw(RegionSlot& slot);  // A live one nearly always, most often one that hangs somewhere.
  void Draw(SpaceSlot& slot);
  void Draw(ListenerSlot& slot);
  void Draw(Address& address);
  void Draw(RegionSize& size);
  void Draw(Length& length);
  void Draw(Value& value);
  void Draw(Priority& priority);
  void Draw(ListenerPriority& priority);
  void Draw(Flag& flag) { flag.value = random_.OneIn(2); }
  void Draw(Notifier& notifier);
  void Draw(AccessLength& length);
  void Draw(MappingSlot& slot);
  void Draw(IommuNotifierSlot& slot);
  void Draw(PageMask& mask);
  void Draw(Profile& profile);  // A plain one where the theme is the map alone.
  template <IsChoice Choice>
  void Draw(Choice& choice) {
    choice = Choices<Choice>::At(random_.Below(Choices<Choice>::kCount));
  }

  // One of the set, or none if it is empty; often one of those that are remembered, more often
  // within a transaction.
  std::optional<RegionSlot> OneOf(SlotSet regions);
  // The regions that an operation names: much goes wrong only where one thing happens to a region
  // right after another.
  void Remember(const Operation& operation);
  // A live region with that property, or none.
  template <class Property>
  std::optional<RegionSlot> Find(Property&& has_property);

  // Of a root: all of the grid, or of the address space.
  std::uint64_t WorldSize();
  std::uint64_t GridAddress();
  std::uint64_t OffGridAddress();
  std::uint64_t GridSize();
  // Whole pages, seldom more than 16.
  std::uint64_t MemorySize();
  // At most `size`, most often at its edges. The offset of something within something.
  std::uint64_t OffsetWithin(std::uint64_t size);
  // Where `child` meets an edge of `parent` or of its other children, or just a place on the grid.
  std::uint64_t OffsetFor(RegionSlot child, RegionSlot parent);
  // At an edge of, or within, something that has a place in an address space.
  std::uint64_t AddressInView();
  // Where one of these regions, or if need be another, answers: at its edges, in its middle, across
  // the entries of an IOMMU, at a doorbell; often where the last accesses went, so that accesses
  // meet. Another space is put in the slot if that one shows nothing.
  std::uint64_t AddressOf(SlotSet wanted, SpaceSlot& space);
  // Of anything, often of what answers by callbacks, and now and then of nothing. AddressInView
  // where the theme is the map alone.
  std::uint64_t AccessAddress(SpaceSlot& space);
  // Mostly of memory that can be mapped.
  std::uint64_t MappableAddress(SpaceSlot& space, bool is_write);
  // Bytes whose order shows; where the theme is the map alone, any value.
  Value Data();
  // Part of that many bytes: mostly whole pages, or all.
  struct Stretch {
    std::uint64_t start = 0;
    std::uint64_t length = 0;
  };
  Stretch StretchOf(std::uint64_t size);
  // The value, or one or a page beside it.
  std::uint64_t Near(std::uint64_t value);
  // 0, 2^63, 2^64 - 1 and the like.
  std::uint64_t Extreme();

 private:
  // An edge of some region or window, in its container.
  std::uint64_t Edge();
  // Where something of that size would start, in the container or where it meets the sibling.
  std::uint64_t PlaceFor(std::uint64_t size, RegionSlot parent);
  std::uint64_t BesideOf(RegionSlot sibling, std::uint64_t size);
  // Where one of the regions may answer, or somewhere near.
  std::uint64_t AddressIn(SpaceSlot space, SlotSet wanted);
  std::uint64_t AddressAt(RegionSlot region);
  // Near the last accesses, or AddressIn.
  std::uint64_t AddressAgain(SpaceSlot space, SlotSet wanted);
  // Of the region's bytes, how many its containers leave of it.
  std::uint64_t SizeShown(RegionSlot region) const;
  // An address that starts there or a few bytes before.
  std::uint64_t Beside(std::uint64_t address);
  std::uint64_t AddressBehind(RegionSlot iommu);

  const Sketch& sketch_;
  Random& random_;
  const Theme theme_;
  std::uint64_t unit_;
  SlotSet remembered_ = 0;
};

template <class Property>
std::optional<RegionSlot> OperandChooser::Find(Property&& has_property) {
  const std::size_t count = sketch_.regions.size();
  const std::size_t start = count == 0 ? 0 : random_.Below(count);
  for (std::size_t step = 0; step < count; ++step) {
    const std::size_t index = start + step < count ? start + step : start + step - count;
    const SketchRegion& region = sketch_.regions[index];
    if (region.is_live && has_property(region)) {
      return RegionSlot{static_cast<std::uint16_t>(index)};
    }
  }
  return std::nullopt;
}

}  // namespace flatcheck
