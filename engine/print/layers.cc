#include "engine/print/layers.h"

#include <algorithm>
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

// Gives each part of the view to the front layer that has it, and keeps what is left.
class Attribution {
 public:
  explicit Attribution(Layers& layers) : layers_(layers) {
    for (const std::size_t place : layers.front_to_back) {
      const Layer& layer = layers.layers[place];
      if (!layer.is_enabled || !layer.region->terminates()) continue;
      places_[{layer.region, layer.span.first - layer.offset}].push_back(place);
    }
  }

  void Give(const FlatRange& range) {
    std::vector<AddressSpan> rest = {{range.first, range.last}};
    const auto candidates = places_.find({range.region, range.first - range.offset});
    if (candidates != places_.end()) {
      for (const std::size_t place : candidates->second) {
        if (rest.empty()) break;
        rest = Take(layers_.layers[place], rest);
      }
    }
    for (const AddressSpan& span : rest) {
      FlatRange& left = layers_.left_over.emplace_back(range);
      left.offset += span.first - range.first;
      left.first = span.first;
      left.last = span.last;
    }
  }

 private:
  static std::vector<AddressSpan> Take(Layer& layer, const std::vector<AddressSpan>& spans) {
    std::vector<AddressSpan> rest;
    for (const AddressSpan& span : spans) {
      const std::uint64_t first = std::max(span.first, layer.span.first);
      const std::uint64_t last = std::min(span.last, layer.span.last);
      if (first > last) {
        rest.push_back(span);
        continue;
      }
      layer.seen.push_back({first, last});
      if (span.first < first) rest.push_back({span.first, first - 1});
      if (last < span.last) rest.push_back({last + 1, span.last});
    }
    return rest;
  }

  Layers& layers_;
  // By region and by where its offset 0 would lie; front to back.
  std::map<std::pair<const MemoryRegion*, std::uint64_t>, std::vector<std::size_t>> places_;
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
