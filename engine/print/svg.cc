#include "engine/print/svg.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "engine/map/memory_region.h"
#include "engine/print/hex.h"
#include "engine/print/layers.h"
#include "engine/print/region_words.h"
#include "engine/print/svg_axis.h"
#include "engine/print/svg_elements.h"
#include "engine/print/svg_style.h"
#include "engine/print/utf8.h"

namespace flatcheck::engine {
namespace {

constexpr std::size_t kLayersMax = std::size_t{1} << 14;
constexpr std::size_t kRowsMax = 120;
constexpr std::size_t kGridLinesMax = 80;

constexpr double kMargin = 16;
constexpr double kTitleHeight = 34;
constexpr double kBarHeight = 20;
constexpr double kSpanHeight = 11;  // Of containers and aliases, which nothing answers for.
constexpr double kRowGap = 4;
constexpr double kViewHeight = 30;
constexpr double kAxisHeight = 72;
constexpr double kCharacterWidth = 6.7;
constexpr double kGutterMin = 84;
constexpr double kGutterMax = 260;
constexpr double kWidthMin = 960;  // Of the axis.
constexpr double kWidthMax = 4000;
constexpr double kWidthOfRange = 56;

// Nothing of its own to see.
bool IsSpan(const Layer& layer) { return !layer.region->terminates(); }

double HeightOf(const Layer& layer) { return IsSpan(layer) ? kSpanHeight : kBarHeight; }

std::string SizeInWords(Size size) {
  constexpr std::array<std::string_view, 7> kUnits = {"byte", "KiB", "MiB", "GiB",
                                                      "TiB",  "PiB", "EiB"};
  std::size_t unit = 0;
  for (; unit + 1 < kUnits.size() && size % 1024 == 0; ++unit) size /= 1024;
  std::string words = std::to_string(static_cast<std::uint64_t>(size)) + ' ';
  return words.append(kUnits[unit]) + (unit == 0 && size != 1 ? "s" : "");
}

std::string SpanInWords(AddressSpan span) {
  return "0x" + Hex(span.first) + " to 0x" + Hex(span.last) + '\n' +
         SizeInWords(Size{span.last - span.first} + 1);
}

class Picture {
 public:
  explicit Picture(const AddressSpace& space)
      : space_(space),
        layers_(LayersOf(space, kLayersMax)),
        rows_(std::min(kRowsMax, layers_.front_to_back.size())),
        gutter_(Gutter()),
        axis_(Spans(), Filled(), AxisWidth()) {}

  std::string Print() {
    const std::string title = Title();
    const std::string layers = DrawLayers();
    const std::string view = DrawView();
    const std::string axis = DrawAxis();
    const double width = 2 * kMargin + gutter_ + axis_.width();
    const std::string size =
        "width=\"" + Pixels(width) + "\" height=\"" + Pixels(y_ + kAxisHeight) + '"';
    std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" " + size + " role=\"img\">\n";
    text.append("<title>").append(EscapedXml(AsUtf8(space_.name()))) += "</title>\n";
    text.append(SvgStyle()) += "<rect " + size + " class=\"paper\"/>\n" + title;
    text += "<g transform=\"translate(" + Pixels(kMargin + gutter_) + " 0)\">\n";
    return text + DrawGrid() + layers + view + axis + "</g>\n</svg>\n";
  }

 private:
  const Layer& Row(std::size_t row) const { return layers_.layers[layers_.front_to_back[row]]; }

  std::string LabelOf(const Layer& layer) const {
    std::string label = AsUtf8(layer.region->name());
    for (auto above = layer.above; above; above = layers_.layers[*above].above) {
      const MemoryRegion& region = *layers_.layers[*above].region;
      if (region.alias_target() != nullptr) label += " \u2039 " + AsUtf8(region.name());
    }
    return label;
  }

  double Gutter() const {
    double width = kGutterMin;
    for (std::size_t row = 0; row < rows_; ++row) {
      const double bytes = static_cast<double>(LabelOf(Row(row)).size());
      width = std::max(width, bytes * kCharacterWidth + 14);
    }
    return std::min(width, kGutterMax);
  }

  double AxisWidth() const {
    const auto ranges = static_cast<double>(std::max(space_.view().size(), rows_ / 2));
    return std::clamp(ranges * kWidthOfRange, kWidthMin, kWidthMax);
  }

