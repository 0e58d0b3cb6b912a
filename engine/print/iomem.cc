#include "engine/print/iomem.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/map/memory_region.h"
#include "engine/print/hex.h"
#include "engine/print/layers.h"

namespace flatcheck::engine {
namespace {

constexpr std::size_t kLayersMax = std::size_t{1} << 18;

// A visible part of a region.
struct Piece {
  FlatRange range;
  std::optional<std::size_t> layer;
};

struct Line {
  AddressSpan span;
  std::size_t level = 0;
  std::string name;
};

bool IsWritableRam(const FlatRange& range) {
  return range.is_ram && range.region->kind() != RegionKind::kRamDevice && !range.readonly;
}

std::string NameOf(const FlatRange& range) {
  if (!IsWritableRam(range)) return range.region->name();
  return range.nonvolatile ? "Persistent Memory" : "System RAM";
}

std::string WithoutControls(std::string name) {
  std::ranges::replace_if(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return name;
}

class Listing {
 public:
  explicit Listing(const AddressSpace& space) : layers_(LayersOf(space, kLayersMax)) {
    CollectPieces(space.view());
    ChooseFrames();
  }

  std::vector<Line> Lines() const {
    std::vector<Line> lines;
    for (std::size_t place = 0; place < layers_.layers.size(); ++place) {
      const Layer& layer = layers_.layers[place];
      if (!is_frame_[place]) continue;
      lines.push_back({layer.span, LevelOf(layer.above), layer.region->name()});
    }
    const Piece* before = nullptr;
    for (const Piece& piece : pieces_) {
      if (piece.layer && is_frame_[*piece.layer]) continue;
      if (before != nullptr && AreOneLine(*before, piece)) {
        lines.back().span.last = piece.range.last;
      } else {
        lines.push_back(
            {{piece.range.first, piece.range.last}, LevelOf(piece.layer), NameOf(piece.range)});
      }
      before = &piece;
    }
    const auto outer_first = [](const Line& line) {
      return std::tuple(line.span.first, UINT64_MAX - line.span.last, line.level);
    };
    std::ranges::stable_sort(lines, {}, outer_first);
    return lines;
  }

 private:
  void CollectPieces(const FlatView& view) {
    for (const FlatRange& range : layers_.left_over) pieces_.push_back({range, std::nullopt});
    for (std::size_t place = 0; place < layers_.layers.size(); ++place) {
      for (const AddressSpan& span : layers_.layers[place].seen) {
        FlatRange part = *view.Find(span.first);
        part.offset += span.first - part.first;
        part.first = span.first;
        part.last = span.last;
        pieces_.push_back({part, place});
      }
    }
    std::ranges::sort(pieces_, {}, [](const Piece& piece) { return piece.range.first; });
  }

  void ChooseFrames() {
    is_frame_.resize(layers_.layers.size());
    // By what they stand in (nullopt for nothing), then by their first address: their last.
    std::map<std::optional<std::size_t>, std::map<std::uint64_t, std::uint64_t>> chosen;
    for (std::size_t place = 0; place < layers_.layers.size(); ++place) {
      if (!MayBeFrame(place)) continue;
      const AddressSpan span = layers_.layers[place].span;
      auto& beside = chosen[FrameAround(layers_.layers[place].above)];
      const auto behind = beside.upper_bound(span.last);
      if (behind != beside.begin() && std::prev(behind)->second >= span.first) continue;
      beside.emplace(span.first, span.last);
      is_frame_[place] = true;
    }
  }

  bool MayBeFrame(std::size_t place) const {
    const Layer& layer = layers_.layers[place];
    if (layer.region->alias_target() != nullptr || layer.region->is_ram()) return false;
    const bool is_root = !layer.above;
    if (is_root && !layer.region->terminates()) return false;
    const auto ends_before = [](const Piece& piece, std::uint64_t at) {
      return piece.range.last < at;
    };
    auto piece = std::lower_bound(pieces_.begin(), pieces_.end(), layer.span.first, ends_before);
    bool holds_others = false;
    for (; piece != pieces_.end() && piece->range.first <= layer.span.last; ++piece) {
      if (!piece->layer || *piece->layer < place || *piece->layer >= layer.end) return false;
      holds_others |= *piece->layer != place;
    }
    return holds_others;
  }

  std::optional<std::size_t> FrameAround(std::optional<std::size_t> place) const {
    while (place && !is_frame_[*place]) place = layers_.layers[*place].above;
    return place;
  }

  std::size_t LevelOf(std::optional<std::size_t> place) const {
    std::size_t level = 0;
    while ((place = FrameAround(place))) {
      ++level;
      place = layers_.layers[*place].above;
    }
    return level;
  }

  bool AreOneLine(const Piece& one, const Piece& next) const {
    const bool are_alike = IsWritableRam(one.range) && IsWritableRam(next.range) &&
                           one.range.nonvolatile == next.range.nonvolatile;
    return one.range.last == next.range.first - 1 &&
           (are_alike || CanMerge(one.range, next.range)) &&
           FrameAround(one.layer) == FrameAround(next.layer);
  }

  const Layers layers_;
  std::vector<Piece> pieces_;   // By address.
  std::vector<bool> is_frame_;  // By layer: it has a line around those below it.
};

}  // namespace

std::string PrintIomem(const AddressSpace& space) {
  std::string text;
  for (const Line& line : Listing(space).Lines()) {
    text.append(2 * line.level, ' ') += Hex(line.span.first, 8) + '-' + Hex(line.span.last, 8);
    text += " : " + WithoutControls(line.name) + '\n';
  }
  return text;
}

}  // namespace flatcheck::engine
