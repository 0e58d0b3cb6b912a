// Pieces of SVG text (engine/print/svg.h).

#pragma once

#include <string>
#include <string_view>

namespace flatcheck::engine {

// A length, with one decimal.
std::string Pixels(double length);

// As the text of an element or the value of an attribute. REQUIRES: names in it are AsUtf8.
std::string EscapedXml(std::string_view text);

// As much of the text as a width holds, with an ellipsis for the rest. Of UTF-8.
std::string Fitted(const std::string& text, double width, double character_width);

struct SvgBox {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

// With a tip, unless it is empty.
std::string SvgRectangle(const SvgBox& box, std::string_view style, const std::string& tip = {});

enum class SvgAnchor { kStart, kMiddle, kEnd };
std::string SvgText(double x, double y, SvgAnchor anchor, std::string_view style,
                    const std::string& text);

struct SvgEnds {
  double x1 = 0;
  double y1 = 0;
  double x2 = 0;
  double y2 = 0;
};
std::string SvgLine(const SvgEnds& ends, std::string_view style);

}  // namespace flatcheck::engine