  std::vector<AddressSpan> Spans() const {
    std::vector<AddressSpan> spans;
    for (std::size_t row = 0; row < rows_; ++row) spans.push_back(Row(row).span);
    return spans;
  }

  std::vector<AddressSpan> Filled() const {
    std::vector<AddressSpan> filled;
    for (const FlatRange& range : space_.view()) filled.push_back({range.first, range.last});
    for (std::size_t row = 0; row < rows_; ++row) {
      if (IsSpan(Row(row))) continue;
      filled.push_back(Row(row).span);
      filled.insert(filled.end(), Row(row).seen.begin(), Row(row).seen.end());
    }
    return filled;
  }

  SvgBox BoxOf(AddressSpan span, double y, double height) const {
    const double x = axis_.XOf(span.first);
    return {x, y, std::max(1.0, axis_.XOf(Size{span.last} + 1) - x), height};
  }

  std::string Title() const {
    const std::size_t ranges = space_.view().size();
    const std::string root = "root " + AsUtf8(space_.root().name()) + ", " +
                             std::to_string(ranges) + (ranges == 1 ? " range" : " ranges");
    return "<text x=\"" + Pixels(kMargin) + "\" y=\"" + Pixels(kMargin + 12) +
           "\" class=\"title\">" + EscapedXml(AsUtf8(space_.name())) +
           "<tspan dx=\"12\" class=\"about\">" + EscapedXml(root) + "</tspan></text>\n";
  }

  std::string DrawLayers() {
    std::string text;
    for (std::size_t row = 0; row < rows_; ++row) {
      const Layer& layer = Row(row);
      text += IsSpan(layer) ? DrawSpan(layer) : DrawBar(layer);
      text += DrawLabel(layer);
      y_ += HeightOf(layer) + kRowGap;
    }
    const std::size_t more = layers_.front_to_back.size() - rows_;
    if (more == 0 && layers_.is_complete) return text;
    y_ += 14;
    return text + SvgText(0, y_ - 4, SvgAnchor::kStart, "faint",
                          std::to_string(more) + " more layers" +
                              (layers_.is_complete ? " behind" : " and others"));
  }

  std::string DrawSpan(const Layer& layer) const {
    std::string style = "span ";
    style += layer.region->alias_target() == nullptr ? "container" : "alias";
    if (!layer.is_enabled) style += " off";
    return SvgRectangle(BoxOf(layer.span, y_ + 2, kSpanHeight - 4), style, TipOf(layer));
  }

  std::string DrawBar(const Layer& layer) const {
    const std::string kind(KindWord(*layer.region));
    const SvgBox box = BoxOf(layer.span, y_, kBarHeight);
    if (!layer.is_enabled) return SvgRectangle(box, kind + " off", TipOf(layer));
    std::string text = SvgRectangle(box, kind + " behind", TipOf(layer));
    text += SvgRectangle(box, "hatch");
    for (const AddressSpan& span : layer.seen) {
      text += SvgRectangle(BoxOf(span, y_, kBarHeight), kind, TipOf(layer));
    }
    return text;
  }

  std::string DrawLabel(const Layer& layer) const {
    std::string style = "name";
    if (IsSpan(layer)) style += " faint";
    if (!layer.is_enabled) style += " struck";
    return SvgText(-10, y_ + HeightOf(layer) / 2 + 4, SvgAnchor::kEnd, style,
                   Fitted(LabelOf(layer), gutter_ - 14, kCharacterWidth));
  }

  std::string TipOf(const Layer& layer) const {
    std::string tip = LabelOf(layer) + ", ";
    tip.append(KindWord(*layer.region)) += '\n' + SpanInWords(layer.span);
    if (layer.offset != 0) tip += "\nfrom its offset 0x" + Hex(layer.offset);
    if (!layer.is_enabled) return tip + "\ndisabled";
    if (IsSpan(layer)) return tip;
    if (layer.seen.empty()) return tip + "\nhidden by what is in front";
    const bool is_whole = layer.seen.size() == 1 && layer.seen[0] == layer.span;
    return tip + (is_whole ? "\nall of it is seen" : "\npartly hidden");
  }

