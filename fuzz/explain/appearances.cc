#include "fuzz/explain/appearances.h"

#include <algorithm>
#include <map>
#include <utility>

namespace flatcheck {
namespace {

// Bases of what lies behind an alias may be below 0.
__extension__ typedef __int128 Place;

constexpr Place kEnd = Place{1} << 64;

struct Window {
  Place base = 0;  // Where the offset 0 of the region above lies.
  Place first = 0;
  Place end = kEnd;
};

class Painter {
 public:
  Painter(const RegionTree& tree, std::size_t most, Layers& layers)
      : tree_(tree), most_(most), layers_(layers) {}

  // The one recursion: regions nest at most limits::kDepthMax deep.
  void Paint(RegionSlot slot, Window window);

 private:
  void PaintBelow(const TreeRegion& region, RegionSlot slot, const Window& window);
  std::vector<AddressSpan> TakeFree(AddressSpan span);

  const RegionTree& tree_;
  const std::size_t most_;
  Layers& layers_;
  std::vector<RegionSlot> path_;
  std::map<std::uint64_t, std::uint64_t> taken_;  // First to last; disjoint.
};

void Painter::Paint(RegionSlot slot, Window window) {
  const TreeRegion& region = tree_.At(slot);
  window.base += region.address;
  window.first = std::max(window.first, window.base);
  window.end = std::min(window.end, window.base + static_cast<Place>(region.size));
  if (window.first >= window.end || !layers_.is_complete) return;
  if (region.enabled) PaintBelow(region, slot, window);
  if (layers_.appearances.size() == most_) {
    layers_.is_complete = false;
    return;
  }
  Appearance own{.region = slot, .path = path_, .enabled = region.enabled};
  own.span = {static_cast<std::uint64_t>(window.first), static_cast<std::uint64_t>(window.end - 1)};
  own.offset = static_cast<std::uint64_t>(window.first - window.base);
  if (region.enabled && region.Terminates()) own.seen = TakeFree(own.span);
  layers_.appearances.push_back(std::move(own));
}

void Painter::PaintBelow(const TreeRegion& region, RegionSlot slot, const Window& window) {
  if (region.IsAlias()) {  // What was put into an alias is never seen.
    Window onto = window;
    onto.base -= static_cast<Place>(tree_.At(region.target).address) + region.alias_offset;
    path_.push_back(slot);
    Paint(region.target, onto);
    path_.pop_back();
    return;
  }
  for (const RegionSlot child : region.children) Paint(child, window);
}

// The parts that nothing in front has taken. From here on they are taken.
std::vector<AddressSpan> Painter::TakeFree(AddressSpan span) {
  std::vector<AddressSpan> free;
  std::uint64_t next = span.first;
  auto other = taken_.upper_bound(span.first);
  if (other != taken_.begin() && std::prev(other)->second >= span.first) --other;
  bool is_over = false;
  for (; !is_over && other != taken_.end() && other->first <= span.last; ++other) {
    if (other->first > next) free.push_back({next, other->first - 1});
    is_over = other->second >= span.last;
    next = other->second + 1;
  }
  if (!is_over) free.push_back({next, span.last});
  for (const AddressSpan& part : free) taken_.emplace(part.first, part.last);
  return free;
}

// The only enabled child, if it lies where a container may be left out in its favour.
RegionSlot OnlyChild(const RegionTree& tree, const TreeRegion& region, std::size_t& enabled) {
  RegionSlot only;
  enabled = 0;
  for (const RegionSlot child : region.children) {
    if (!tree.At(child).enabled) continue;
    only = child;
    ++enabled;
  }
  if (enabled != 1) return {};
  const TreeRegion& child = tree.At(only);
  return child.address == 0 && region.size >= child.size ? only : RegionSlot{};
}

struct Stretch {
  AddressSpan span;
  RegionSlot region;
  std::uint64_t offset = 0;
  bool operator==(const Stretch&) const = default;
};

// Neighbours that continue each other are one.
std::vector<Stretch> Joined(const std::vector<Stretch>& stretches) {
  std::vector<Stretch> joined;
  for (const Stretch& next : stretches) {
    if (!joined.empty()) {
      Stretch& before = joined.back();
      const std::uint64_t ahead = next.span.first - before.span.first;
      if (before.region == next.region && before.span.last + 1 == next.span.first &&
          before.offset + ahead == next.offset) {
        before.span.last = next.span.last;
        continue;
      }
    }
    joined.push_back(next);
  }
  return joined;
}

}  // namespace

RegionSlot FollowDown(const RegionTree& tree, RegionSlot root) {
  for (;;) {
    const TreeRegion& region = tree.At(root);
    if (!region.enabled) return {};
    if (region.Terminates()) return root;
    RegionSlot next;
    if (region.IsAlias()) {
      if (region.alias_offset == 0 && region.size >= tree.At(region.target).size) {
        next = region.target;
      }
    } else {
      std::size_t enabled = 0;
      next = OnlyChild(tree, region, enabled);
      if (enabled == 0) return {};
    }
    if (next == RegionSlot{}) return root;
    root = next;
  }
}

Layers LayersOf(const RegionTree& tree, RegionSlot root, std::size_t appearances_max) {
  Layers layers;
  layers.top = FollowDown(tree, root);
  const RegionSlot start = layers.top == RegionSlot{} ? root : layers.top;
  Painter(tree, appearances_max, layers).Paint(start, {});
  return layers;
}

bool AreSeenIn(const Layers& layers, std::span<const RangeSeen> view) {
  std::vector<Stretch> seen;
  for (const Appearance& layer : layers.appearances) {
    for (const AddressSpan& part : layer.seen) {
      seen.push_back({part, layer.region, layer.offset + (part.first - layer.span.first)});
    }
  }
  std::ranges::sort(seen, {}, [](const Stretch& stretch) { return stretch.span.first; });
  std::vector<Stretch> shown;
  for (const RangeSeen& range : view) {
    shown.push_back({{range.first, range.last}, range.region, range.offset});
  }
  return Joined(seen) == Joined(shown);
}

}  // namespace flatcheck
