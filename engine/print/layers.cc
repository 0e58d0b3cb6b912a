#include "engine/print/layers.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "engine/map/address_range.h"
#include "engine/map/memory_region.h"

namespace flatcheck::engine {
namespace {

class Walk {
 public:
  Walk(std::size_t layers_max, Layers& layers) : layers_max_(layers_max), layers_(layers) {}

  // Recurses as deep as regions nest, which MapLimits bounds.
  void Visit(const MemoryRegion& region, Int128 base, AddressRange clip,
             std::optional<std::size_t> above) {
    base += region.address();
    clip = Intersection(clip, {base, base + static_cast<Int128>(region.size())});
    if (clip.empty()) return;
    if (layers_.layers.size() == layers_max_) {
      layers_.is_complete = false;
      return;
    }
    const std::size_t place = layers_.layers.size();
    layers_.layers.push_back(
        {.region = &region,
         .span = {static_cast<std::uint64_t>(clip.start), static_cast<std::uint64_t>(clip.end - 1)},
         .offset = static_cast<std::uint64_t>(clip.start - base),
         .above = above,
         .is_enabled = region.enabled()});
    if (region.enabled()) VisitBelow(region, base, clip, place);
    layers_.layers[place].end = layers_.layers.size();
    layers_.front_to_back.push_back(place);
  }

 private:
  void VisitBelow(const MemoryRegion& region, Int128 base, AddressRange clip, std::size_t place) {
    if (const MemoryRegion* target = region.alias_target()) {
      Visit(*target, base - target->address() - region.alias_offset(), clip, place);
      return;
    }
    for (const auto& [rank, child] : region.children()) Visit(*child, base, clip, place);
  }

  const std::size_t layers_max_;
  Layers& layers_;
};

// Which of some layers has an address: the first one that was added.
class Claims {
 public:
  struct Claim {
    std::uint64_t last = 0;
    std::size_t place = 0;
  };
  using ByFirst = std::map<std::uint64_t, Claim>;

  // O(log n), but for what is free no more afterwards.
  void Add(const AddressSpan& span, std::size_t place) {
    auto free = free_.upper_bound(span.first);
    if (free != free_.begin() && std::prev(free)->second >= span.first) --free;
    while (free != free_.end() && free->first <= span.last) {
      const AddressSpan was = {free->first, free->second};
      free = free_.erase(free);
      const std::uint64_t first = std::max(was.first, span.first);
      const std::uint64_t last = std::min(was.last, span.last);
      if (was.first < first) free_.emplace(was.first, first - 1);
      if (last < was.last) free_.emplace(last + 1, was.last);
      claims_.emplace(first, Claim{last, place});
    }
  }

  // The first one that ends at the address or behind it.
  ByFirst::const_iterator From(std::uint64_t address) const {
    auto claim = claims_.upper_bound(address);
    if (claim != claims_.begin() && std::prev(claim)->second.last >= address) --claim;
    return claim;
  }
  ByFirst::const_iterator end() const { return claims_.end(); }

 private:
  ByFirst claims_;
  std::map<std::uint64_t, std::uint64_t> free_ = {{0, UINT64_MAX}};  // By first: last.
};

// Gives each part of the view to the front layer that has it, and keeps what is left.
class Attribution {
 public:
  explicit Attribution(Layers& layers) : layers_(layers) {
    for (const std::size_t place : layers.front_to_back) {
      const Layer& layer = layers.layers[place];
      if (!layer.is_enabled || !layer.region->terminates()) continue;
      claims_[{layer.region, layer.span.first - layer.offset}].Add(layer.span, place);
    }
  }

  void Give(const FlatRange& range) {
    const Claims& claims = claims_[{range.region, range.first - range.offset}];
    std::uint64_t first = range.first;
    for (auto claim = claims.From(first); claim != claims.end(); ++claim) {
      if (claim->first > range.last) break;
      const AddressSpan seen = {std::max(first, claim->first),
                                std::min(range.last, claim->second.last)};
      if (first < seen.first) Leave(range, {first, seen.first - 1});
      layers_.layers[claim->second.place].seen.push_back(seen);
      if (seen.last == range.last) return;
      first = seen.last + 1;
    }
    Leave(range, {first, range.last});
  }

 private:
  void Leave(const FlatRange& range, const AddressSpan& span) {
    FlatRange& left = layers_.left_over.emplace_back(range);
    left.offset += span.first - range.first;
    left.first = span.first;
    left.last = span.last;
  }

  Layers& layers_;
  // By region and by where its offset 0 would lie.
  std::map<std::pair<const MemoryRegion*, std::uint64_t>, Claims> claims_;
};

}  // namespace

Layers LayersOf(const AddressSpace& space, std::size_t layers_max) {
  const FlatView& view = space.view();
  const MemoryRegion& root = view.root() == nullptr ? space.root() : *view.root();
  Layers layers;
  Walk(layers_max, layers).Visit(root, 0, {0, static_cast<Int128>(kSizeMax)}, std::nullopt);
  Attribution attribution(layers);
  for (const FlatRange& range : view) attribution.Give(range);
  return layers;
}

}  // namespace flatcheck::engine
