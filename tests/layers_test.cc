// Layers of an address space, by hand.

#include "engine/print/layers.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <string_view>

#include "engine/print/hex.h"
#include "tests/programmed_map.h"

namespace flatcheck {
namespace {

std::string Text(const engine::AddressSpan& span) {
  return engine::Hex(span.first) + '-' + engine::Hex(span.last);
}

// One line a layer, in front to behind: its depth as blanks, its name and offset, and its seen
// parts; then what is left over.
std::string LayersText(std::string_view program, std::size_t layers_max = 100) {
  const ProgrammedMap programmed(program);
  const engine::Layers layers = LayersOf(*programmed.map().spaces().front(), layers_max);
  std::ostringstream text;
  for (const std::size_t place : layers.front_to_back) {
    const engine::Layer& layer = layers.layers[place];
    for (auto above = layer.above; above; above = layers.layers[*above].above) text << ' ';
    text << layer.region->name() << '@' << engine::Hex(layer.offset) << ' ' << Text(layer.span);
    if (!layer.is_enabled) text << " off";
    for (const engine::AddressSpan& seen : layer.seen) text << " seen " << Text(seen);
    text << '\n';
  }
  for (const engine::FlatRange& range : layers.left_over) {
    text << "left " << range.region->name() << '@' << engine::Hex(range.offset) << ' '
         << Text({range.first, range.last}) << '\n';
  }
  if (!layers.is_complete) text << "and more\n";
  return text.str();
}

TEST(ViewLayers, EachPlaceOfARegionHasWhatIsSeenThere) {
  EXPECT_EQ(LayersText(R"(
region sys container 0x10000
region ram ram 0x4000
region twice alias 0x2000 ram 0x1000
region dev io 0x1000
region off container 0x1000
region inside io 0x1000
add sys 0 ram
add sys 0x8000 twice
add sys 0x1000 dev 1
add sys 0x5000 off 2
add off 0 inside
enable off 0
as mem sys
)"),
            R"( off@0 5000-5fff off
 dev@0 1000-1fff seen 1000-1fff
  ram@1000 8000-9fff seen 8000-9fff
 twice@0 8000-9fff
 ram@0 0-3fff seen 0-fff seen 2000-3fff
sys@0 0-ffff
)");
}

// One range of the view, shown by two aliases.
TEST(ViewLayers, ARangeMayBeSeenInTwoLayers) {
  EXPECT_EQ(LayersText(R"(
region sys container 2^64
region ram ram 0x4000
region low alias 0x1000 ram 0
region high alias 0x3000 ram 0x1000
add sys 0xffffffffffffc000 low
add sys 0xffffffffffffd000 high
as mem sys
)"),
            R"(  ram@1000 ffffffffffffd000-ffffffffffffffff seen ffffffffffffd000-ffffffffffffffff
 high@0 ffffffffffffd000-ffffffffffffffff
  ram@0 ffffffffffffc000-ffffffffffffcfff seen ffffffffffffc000-ffffffffffffcfff
 low@0 ffffffffffffc000-ffffffffffffcfff
sys@0 0-ffffffffffffffff
)");
}

// Windows onto one region that agree on where its bytes lie: those in front have them, and what is
// behind has the rest.
TEST(ViewLayers, TheFrontOneOfManyHasWhatTheyShare) {
  EXPECT_EQ(LayersText(R"(
region sys container 0x10000
region ram ram 0x9000
region back alias 0x8000 ram 0
region low alias 0x2000 ram 0x1000
region high alias 0x2000 ram 0x5000
region over alias 0x5000 ram 0x2000
region hole io 0x800
add sys 0 back
add sys 0x1000 low 3
add sys 0x5000 high 2
add sys 0x2000 over 1
add sys 0x6000 hole 4
as mem sys
)"),
            R"( hole@0 6000-67ff seen 6000-67ff
  ram@1000 1000-2fff seen 1000-2fff
 low@0 1000-2fff
  ram@5000 5000-6fff seen 5000-5fff seen 6800-6fff
 high@0 5000-6fff
  ram@2000 2000-6fff seen 3000-4fff
 over@0 2000-6fff
  ram@0 0-7fff seen 0-fff seen 7000-7fff
 back@0 0-7fff
sys@0 0-ffff
)");
}

TEST(ViewLayers, WhatWasPublishedAndIsGoneIsLeftOver) {
  EXPECT_EQ(LayersText(R"(
region sys container 0x10000
region a ram 0x2000
region b io 0x1000
region w alias 0x1000 b 0
add sys 0 a
add sys 0x8000 b
add sys 0x9000 w
as mem sys
begin
size a 0x1000
del sys b
aliasoff w 0x800
)"),
            R"(  b@800 9000-97ff
 w@0 9000-9fff
 a@0 0-fff seen 0-fff
sys@0 0-ffff
left a@1000 1000-1fff
left b@0 8000-8fff
left b@0 9000-9fff
)");
}

TEST(ViewLayers, ThereAreNoMoreThanAskedFor) {
  EXPECT_EQ(LayersText(R"(
region sys container 0x10000
region a ram 0x2000
region b io 0x1000
add sys 0 a
add sys 0x8000 b
as mem sys
)",
                       2),
            R"( b@0 8000-8fff seen 8000-8fff
sys@0 0-ffff
left a@0 0-1fff
and more
)");
}

}  // namespace
}  // namespace flatcheck