  std::string DrawView() {
    y_ += 8;
    std::string text =
        SvgText(-10, y_ + kViewHeight / 2 + 4, SvgAnchor::kEnd, "view-name", "flat view");
    text += SvgRectangle({0, y_, axis_.width(), kViewHeight}, "hole", "nothing answers");
    for (const FlatRange& range : space_.view()) text += DrawRange(range);
    if (space_.view().size() == 0) {
      text += SvgText(axis_.width() / 2, y_ + kViewHeight / 2 + 4, SvgAnchor::kMiddle, "faint",
                      "nothing answers");
    }
    y_ += kViewHeight;
    return text;
  }

  std::string DrawRange(const FlatRange& range) const {
    const AddressSpan span{range.first, range.last};
    const SvgBox box = BoxOf(span, y_, kViewHeight);
    const std::string name = AsUtf8(range.region->name());
    std::string tip = name + ", ";
    tip.append(range.readonly ? "rom" : TypeWord(*range.region)) += '\n' + SpanInWords(span);
    if (range.offset != 0) tip += "\nfrom its offset 0x" + Hex(range.offset);
    if (range.nonvolatile) tip += "\nnonvolatile";
    return SvgRectangle(box, KindWord(*range.region), tip) +
           SvgText(box.x + box.width / 2, y_ + kViewHeight / 2 + 4, SvgAnchor::kMiddle, "name",
                   Fitted(name, box.width - 6, kCharacterWidth));
  }

  std::string DrawGrid() const {
    if (axis_.stretches().size() > kGridLinesMax) return {};
    std::string text;
    for (const SvgAxis::Stretch& stretch : axis_.stretches()) {
      if (stretch.first == 0) continue;
      text += SvgLine({stretch.x, kMargin + kTitleHeight, stretch.x, y_}, "grid");
    }
    return text;
  }

  std::string DrawAxis() const {
    const double y = y_ + 12;
    std::string text = SvgLine({axis_.width(), y - 3, axis_.width(), y + 3}, "axis");
    for (const SvgAxis::Stretch& stretch : axis_.stretches()) {
      text += SvgLine({stretch.x, y, stretch.x + stretch.width, y},
                      stretch.is_coarse ? "axis coarse" : "axis");
      text += SvgLine({stretch.x, y - 3, stretch.x, y + 3}, "axis");
      if (stretch.is_cut && stretch.width >= 14) text += DrawBreak(stretch, y);
    }
    for (const AxisLabel& label : PlaceLabels(EdgesByWeight(), axis_)) {
      const double down = 15 * static_cast<double>(label.row);
      text += SvgLine({label.x, y + 3, label.x, y + 9 + down}, "leader");
      text += SvgText(label.left, y + 20 + down, SvgAnchor::kStart, "edge", label.text);
    }
    return text;
  }

  static std::string DrawBreak(const SvgAxis::Stretch& stretch, double y) {
    const std::string x = Pixels(stretch.x + stretch.width / 2 - 6);
    const AddressSpan span{static_cast<std::uint64_t>(stretch.first),
                           static_cast<std::uint64_t>(stretch.end - 1)};
    return "<path class=\"break\" d=\"M" + x + ' ' + Pixels(y) + " l3 -5 l5 10 l4 -9\"><title>" +
           "empty, and cut short\n" + SpanInWords(span) + "</title></path>\n";
  }

  // Edges of the view matter most, then those of layers in front.
  std::vector<Size> EdgesByWeight() const {
    std::vector<Size> edges = {0, kSizeMax};
    std::set<Size> met(edges.begin(), edges.end());
    std::vector<AddressSpan> spans;
    for (const FlatRange& range : space_.view()) spans.push_back({range.first, range.last});
    for (std::size_t row = 0; row < rows_; ++row) spans.push_back(Row(row).span);
    for (const AddressSpan& span : spans) {
      for (const Size edge : {Size{span.first}, Size{span.last} + 1}) {
        if (met.insert(edge).second) edges.push_back(edge);
      }
    }
    return edges;
  }

  const AddressSpace& space_;
  const Layers layers_;
  const std::size_t rows_;  // Of front_to_back that are drawn.
  const double gutter_;     // For names, left of the axis.
  const SvgAxis axis_;
  double y_ = kMargin + kTitleHeight;  // Where the next thing goes.
};

}  // namespace

std::string PrintSvg(const AddressSpace& space) { return Picture(space).Print(); }

}  // namespace flatcheck::engine
