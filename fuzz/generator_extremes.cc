#include "fuzz/generator_extremes.h"

#include <array>
#include <cstdint>
#include <optional>

#include "fuzz/generator_pen.h"
#include "fuzz/limits.h"

namespace flatcheck {
namespace {

// A rung of w ways has 1 + w * (1 + p) paths, where the one below has p.
// With one rung more, there were more paths than limits::kPathsMax.
constexpr std::size_t kLadderRungs = 9;
constexpr std::size_t kLadderWays = 3;
// Two rungs of so many make 289 ranges: the engine's index of a view has a third level from 256 on.
constexpr std::size_t kManyWays = 17;
// Of a program that goes up to limits::kDepthMax, or up to what counts the users of a log.
constexpr std::size_t kDeepLength = 288;
constexpr std::size_t kLogUsersMax = 255;  // One more is as if there were none (DER-15).

class Extreme : Pen {
 public:
  using Pen::Pen;

  void WriteOne() {
    if (room_ >= kDeepLength) {
      random_.OneIn(3) ? WriteManyLogUsers() : WriteDeepTree();
    } else if (random_.OneIn(8)) {
      WriteManyRanges();
    } else {
      WriteLadder();
    }
  }

 private:
  // Containers that hold the next one several times each: as many paths as there may be, or one
  // less, and then more. They are empty, so that nobody has to follow the paths to see what is
  // there.
  void WriteLadder() {
    const RegionSlot lowest = Next();
    Write(op::Container{{}, {0}});
    const RegionSlot top = WriteRungs(lowest, 0, kLadderRungs, kLadderWays);
    std::uint64_t paths = 1;
    for (std::size_t rung = 0; rung < kLadderRungs; ++rung) paths = PathsAbove(paths, kLadderWays);
    std::uint64_t rest = limits::kPathsMax - random_.Below(2) - paths;
    // As many more aliases of each rung as fit, from the one below the top down.
    RegionSlot rung = top;
    for (std::size_t below = 1; below < kLadderRungs; ++below) {
      rung.index = static_cast<std::uint16_t>(rung.index - 1 - kLadderWays);
      paths = (paths - 1) / kLadderWays - 1;
      for (; rest > paths; rest -= 1 + paths) WriteInto(top, op::Alias{{}, {0}, rung, {}});
    }
    for (; rest > 0; --rest) WriteInto(top, op::Container{{}, {0}});
    WriteInto(top, op::Container{{}, {0}});
    Write(op::Alias{{}, {0}, top, {}});
  }

  // A chain of aliases that grows at both its ends: as deep as a tree may be, a little less, and
  // deeper.
  void WriteDeepTree() {
    std::array<RegionSlot, 6> ends{};
    for (RegionSlot& end : ends) {
      end = Next();
      Write(op::Container{{}, {limits::kPageSize}});
    }
    RegionSlot bottom = ends.front();
    RegionSlot top = bottom;
    // A short way down besides the long one, seen before that or after it.
    const bool has_two_ways = random_.OneIn(2);
    const bool is_short_first = random_.OneIn(2);
    const auto write_short_way = [&] {
      const RegionSlot way = Next();
      Write(op::Alias{{}, {limits::kPageSize}, bottom, {}});
      return way;
    };
    RegionSlot way;
    if (has_two_ways && is_short_first) way = write_short_way();
    for (std::size_t more = limits::kDepthMax - 3 - random_.Below(ends.size()); more > 0; --more) {
      const RegionSlot alias = Next();
      Write(op::Alias{{}, {limits::kPageSize}, top, {}});
      top = alias;
    }
    if (has_two_ways && !is_short_first) way = write_short_way();
    if (has_two_ways) Write(op::Add{top, {}, way, {}});
    for (std::size_t end = 1; end < ends.size(); ++end) {
      if (random_.OneIn(2)) {
        Write(op::Add{ends[end], {}, top, {}});
        top = ends[end];
      } else {
        Write(op::Add{bottom, {}, ends[end], {}});
        bottom = ends[end];
      }
    }
    // What has gone makes nothing deep any more.
    for (int times = 0; times < 2; ++times) {
      const RegionSlot child = ends[1 + random_.Below(ends.size() - 1)];
      if (random_.OneIn(2)) Write(op::Enable{child, {false}});
      Write(op::Del{generator_.sketch().At(child).container, child});
      Write(kOnly<op::Add>, 1 + random_.Below(2));
      Write(op::Alias{{}, {limits::kPageSize}, top, {}});
    }
    for (int times = 0; times < 4; ++times) {
      const RegionSlot alias = Next();
      Write(op::Alias{{}, {limits::kPageSize}, top, {}});
      if (generator_.sketch().IsLive(alias)) top = alias;
    }
    Write(op::Space{{}, top});
  }

  void WriteManyLogUsers() {
    const SlotSet memory = generator_.sketch().Of(SketchRegion::Nature::kMemory);
    const auto region = generator_.operands().OneOf(memory);
    if (!region) return;
    for (std::size_t users = kLogUsersMax - 1 + random_.Below(4); users > 0; --users) {
      Write(op::Log{*region, {true}});
    }
    for (std::size_t gone = 1 + random_.Below(4); gone > 0; --gone) {
      Write(op::Log{*region, {false}});
    }
  }

  static constexpr std::uint64_t PathsAbove(std::uint64_t below, std::size_t ways) {
    return 1 + ways * (1 + below);
  }

  // A view of more ranges than other programs have.
  void WriteManyRanges() {
    constexpr std::uint64_t kSize = 16;
    const RegionSlot lowest = Next();
    Write(op::Io{{}, {kSize}});
    const RegionSlot root = WriteRungs(lowest, kSize, 2, kManyWays);
    Write(op::Space{{}, root});
  }

  // Each holds the one below, which has that size, several times side by side. Returns the last.
  RegionSlot WriteRungs(RegionSlot below, std::uint64_t size, std::size_t rungs, std::size_t ways) {
    for (std::size_t rung = 0; rung < rungs; ++rung) {
      const RegionSlot container = Next();
      Write(op::Container{{}, {ways * size}});
      for (std::uint64_t way = 0; way < ways; ++way) {
        const RegionSlot alias = Next();
        Write(op::Alias{{}, {size}, below, {}});
        Write(op::Add{container, {way * size}, alias, {}});
      }
      below = container;
      size *= ways;
    }
    return below;
  }
};

}  // namespace

void WriteExtreme(Generator& generator, Random& random, std::size_t room, Program& program) {
  Extreme(generator, random, room, program).WriteOne();
}

}  // namespace flatcheck
