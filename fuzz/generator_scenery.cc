#include "fuzz/generator_scenery.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "fuzz/generator_scene.h"
#include "fuzz/limits.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/operation_weights.h"

namespace flatcheck {
namespace {

// A rung of w ways has 1 + w * (1 + p) paths, where the one below has p.
// With one rung more, there were more paths than limits::kPathsMax.
constexpr std::size_t kLadderRungs = 9;
constexpr std::size_t kLadderWays = 3;
constexpr std::size_t kLadderLength = 128;  // Of a program, which has 64 regions at most.
// Two rungs of so many make 289 ranges: the engine's index of a view has a third level from 256 on.
constexpr std::size_t kManyWays = 17;
// Of a program that goes up to limits::kDepthMax, or up to what counts the users of a log.
constexpr std::size_t kDeepLength = 288;
constexpr std::size_t kLogUsersMax = 255;  // One more is as if there were none (DER-15).

class Scenery {
 public:
  Scenery(Generator& generator, Random& random, std::size_t room, Program& program)
      : generator_(generator), random_(random), room_(room), program_(program) {}

  // A root, RAM, another region, an address space and an addition at least; more as there is room.
  void WriteMap() {
    const bool space_is_last = room_ >= 16 && random_.OneIn(4);
    const std::size_t length = room_ < kLadderLength ? std::min<std::size_t>(room_, 64) : 16;
    const std::size_t region_count = 2 + random_.Below(1 + length / 4);
    Write<op::Container>();
    if (!space_is_last) WriteSpace();
    Write<op::Ram>();
    Write(RegionWeights(generator_.theme()), region_count);
    Write(kOnly<op::Add>, 1 + region_count);
    if (space_is_last) WriteSpace();
    const bool is_kvm = generator_.theme() == Theme::kKvm;
    if (HasRoom(4) && random_.OneIn(4)) WriteBusMaster();
    if (HasRoom(3) && is_kvm && random_.OneIn(6)) WriteResizeable();
    if (HasRoom(3) && random_.OneIn(is_kvm ? 8 : 24)) WriteVastDevice();
    if (HasRoom(8) && random_.OneIn(6)) WriteSpacesMeanwhile();
    if (HasRoom(9) && random_.OneIn(6)) WriteWindowsSideBySide();
    if (HasRoom(2) && is_kvm && !random_.OneIn(3)) WriteCleanLog();
    if (room_ < kLadderLength) {
      if (HasRoom(14) && is_kvm && random_.OneIn(4)) WriteLoggedExchange();
      if (HasRoom(27) && random_.OneIn(is_kvm ? 3 : 4)) WriteDoorbells();
    } else if (room_ >= kDeepLength) {
      random_.OneIn(3) ? WriteManyLogUsers() : WriteDeepTree();
    } else if (random_.OneIn(8)) {
      WriteManyRanges();
    } else {
      WriteLadder();
    }
  }

  // A root with RAM, most often an alias of it, devices and an address space; often an IOMMU that
  // leads there, and logging.
  void WriteMemory() {
    room_ = room_ * 2 / 3;
    const bool space_is_last = random_.OneIn(4);
    const bool is_one_transaction = room_ >= 16 && random_.OneIn(2);
    Write<op::Container>();
    if (!space_is_last) WriteSpace();
    if (is_one_transaction) Write<op::Begin>();
    WriteShown<op::Ram>();
    if (random_.OneIn(3)) WriteResizeable();
    if (!random_.OneIn(3)) WriteShown<op::Alias>();
    for (std::size_t more = 1 + random_.Below(1 + room_ / 12); more > 0; --more) WriteDevice();
    if (is_one_transaction) Write<op::Commit>();
    if (space_is_last) WriteSpace();
    if (random_.OneIn(2)) WriteIommu();
    if (random_.OneIn(4)) {
      WriteIommu();
      Write(kOnly<op::IommuMap>, 1 + random_.Below(2));  // Of the one to the other.
      Write<op::IotlbEntry>();
    }
    if (random_.OneIn(2)) Write<op::GlobalLog>();
    if (random_.OneIn(2)) WriteCleanLog();
    if (random_.OneIn(6)) Write(kOnly<op::EventfdAdd>, 1 + random_.Below(2));
    if (random_.OneIn(12)) WriteGaps();
  }

 private:
  bool HasRoom(std::size_t operations) const {
    return program_.operations.size() + operations <= room_;
  }

