#include "engine/print/svg_elements.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace flatcheck::engine {
namespace {

bool BeginsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xc0u) != 0x80u; }

std::string ClassOf(std::string_view style) { return std::string(" class=\"").append(style) + '"'; }

}  // namespace

std::string Pixels(double length) {
  std::array<char, 64> text;
  const auto result =
      std::to_chars(text.data(), text.data() + text.size(), length, std::chars_format::fixed, 1);
  return {text.data(), result.ptr};
}

std::string EscapedXml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string Fitted(const std::string& text, double width, double character_width) {
  const auto most = static_cast<std::ptrdiff_t>(std::max(0.0, width / character_width));
  if (std::ranges::count_if(text, BeginsCharacter) <= most) return text;
  if (most < 3) return {};
  std::ptrdiff_t characters = 0;
  const auto cut = std::ranges::find_if(
      text, [&](char byte) { return BeginsCharacter(byte) && ++characters == most; });
  return std::string(text.begin(), cut) + "\u2026";
}

std::string SvgRectangle(const SvgBox& box, std::string_view style, const std::string& tip) {
  std::string element = "<rect x=\"" + Pixels(box.x) + "\" y=\"" + Pixels(box.y) + "\" width=\"" +
                        Pixels(box.width) + "\" height=\"" + Pixels(box.height) + "\" rx=\"2\"" +
                        ClassOf(style);
  if (tip.empty()) return element + "/>\n";
  return element + "><title>" + EscapedXml(tip) + "</title></rect>\n";
}

std::string SvgText(double x, double y, SvgAnchor anchor, std::string_view style,
                    const std::string& text) {
  if (text.empty()) return {};
  constexpr std::string_view kAnchors[] = {"start", "middle", "end"};
  std::string element = "<text x=\"" + Pixels(x) + "\" y=\"" + Pixels(y) + "\" text-anchor=\"";
  element.append(kAnchors[static_cast<std::size_t>(anchor)]) += '"';
  return element + ClassOf(style) + '>' + EscapedXml(text) + "</text>\n";
}

std::string SvgLine(const SvgEnds& ends, std::string_view style) {
  return "<line x1=\"" + Pixels(ends.x1) + "\" y1=\"" + Pixels(ends.y1) + "\" x2=\"" +
         Pixels(ends.x2) + "\" y2=\"" + Pixels(ends.y2) + '"' + ClassOf(style) + "/>\n";
}

}  // namespace flatcheck::engine
