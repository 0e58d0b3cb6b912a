#include "fuzz/generator_scenery.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "fuzz/backing_of_length.h"
#include "fuzz/generator_extremes.h"
#include "fuzz/generator_pen.h"
#include "fuzz/generator_scene.h"
#include "fuzz/limits.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/operation_weights.h"

namespace flatcheck {
namespace {

class Scenery : Pen {
 public:
  using Pen::Pen;

  // A root, RAM, another region, an address space and an addition at least; more as there is room.
  void WriteMap() {
    const bool space_is_last = room_ >= 16 && random_.OneIn(4);
    const std::size_t length = room_ < kExtremeLength ? std::min<std::size_t>(room_, 64) : 16;
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
    if (HasRoom(3) && random_.OneIn(is_kvm ? 8 : 16)) WriteVastDevice();
    if (HasRoom(8) && random_.OneIn(6)) WriteSpacesMeanwhile();
    if (HasRoom(9) && random_.OneIn(6)) WriteWindowsSideBySide();
    if (HasRoom(2) && is_kvm && !random_.OneIn(3)) WriteCleanLog();
    if (room_ >= kExtremeLength) return WriteExtreme(generator_, random_, room_, program_);
    if (HasRoom(14) && is_kvm && random_.OneIn(4)) WriteLoggedExchange();
    if (HasRoom(8) && is_kvm && random_.OneIn(4)) WriteClearedLog();
    if (HasRoom(27) && random_.OneIn(is_kvm ? 3 : 4)) WriteDoorbells();
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
    if (HasRoom(6) && random_.OneIn(12)) WriteBlocksSideBySide();
    if (random_.OneIn(2)) WriteIommu();
    if (random_.OneIn(4)) {
      WriteIommu();
      Write(kOnly<op::IommuMap>, 1 + random_.Below(2));  // Of the one to the other.
      Write<op::IotlbEntry>();
    }
    if (random_.OneIn(2)) Write<op::GlobalLog>();
    if (random_.OneIn(2)) WriteCleanLog();
    if (random_.OneIn(6)) Write(kOnly<op::EventfdAdd>, 1 + random_.Below(2));
    if (random_.OneIn(8)) WriteGaps();
  }

 private:
  // The root of the oldest space, if both live.
  std::optional<RegionSlot> Root() const {
    const Sketch& sketch = generator_.sketch();
    if (sketch.spaces.empty() || !sketch.IsLive(sketch.spaces.front().root)) return std::nullopt;
    return sketch.spaces.front().root;
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
    const RegionSlot iommu = Next();
    Write<op::Iommu>();
    Write<op::Space>();
    const Sketch& sketch = generator_.sketch();
    if (sketch.IsLive(iommu) && random_.OneIn(6)) {
      Write(op::Alias{{}, {sketch.At(iommu).size}, iommu, {}});
    }
    Write(kOnly<op::IommuMap>, 1 + random_.Below(3));
    if (random_.OneIn(2)) Write(kOnly<op::IommuNotifierAdd>, 1 + random_.Below(3));
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
    const std::uint64_t size = random_.Pick({4u, 7u, 16u, 64u, 128u}) * limits::kPageSize;
    const RegionSlot one = Next();
    Write(op::Ram{{}, {size}});
    const RegionSlot two = Next();
    Write(op::Ram{{}, {size}});
    const std::uint64_t place = generator_.operands().OffsetFor(one, *root) | StartInHostPage(size);
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

  // A slot that logs and has been written is fetched, then cleared in parts that may overlap and
  // cut the host's pages; it may stop logging meanwhile.
  void WriteClearedLog() {
    const std::optional<RegionSlot> root = Root();
    if (!root) return;
    const std::uint64_t pages = random_.Pick({2u, 7u, 64u, 65u, 200u});
    const RegionSlot region = Next();
    Write(op::Ram{{}, {pages * limits::kPageSize}});
    Write(op::Log{region, {true}});
    const std::uint64_t place = generator_.operands().OffsetFor(region, *root);
    Write(op::Add{*root, {place | StartInHostPage(pages * limits::kPageSize)}, region, {1}});
    Write<op::LogSync>();
    for (std::size_t request = 2 + random_.Below(3); request > 0; --request) {
      const std::uint64_t first = random_.OneIn(2) ? 0 : random_.Below(pages);
      const std::uint64_t count = random_.OneIn(2) ? pages - first : 1;
      const std::uint64_t cut = random_.OneIn(3) ? limits::kPageSize / 4 : 0;
      Write(op::LogClear{
          region, {first * limits::kPageSize + cut}, {count * limits::kPageSize - cut}});
      if (random_.OneIn(6)) {
        Write(op::Log{region, {false}});
        Write(op::Log{region, {true}});
      }
    }
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

  // A ROM device whose block ends where the next one begins, which is clean: what is written over
  // its end is not the other's.
  void WriteBlocksSideBySide() {
    constexpr std::uint64_t kSize = 64 * limits::kPageSize;  // Where blocks begin (memory-map 7.2).
    const std::optional<RegionSlot> root = Root();
    if (!root) return;
    const RegionSlot device = Next();
    Write(op::RomDevice{{}, {kSize}});
    const RegionSlot behind = Next();
    Write(op::Ram{{}, {limits::kPageSize}});
    const std::uint64_t place = generator_.operands().OffsetFor(device, *root);
    Write(op::Add{*root, {place}, device, {1}});
    Write(op::GlobalLog{{true}});
    Write(op::TestClear{behind, {}, {limits::kPageSize}, {Client::kMigration}});
    const std::uint64_t end = place + kSize;
    Write(op::WriteRom{{0}, {end - 1 - random_.Below(32)}, {limits::kAccessLengthMax}, {}});
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
