// The axis of a picture of an address space (engine/print/svg.h): where on it an address lies.

#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "engine/map/address_range.h"
#include "engine/print/layers.h"

namespace flatcheck::engine {

class SvgAxis {
 public:
  // Between neighbouring edges.
  struct Stretch {
    Size first = 0;
    Size end = 0;
    bool is_filled = false;
    bool is_cut = false;     // Much shorter than to scale.
    bool is_coarse = false;  // A pixel stands for much more than elsewhere.
    double x = 0;
    double width = 0;
  };

  // The bounds of all spans are edges; the filled ones get most of the width.
  SvgAxis(const std::vector<AddressSpan>& spans, const std::vector<AddressSpan>& filled,
          double width);

  double width() const { return width_; }
  const std::vector<Stretch>& stretches() const { return stretches_; }

  // REQUIRES: it is an edge.
  double XOf(Size edge) const { return places_.at(edge); }

 private:
  void FindStretches(const std::vector<AddressSpan>& spans, const std::vector<AddressSpan>& filled);
  void ShareOut();
  bool IsNearlyEven() const;
  void MarkCoarse();

  double width_;
  std::vector<Stretch> stretches_;
  std::map<Size, double> places_;
};

// An edge's name below the axis, with a line to it.
struct AxisLabel {
  double x = 0;
  double left = 0;
  double right = 0;
  std::size_t row = 0;
  std::string text;
};

// Chooses which edges are named, and where, so that neither names nor the lines to them cross. What
// comes first matters most.
std::vector<AxisLabel> PlaceLabels(const std::vector<Size>& edges, const SvgAxis& axis);

}  // namespace flatcheck::engine