  // The root of the oldest space, if both live.
  std::optional<RegionSlot> Root() const {
    const Sketch& sketch = generator_.sketch();
    if (sketch.spaces.empty() || !sketch.IsLive(sketch.spaces.front().root)) return std::nullopt;
    return sketch.spaces.front().root;
  }

  void Write(const OperationWeights& weights, std::size_t times) {
    for (; times > 0 && program_.operations.size() < room_; --times) {
      auto operation = generator_.WriteOneOf(weights);
      if (operation) program_.operations.push_back(*std::move(operation));
    }
  }
  template <class Op>
  void Write() {
    Write(kOnly<Op>, 1);
  }

  template <class Op>
  void WriteShown() {
    Write<Op>();
    Write<op::Add>();
  }

  // One region in two is made longer than what its block has in use.
  void WriteResizeable() {
    WriteShown<op::ResizeableRam>();
    if (random_.OneIn(2)) return;
    const auto region =
        generator_.operands().Find([](const SketchRegion& other) { return other.is_resizeable; });
    if (region) Write(op::Resize{*region, {generator_.sketch().At(*region).block_max}});
  }

  void WriteDevice() {
    switch (random_.Below(8)) {
      case 0:
        return WriteShown<op::Rom>();
      case 1:
        return WriteShown<op::RamDevice>();
      case 2:
      case 3:
        return WriteShown<op::RomDevice>();
      case 4:
        return WriteShown<op::Ram>();
      default:
        return WriteShown<op::Io>();
    }
  }

  void WriteSpace() {
    Write<op::Space>();
    if (!random_.OneIn(6)) Write<op::Listen>();
  }

  void WriteIommu() {
    Write<op::Iommu>();
    Write<op::Space>();
    Write(kOnly<op::IommuMap>, 1 + random_.Below(3));
    if (random_.OneIn(2)) Write(kOnly<op::IommuNotifierAdd>, 1 + random_.Below(3));
  }

  void Write(const Operation& operation) {
    if (program_.operations.size() >= room_) return;
    generator_.Follow(operation);
    program_.operations.push_back(operation);
  }

  // Memory that logs and has no dirty page: what is written from now on shows.
  void WriteCleanLog() {
    const Sketch& sketch = generator_.sketch();
    const SlotSet memory = sketch.Of(SketchRegion::Nature::kMemory);
    const SlotSet shown = memory & sketch.hanging;
    const auto region = generator_.operands().OneOf(shown != 0 ? shown : memory);
    if (!region) return;
    const Length length{sketch.At(*region).block_used};
    const bool migrates = sketch.is_logging && random_.OneIn(2);
    if (!migrates) Write(op::Log{*region, {true}});
    Write(op::TestClear{*region, {}, length, {migrates ? Client::kMigration : Client::kVga}});
  }

