#include "engine/print/svg_axis.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <set>

#include "engine/print/hex.h"

namespace flatcheck::engine {
namespace {

constexpr double kLinearRatioMax = 24;  // Of the largest to the smallest filled stretch.
constexpr double kGapMax = 38;
constexpr double kGapShareMax = 0.4;  // Of the width, for all gaps together.
constexpr double kDigitWidth = 6.7;
constexpr std::size_t kLabelRows = 3;
constexpr double kLabelDistance = 7;

double Log2(Size size) { return std::log2(static_cast<double>(size)); }

std::string EdgeText(Size edge) {
  return edge == kSizeMax ? "2^64" : "0x" + Hex(static_cast<std::uint64_t>(edge));
}

bool Collide(const AxisLabel& one, const AxisLabel& other) {
  if (one.row == other.row) {
    return one.left < other.right + kLabelDistance && other.left < one.right + kLabelDistance;
  }
  const AxisLabel& upper = one.row < other.row ? one : other;
  const AxisLabel& lower = one.row < other.row ? other : one;
  return lower.x > upper.left - 3 && lower.x < upper.right + 3;
}

}  // namespace

SvgAxis::SvgAxis(const std::vector<AddressSpan>& spans, const std::vector<AddressSpan>& filled,
                 double width)
    : width_(width) {
  FindStretches(spans, filled);
  ShareOut();
  MarkCoarse();
  double x = 0;
  for (Stretch& stretch : stretches_) {
    stretch.x = x;
    places_.emplace(stretch.first, x);
    x += stretch.width;
  }
  places_.emplace(kSizeMax, x);
}

void SvgAxis::FindStretches(const std::vector<AddressSpan>& spans,
                            const std::vector<AddressSpan>& filled) {
  std::set<Size> edges = {0, kSizeMax};
  std::map<Size, int> depth_changes;
  for (const std::vector<AddressSpan>* list : {&spans, &filled}) {
    for (const AddressSpan& span : *list) edges.insert({span.first, Size{span.last} + 1});
  }
  for (const AddressSpan& span : filled) {
    ++depth_changes[span.first];
    --depth_changes[Size{span.last} + 1];
  }
  int depth = 0;
  for (auto edge = edges.begin(); std::next(edge) != edges.end(); ++edge) {
    const auto change = depth_changes.find(*edge);
    if (change != depth_changes.end()) depth += change->second;
    stretches_.push_back({.first = *edge, .end = *std::next(edge), .is_filled = depth > 0});
  }
}

bool SvgAxis::IsNearlyEven() const {
  double least = 64;
  double most = 0;
  for (const Stretch& stretch : stretches_) {
    if (!stretch.is_filled) continue;
    least = std::min(least, Log2(stretch.end - stretch.first));
    most = std::max(most, Log2(stretch.end - stretch.first));
  }
  return most - least <= std::log2(kLinearRatioMax);
}

void SvgAxis::ShareOut() {
  const auto filled =
      static_cast<double>(std::ranges::count(stretches_, true, &Stretch::is_filled));
  const double empty = static_cast<double>(stretches_.size()) - filled;
  double gap = std::min(kGapMax, width_ * kGapShareMax / std::max(1.0, empty));
  if (filled == 0) gap = width_ / empty;
  const bool is_linear = IsNearlyEven();
  const auto weigh = [&](const Stretch& stretch) {
    const Size size = stretch.end - stretch.first;
    return is_linear ? static_cast<double>(size) : 2 + Log2(size) / 4;
  };
  double total = 0;
  for (const Stretch& stretch : stretches_) total += stretch.is_filled ? weigh(stretch) : 0;
  for (Stretch& stretch : stretches_) {
    stretch.width = stretch.is_filled ? weigh(stretch) / total * (width_ - gap * empty) : gap;
  }
}

void SvgAxis::MarkCoarse() {
  // Bytes that one pixel stands for, as a logarithm.
  const auto density = [](const Stretch& stretch) {
    return Log2(stretch.end - stretch.first) - std::log2(stretch.width);
  };
  double finest = density(stretches_.front());
  for (const Stretch& stretch : stretches_) finest = std::min(finest, density(stretch));
  for (Stretch& stretch : stretches_) {
    stretch.is_cut = !stretch.is_filled && density(stretch) - finest > 1;
    stretch.is_coarse = stretch.is_filled && density(stretch) - finest > 4;
  }
}

std::vector<AxisLabel> PlaceLabels(const std::vector<Size>& edges, const SvgAxis& axis) {
  std::vector<AxisLabel> placed;
  for (const Size edge : edges) {
    AxisLabel label{.x = axis.XOf(edge), .text = EdgeText(edge)};
    const double width = static_cast<double>(label.text.size()) * kDigitWidth;
    label.left = std::max(0.0, std::min(axis.width() - width, label.x - width / 2));
    label.right = label.left + width;
    for (; label.row < kLabelRows; ++label.row) {
      const auto collides = [&](const AxisLabel& other) { return Collide(label, other); };
      if (std::ranges::any_of(placed, collides)) continue;
      placed.push_back(label);
      break;
    }
  }
  return placed;
}

}  // namespace flatcheck::engine
