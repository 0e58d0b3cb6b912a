// The picture of an address space: its axis, and that each thing is drawn. tests/cli_test.sh has it
// read as XML.

#include "engine/print/svg.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/print/svg_axis.h"
#include "engine/print/svg_elements.h"
#include "engine/print/svg_style.h"
#include "tests/programmed_map.h"

namespace flatcheck {
namespace {

using engine::kSizeMax;
using engine::Size;
using engine::SvgAxis;

std::string Svg(std::string_view program) {
  const ProgrammedMap programmed(program);
  return PrintSvg(*programmed.map().spaces().front());
}

std::size_t Count(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

TEST(SvgAxis, HoldsTheWholeSpaceInOrder) {
  const SvgAxis axis({{0x1000, 0x8fff}}, {{0x2000, 0x2fff}, {1ull << 40, (1ull << 60) - 1}}, 1000);
  EXPECT_EQ(axis.XOf(0), 0);
  EXPECT_NEAR(axis.XOf(kSizeMax), 1000, 1e-6);
  double x = 0;
  for (const Size edge : {Size{0x1000}, Size{0x2000}, Size{0x3000}, Size{0x9000}, Size{1} << 40,
                          Size{1} << 60, kSizeMax}) {
    EXPECT_GT(axis.XOf(edge), x);
    x = axis.XOf(edge);
  }
  ASSERT_EQ(axis.stretches().size(), 7u);
  EXPECT_TRUE(axis.stretches()[2].is_filled);
  EXPECT_FALSE(axis.stretches()[3].is_filled);
  EXPECT_TRUE(axis.stretches()[6].is_cut);
}

TEST(SvgAxis, IsToScaleWhereSizesAllow) {
  const SvgAxis axis({}, {{0, 0xfff}, {0x1000, 0x3fff}}, 1000);
  EXPECT_NEAR(axis.XOf(0x4000), 4 * axis.XOf(0x1000), 1e-6);
  const SvgAxis uneven({}, {{0, 0}, {1, UINT64_MAX}}, 1000);
  EXPECT_GT(uneven.XOf(1), 50);
}

TEST(SvgAxis, NothingToSeeIsAnAxisToo) {
  const SvgAxis axis({}, {}, 500);
  EXPECT_EQ(axis.XOf(kSizeMax), 500);
}

TEST(SvgAxis, LabelsDoNotCover) {
  std::vector<engine::AddressSpan> spans;
  std::vector<Size> edges;
  for (std::uint64_t i = 0; i < 60; ++i) {
    spans.push_back({i << 30, (i << 30) + (1u << 20)});
    edges.push_back(i << 30);
  }
  const SvgAxis axis(spans, spans, 900);
  const auto labels = PlaceLabels(edges, axis);
  EXPECT_GE(labels.size(), 10u);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    EXPECT_GE(labels[i].left, 0);
    EXPECT_LE(labels[i].right, 900);
    for (std::size_t j = 0; j < i; ++j) {
      const bool is_apart = labels[i].row != labels[j].row || labels[i].left > labels[j].right ||
                            labels[j].left > labels[i].right;
      EXPECT_TRUE(is_apart) << labels[i].text << " and " << labels[j].text;
    }
  }
}

TEST(Svg, EachRegionAndRangeIsDrawn) {
  const std::string picture = Svg(R"(
region sys container 2^64
region ram ram 0x8000
region dev io 0x1000
region win alias 0x1000 ram 0
region off rom 0x1000
add sys 0 ram
add sys 0x2000 dev 1
add sys 0x10000 win
add sys 0x20000 off
enable off 0
as mem sys
)");
  // RAM: seen in two parts and through the alias, each there and in the view.
  EXPECT_EQ(Count(picture, "class=\"ram\""), 6u);
  EXPECT_EQ(Count(picture, "class=\"io\""), 2u);
  EXPECT_EQ(Count(picture, "class=\"ram behind\""), 2u);
  EXPECT_EQ(Count(picture, "class=\"rom off\""), 1u);
  EXPECT_EQ(Count(picture, "class=\"span container\""), 1u);
  EXPECT_EQ(Count(picture, "class=\"span alias\""), 1u);
  EXPECT_EQ(Count(picture, "partly hidden"), 3u);
  EXPECT_NE(picture.find(">ram \u2039 win</text>"), std::string::npos);
  EXPECT_NE(picture.find(">0x20000</text>"), std::string::npos);
  EXPECT_NE(picture.find("0x3000 to 0x7fff\n20 KiB"), std::string::npos);
  EXPECT_EQ(Count(picture, "<svg "), 1u);
  EXPECT_TRUE(picture.ends_with("</svg>\n"));
}

// The classes of all elements.
std::set<std::string> ClassesOf(const std::string& picture) {
  constexpr std::string_view kAttribute = "class=\"";
  std::set<std::string> classes;
  for (std::size_t at = 0; (at = picture.find(kAttribute, at)) != std::string::npos;) {
    at += kAttribute.size();
    std::istringstream words(picture.substr(at, picture.find('"', at) - at));
    for (std::string word; words >> word;) classes.insert(word);
  }
  return classes;
}

bool HasRule(std::string_view style, const std::string& name) {
  for (const std::string_view end : {" ", ",", "{"}) {
    if (style.find(("." + name).append(end)) != std::string_view::npos) return true;
  }
  return false;
}

TEST(Svg, EachClassHasARule) {
  const std::vector<std::string> kinds = {"ram", "rom",         "romd", "ramdevice",
                                          "io",  "reservation", "iommu"};
  std::string program = "region sys container 2^64\n";
  for (const std::string& kind : kinds) {
    const std::string at = std::to_string(kind.size() << 20);
    program.append("region ").append(kind).append(" ").append(kind).append(" 0x2000\n");
    program.append("region off_").append(kind).append(" ").append(kind).append(" 0x2000\n");
    program.append("add sys ").append(at).append(" ").append(kind).append("\n");
    program.append("add sys ").append(at).append(" off_").append(kind).append("\n");
    program.append("enable off_").append(kind).append(" 0\n");
  }
  program += "region win alias 0x1000 ram 0\nadd sys 0 win\nas mem sys\n";
  const std::string picture = Svg(program);
  const std::string_view style = engine::SvgStyle();
  const std::size_t dark = style.find("prefers-color-scheme: dark");
  ASSERT_NE(dark, std::string::npos);
  const std::set<std::string> classes = ClassesOf(picture);
  for (const std::string& used : classes) EXPECT_TRUE(HasRule(style.substr(0, dark), used)) << used;
  for (const std::string& kind : kinds) {
    EXPECT_TRUE(classes.contains(kind)) << kind;
    EXPECT_TRUE(HasRule(style.substr(dark), kind)) << kind;
  }
}

TEST(Svg, NamesAreText) {
  const std::string picture =
      Svg("region </text><script>&\"\xff ram 0x1000\n"
          "as <\x01> </text><script>&\"\xff\n");
  EXPECT_EQ(Count(picture, "<script"), 0u);
  EXPECT_EQ(Count(picture, "\xff"), 0u);
  EXPECT_NE(picture.find(">&lt;/text&gt;&lt;script&gt;&amp;&quot;\xef\xbf\xbd</text>"),
            std::string::npos);
}

TEST(Svg, OfVeryManyLayersTheFirstAreDrawn) {
  std::string program = "region sys container 2^64\n";
  for (int i = 0; i < 300; ++i) {
    const std::string name = "r" + std::to_string(i);
    program.append("region ").append(name).append(" io 0x1000\nadd sys ");
    program.append(std::to_string(i * 0x10000)).append(" ").append(name).append("\n");
  }
  const std::string picture = Svg(program + "as mem sys\n");
  EXPECT_NE(picture.find(">181 more layers behind</text>"), std::string::npos);
  EXPECT_GE(Count(picture, "class=\"io\""), 300u);
}

TEST(SvgElements, ATextIsCutBetweenCharacters) {
  EXPECT_EQ(engine::Fitted("abc", 30, 10), "abc");
  EXPECT_EQ(engine::Fitted("abcd", 30, 10), "ab\u2026");
  EXPECT_EQ(engine::Fitted("\u00fc\u00fc\u00fc\u00fc", 30, 10), "\u00fc\u00fc\u2026");
  EXPECT_EQ(engine::Fitted("abcd", 29, 10), "");
  EXPECT_EQ(engine::Fitted("abcd", -5, 10), "");
  EXPECT_EQ(engine::EscapedXml("<a b=\"&\">"), "&lt;a b=&quot;&amp;&quot;&gt;");
}

}  // namespace
}  // namespace flatcheck