  // A transaction in which doorbells alone change, of a device that is seen, often once more right
  // behind, and of one that is switched off; a space that finds them there.
  void WriteDoorbells() {
    const std::optional<RegionSlot> root = Root();
    if (!root) return;
    const RegionSlot seen = Next();
    Write(op::Io{{}, {limits::kPageSize}});
    const RegionSlot unseen = Next();
    Write(op::Io{{}, {limits::kPageSize}});
    for (const RegionSlot region : {seen, unseen}) {
      Write(op::Add{*root, {generator_.operands().OffsetFor(region, *root)}, region, {}});
    }
    Write(op::Enable{unseen, {false}});
    constexpr std::uint64_t kHalf = limits::kPageSize / 2;
    constexpr std::uint64_t kPlaces[] = {0, 0, 4, 4, kHalf - 2, 2 * kHalf - 2};
    const bool is_seen_twice = random_.OneIn(3);
    if (is_seen_twice) {
      const RegionSlot behind = Next();
      const std::uint64_t end = generator_.sketch().At(seen).address + limits::kPageSize;
      Write(op::Alias{{}, {kHalf}, seen, {kHalf}});
      Write(op::Add{*root, {end}, behind, {}});
    }
    const auto bell = [&](RegionSlot region) {
      // At the borders of what is seen more often.
      const std::uint64_t place =
          is_seen_twice ? kPlaces[2 + random_.Below(4)] : random_.Pick(kPlaces);
      const std::uint64_t size = random_.Pick({4u, 4u, 4u, 2u, 8u, 0u});
      return op::EventfdAdd{region, {place}, {size}, {random_.OneIn(2)}, {random_.Below(2)}, {}};
    };
    if (random_.OneIn(2)) Write(bell(seen));
    if (random_.OneIn(2)) Write(bell(unseen));
    Write<op::Begin>();
    std::optional<op::EventfdAdd> successor;
    for (std::size_t change = 2 + random_.Below(2); change > 0; --change) {
      if (random_.OneIn(3)) {
        Write<op::EventfdDel>();
      } else if (random_.OneIn(4)) {
        successor = WriteSuccessor();
      } else if (random_.OneIn(6)) {
        Write(op::Space{{}, *root});
      } else {
        Write(bell(random_.OneIn(2) ? seen : unseen));
      }
    }
    Write<op::Commit>();
    if (successor) Write(Removal(*successor));
    if (random_.OneIn(3)) {  // The kernel has them all on one bus.
      Write(op::Coalesce{seen, {}, {4}});
      if (random_.OneIn(3)) Write(op::Coalesce{seen, {}, {4}});
      const bool goes_too = random_.OneIn(3);  // Views show it until the commit.
      if (goes_too) Write<op::Begin>();
      if (goes_too) Write(op::Enable{seen, {false}});
      Write(op::Uncoalesce{seen});
      if (goes_too) Write<op::Commit>();
    }
    if (!random_.OneIn(3)) return;
    const SpaceSlot space{static_cast<std::uint16_t>(generator_.sketch().spaces.size())};
    Write(op::Space{{}, *root});
    Write(op::Listen{{}, space, {}});
    Write(op::Enable{unseen, {true}});
  }

  // Another doorbell takes the place of one, from which it hardly differs, or not at all.
  std::optional<op::EventfdAdd> WriteSuccessor() {
    const auto& bells = generator_.sketch().eventfds;
    if (bells.empty()) return std::nullopt;
    op::EventfdAdd bell = bells[random_.Below(bells.size())];
    Write(Removal(bell));
    ++bell.data.value;
    Write(bell);
    return bell;
  }

  // Spaces of one root that come and go while a change is pending: not all of them see it yet.
  void WriteSpacesMeanwhile() {
    std::optional<RegionSlot> root = Root();
    // Of another one there may be no space but these.
    if (random_.OneIn(2)) root = generator_.operands().OneOf(generator_.sketch().live);
    if (!root) return;
    const SpaceSlot older{static_cast<std::uint16_t>(generator_.sketch().spaces.size())};
    Write(op::Space{{}, *root});
    Write<op::Begin>();
    if (random_.OneIn(2)) {
      Write(kChanges, 1);
    } else {
      Write(op::Nonvolatile{*root, {!generator_.sketch().At(*root).nonvolatile}});
    }
    if (random_.OneIn(2)) Write(op::SpaceDestroy{older});
    Write(op::Space{{}, *root});
    Write(kOnly<op::Find>, 2);
    Write<op::Commit>();
  }

  // Windows of one region, which are one range of it unless they differ in something.
  void WriteWindowsSideBySide() {
    const std::optional<RegionSlot> root = Root();
    if (!root) return;
    const RegionSlot seen = Next();
    Write(op::Ram{{}, {2 * limits::kPageSize}});
    std::uint64_t place = generator_.operands().OffsetFor(seen, *root);
    std::array<RegionSlot, 2> windows{};
    for (std::uint64_t offset = 0; RegionSlot & window : windows) {
      window = Next();
      Write(op::Alias{{}, {limits::kPageSize}, seen, {offset}});
      Write(op::Add{*root, {place + offset}, window, {1}});
      offset += limits::kPageSize;
    }
    const RegionSlot one = windows[random_.Below(2)];
    switch (random_.Below(3)) {
      case 0:
        Write(op::Readonly{one, {true}});
        if (generator_.theme() != Theme::kKvm) return;
        // The two go on apart. Then the window, read-only as it is, does not change with its
        // region; its slot becomes another when logging begins.
        Write(op::AliasOffset{one, {one == windows[0] ? limits::kPageSize : 0}});
        Write(op::Readonly{seen, {true}});
        return Write(op::Log{seen, {true}});
      case 1:
        return Write(op::Nonvolatile{one, {true}});
      default:
        return Write(op::Unmergeable{one, {true}});
    }
  }

