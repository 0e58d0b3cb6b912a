#include "fuzz/repro/layout.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "fuzz/sketch.h"
#include "fuzz/trace.h"

namespace flatcheck {
namespace {

Size SizeOf(const Layout::Region& region) {
  return region.size == UINT64_MAX ? Size{1} << 64 : Size{region.size};
}

}  // namespace

void Layout::Perform(const Operation& operation, bool granted) {
  std::visit(
      [&]<class Op>(const Op& o) {
        if constexpr (CreatesRegion<Op>) regions_.push_back({.size = o.size.value});
        if (!granted) return;
        if constexpr (std::is_same_v<Op, op::Begin>) ++depth_;
        if constexpr (std::is_same_v<Op, op::Commit>) --depth_;
        if constexpr (std::is_same_v<Op, op::Resize>) regions_[o.region.index].size = o.size.value;
        if constexpr (std::is_same_v<Op, op::Del>) TakeDown(o.child);
        if constexpr (std::is_same_v<Op, op::Destroy>) {
          for (const RegionSlot child : At(o.region).children) regions_[child.index].container = {};
        }
        if constexpr (std::is_same_v<Op, op::Add>) {
          regions_[o.child.index].address = o.offset.value;
          regions_[o.child.index].priority = o.priority.value;
          Hang(o.parent, o.child);
        }
        if constexpr (std::is_same_v<Op, op::MoveTo>) {
          const RegionSlot container = At(o.region).container;
          if (At(o.region).address == o.address.value) return;
          regions_[o.region.index].address = o.address.value;
          if (container == RegionSlot{}) return;
          TakeDown(o.region);
          Hang(container, o.region);
        }
      },
      operation);
}

void Layout::Hang(RegionSlot parent, RegionSlot child) {
  auto& children = regions_[parent.index].children;
  const auto behind = std::ranges::find_if(
      children, [&](RegionSlot sibling) { return At(sibling).priority <= At(child).priority; });
  children.insert(behind, child);
  regions_[child.index].container = parent;
}

void Layout::TakeDown(RegionSlot child) {
  std::erase(regions_[At(child).container.index].children, child);
  regions_[child.index].container = {};
}

bool Layout::Overlap(RegionSlot a, RegionSlot b) const {
  const Region& one = At(a);
  const Region& two = At(b);
  return one.address < two.address + SizeOf(two) && two.address < one.address + SizeOf(one);
}

std::vector<RegionSlot> Layout::InFrontOf(RegionSlot region) const {
  std::vector<RegionSlot> found;
  for (const RegionSlot sibling : At(At(region).container).children) {
    if (sibling == region) break;
    if (Overlap(sibling, region)) found.push_back(sibling);
  }
  return found;
}

std::vector<RegionSlot> Layout::Behind(RegionSlot region) const {
  std::vector<RegionSlot> found;
  const auto& children = At(At(region).container).children;
  for (auto sibling = children.rbegin(); *sibling != region; ++sibling) {
    if (Overlap(*sibling, region)) found.push_back(*sibling);
  }
  std::ranges::reverse(found);
  return found;
}

}  // namespace flatcheck