  // A device as large as an address space, with a window that may be longer than kernels take or a
  // doorbell at its end.
  void WriteVastDevice() {
    const std::optional<RegionSlot> root = Root();
    if (!root) return;
    const RegionSlot device = Next();
    Write(op::Io{{}, {UINT64_MAX}});
    Write(op::Add{*root, {}, device, {-1}});
    if (random_.OneIn(2)) {
      Write<op::Coalesce>();
    } else {
      Write(op::EventfdAdd{device, {UINT64_MAX - 3}, {4}, {}, {}, {}});
    }
  }

  // Two slots that log and have been written to change places, or what they are and no longer log.
  void WriteLoggedExchange() {
    const std::optional<RegionSlot> root = Root();
    if (!root) return;
    const std::uint64_t size = random_.Pick({4u, 16u, 64u, 128u}) * limits::kPageSize;
    const RegionSlot one = Next();
    Write(op::Ram{{}, {size}});
    const RegionSlot two = Next();
    Write(op::Ram{{}, {size}});
    const std::uint64_t place = generator_.operands().OffsetFor(one, *root);
    for (const RegionSlot region : {one, two}) {
      Write(op::Log{region, {true}});
      Write(op::TestClear{region, {}, {size}, {Client::kVga}});
      Write(op::Add{*root, {region == one ? place : place + 2 * size}, region, {1}});
    }
    Write(op::MoveTo{two, {place + size}});  // The guest writes once they are there.
    Write<op::Begin>();
    if (random_.OneIn(3)) {
      Write(op::Nonvolatile{one, {true}});
      Write(op::Log{one, {false}});
    } else {
      Write(op::MoveTo{one, {place + size}});
      Write(op::MoveTo{two, {place}});
    }
    Write<op::Commit>();
    Write<op::LogSync>();
  }

  // Blocks of sizes that recur, some of which go again: what is new finds gaps (memory-map 7.2).
  void WriteGaps() {
    // Of large ones there is no room for all, until some go.
    const std::uint64_t unit = random_.OneIn(4) ? limits::kRamBytesMax / 4 : 64 * limits::kPageSize;
    const auto size = [&] { return RegionSize{random_.Pick({1u, 1u, 1u, 2u, 3u}) * unit}; };
    const std::size_t first = generator_.sketch().regions.size();
    const std::size_t count = 4 + random_.Below(4);
    for (std::size_t block = 0; block < count; ++block) {
      if (random_.OneIn(4)) {
        Write(op::ResizeableRam{{}, {limits::kPageSize}, size()});
      } else {
        Write(op::Ram{{}, size()});
      }
    }
    for (std::size_t gaps = 1 + random_.Below(4); gaps > 0; --gaps) {
      Write(op::Destroy{{static_cast<std::uint16_t>(first + random_.Below(count))}});
    }
    for (std::size_t block = 1 + random_.Below(2); block > 0; --block) Write(op::Ram{{}, size()});
  }

  RegionSlot Next() const {
    return {static_cast<std::uint16_t>(generator_.sketch().regions.size())};
  }

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

  void WriteInto(RegionSlot container, const Operation& region) {
    const RegionSlot slot = Next();
    Write(region);
    Write(op::Add{container, {}, slot, {}});
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
    for (std::size_t more = limits::kDepthMax - 3 - random_.Below(ends.size()); more > 0; --more) {
      const RegionSlot alias = Next();
      Write(op::Alias{{}, {limits::kPageSize}, top, {}});
      top = alias;
    }
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

  // What a bus master sees: all of an address space's root, through an alias that can be switched
  // off. Its view is the root's own as long as nothing else is there (memory-map 2.3).
  void WriteBusMaster() {
    const std::optional<RegionSlot> root = Root();
    if (!root) return;
    const RegionSize size{generator_.sketch().At(*root).size};
    const RegionSlot container = Next();
    Write(op::Container{{}, size});
    WriteInto(container, op::Alias{{}, size, *root, {}});
    Write(op::Space{{}, container});
  }

  Generator& generator_;
  Random& random_;
  std::size_t room_;
  Program& program_;
};

}  // namespace

void WriteScenery(Generator& generator, Random& random, std::size_t room, Program& program) {
  Scenery scenery(generator, random, room, program);
  if (generator.theme() == Theme::kMemory) {
    scenery.WriteMemory();
  } else {
    scenery.WriteMap();
  }
}

}  // namespace flatcheck
