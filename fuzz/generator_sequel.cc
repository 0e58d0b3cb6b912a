#include "fuzz/generator_sequel.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <variant>

#include "fuzz/generator_scene.h"
#include "fuzz/limits.h"
#include "fuzz/sketch_lookup.h"
#include "fuzz/sketch_memory.h"

namespace flatcheck {
namespace {

using Sequel = std::optional<Operation>;

op::EventfdAdd Addition(const op::EventfdDel& bell) {
  return {bell.region, bell.address, bell.size, bell.match, bell.data, bell.notifier};
}

// Different ones that match the same writes, of which the kernel takes one.
bool AreTwins(const op::EventfdAdd& one, const op::EventfdAdd& other) {
  const bool is_one_place =
      one.region == other.region && one.address == other.address && one.size == other.size;
  const bool are_both_matched = one.match.value && other.match.value;
  return one != other && is_one_place && (!are_both_matched || one.data == other.data);
}

// REQUIRES, for all of them: the operation is granted.
struct Sequels {
  const Sketch& sketch;
  Random& random;

  Sequel operator()(const auto&) const { return std::nullopt; }

  // What continues a window goes behind it.
  Sequel operator()(const op::Alias& alias) const {
    const auto slot = static_cast<std::uint16_t>(sketch.regions.size());
    SlotSet windows = sketch.At(alias.target).aliased_by & sketch.hanging;
    for (; windows != 0; windows &= windows - 1) {
      const auto index = static_cast<std::uint16_t>(std::countr_zero(windows));
      const SketchRegion& window = sketch.At(RegionSlot{index});
      if (window.alias_offset + window.size != alias.offset.value) continue;
      return op::Add{window.container, {window.address + window.size}, {slot}, {window.priority}};
    }
    return std::nullopt;
  }

  // What continues the window before it is merged with it, unless they differ.
  Sequel operator()(const op::Add& add) const {
    const std::optional<RegionSlot> before = WindowBefore(sketch, add);
    if (!before) return std::nullopt;
    const RegionSlot one = random.OneIn(2) ? *before : add.child;
    const SketchRegion& region = sketch.At(one);
    switch (random.Below(3)) {
      case 0:
        return op::Readonly{one, {!region.readonly}};
      case 1:
        return op::Nonvolatile{one, {!region.nonvolatile}};
      default:
        return op::Unmergeable{one, {!region.unmergeable}};
    }
  }

  // Where it goes to where another region begins: that one goes to where it was.
  Sequel operator()(const op::MoveTo& move) const {
    const SketchRegion& mover = sketch.At(move.region);
    if (mover.container == RegionSlot{}) return std::nullopt;
    if (!mover.enabled) return SwitchedOn(move.region);
    if (sketch.depth == 0) return SwitchedOn(mover.container);
    if (mover.nature == SketchRegion::Nature::kMemory && random.OneIn(4)) {
      return op::Log{move.region, {mover.log_users == 0}};  // Its slot begins to log elsewhere.
    }
    SlotSet others = sketch.At(mover.container).children & ~SetOf(move.region);
    for (; others != 0; others &= others - 1) {
      const RegionSlot other{static_cast<std::uint16_t>(std::countr_zero(others))};
      if (sketch.At(other).address == move.address.value) {
        return op::MoveTo{other, {mover.address}};
      }
    }
    return std::nullopt;
  }

  // Transactions in which doorbells alone change publish no views. And a region may change first,
  // and then what goes with it.
  Sequel operator()(const op::Begin&) const {
    if (!sketch.eventfds.empty() && random.OneIn(4)) {
      return Removal(sketch.eventfds[random.Below(sketch.eventfds.size())]);
    }
    const auto has_windows = [](const SketchRegion& region) {
      return region.is_live && region.has_windows && region.enabled;
    };
    const auto found = std::ranges::find_if(sketch.regions, has_windows);
    if (found == sketch.regions.end() || random.OneIn(2)) return std::nullopt;
    const auto index = static_cast<std::uint16_t>(found - sketch.regions.begin());
    return op::Enable{{index}, {false}};
  }

  // While it is switched off: what goes with it as long as views still show it, or how it is from
  // then on.
  Sequel operator()(const op::Enable& enable) const {
    if (enable.on.value) return std::nullopt;
    if (sketch.depth != 0) return ChangeOfBus(enable.region);
    const SketchRegion& region = sketch.At(enable.region);
    // What moves goes before its equals (DER-19), whoever is switched off.
    if (region.container != RegionSlot{} && random.OneIn(3)) {
      return op::MoveTo{enable.region, {region.address}};
    }
    if (region.children != 0) {
      const RegionSlot child{static_cast<std::uint16_t>(std::countr_zero(region.children))};
      return op::MoveTo{child, {sketch.At(child).address}};
    }
    if (region.is_rom_device) return op::RomdMode{enable.region, {!region.romd_mode}};
    return op::Readonly{enable.region, {!region.readonly}};
  }
  Sequel operator()(const op::Readonly& readonly) const { return SwitchedOn(readonly.region); }
  Sequel operator()(const op::RomdMode& mode) const { return SwitchedOn(mode.region); }
  Sequel operator()(const op::Del& del) const {
    if (sketch.depth != 0) return ChangeOfBus(del.child);
    const bool was_held = ((Held(sketch) | OnceHeld(sketch)) & SetOf(del.child)) != 0;
    return was_held ? Sequel(op::Destroy{del.child}) : std::nullopt;
  }

  // What a sync has found is cleared, also twice, and not of a log that has begun since.
  Sequel operator()(const op::LogSync&) const {
    const auto logs = [](const SketchRegion& region) {
      return region.is_live && region.log_users == 1;
    };
    const auto found = std::ranges::find_if(sketch.regions, logs);
    if (found == sketch.regions.end()) return std::nullopt;
    const RegionSlot region{static_cast<std::uint16_t>(found - sketch.regions.begin())};
    if (random.OneIn(2)) return op::LogClear{region, {}, {limits::kPageSize}};
    return op::Log{region, {false}};
  }
  Sequel operator()(const op::LogClear& clear) const {
    return random.OneIn(2) ? clear : op::LogClear{clear.region, {}, {sketch.At(clear.region).size}};
  }

  // What is marked already does not end what is marked with it, nor what is clean what is cleared.
  Sequel operator()(const op::SetDirty& set) const {
    return op::SetDirty{set.region, {}, {sketch.At(set.region).block_used}};
  }
  Sequel operator()(const op::TestClear& clear) const {
    return op::TestClear{clear.region, {}, {sketch.At(clear.region).block_used}, clear.client};
  }
  Sequel operator()(const op::Snapshot& snapshot) const {
    const Length all{sketch.At(snapshot.region).block_used};
    return op::Snapshot{snapshot.region, {}, all, snapshot.client};
  }

  // What is dirty stays so while nobody logs, and what views still log can be asked for. At once
  // one logger may begin and another one stop.
  Sequel operator()(const op::Log& log) const {
    if (sketch.depth != 0 && random.OneIn(3)) return op::GlobalLog{{!sketch.is_logging}};
    if (log.on.value) {
      return op::LogClear{log.region, {}, {sketch.At(log.region).block_max}};
    }
    if (sketch.depth == 0) return op::Log{log.region, {true}};
    // Then its slot goes and comes again.
    if (random.OneIn(3)) return op::Nonvolatile{log.region, {!sketch.At(log.region).nonvolatile}};
    return op::Snapshot{log.region, {}, {limits::kPageSize}, {Client::kVga}};
  }

  Sequel operator()(const op::GlobalLog&) const {
    const auto found = std::ranges::find_if(sketch.regions, [](const SketchRegion& region) {
      return region.is_live && region.nature == SketchRegion::Nature::kMemory;
    });
    if (sketch.depth == 0 || found == sketch.regions.end()) return std::nullopt;
    const auto index = static_cast<std::uint16_t>(found - sketch.regions.begin());
    return op::Log{{index}, {found->log_users == 0}};
  }

  // Its twin, of which the kernel took one; or another one takes its place.
  Sequel operator()(const op::EventfdDel& del) const {
    if (sketch.depth != 0 && random.OneIn(3)) return OfAnotherState(del.region);
    op::EventfdAdd add = Addition(del);
    if (const op::EventfdAdd* const twin = TwinOf(add)) return Removal(*twin);
    if (random.OneIn(2)) ++add.data.value;
    if (random.OneIn(2)) add.notifier = Next(add.notifier);
    return add;
  }
  Sequel operator()(const op::EventfdAdd& add) const {
    if (TwinOf(add) != nullptr) return Removal(add);
    if (sketch.depth != 0) return random.OneIn(2) ? OfAnotherState(add.region) : op::Commit{};
    if (random.OneIn(2)) return std::nullopt;
    op::EventfdAdd twin = add;
    if (random.OneIn(2)) twin.match.value = !add.match.value;
    if (!AreTwins(add, twin) || random.OneIn(2)) twin.notifier = Next(add.notifier);
    if (!(add.match.value && twin.match.value) && random.OneIn(2)) ++twin.data.value;
    return twin;
  }

  // Windows are a list, which may hold one twice.
  Sequel operator()(const op::Coalesce& coalesce) const {
    const std::size_t lot = random.Below(6);
    if (lot < 2) return op::Uncoalesce{coalesce.region};
    if (lot == 2) return coalesce;
    if (lot > 3) return std::nullopt;
    return op::Coalesce{coalesce.region, {coalesce.offset.value + coalesce.size.value}, {4}};
  }

  // The oldest space with a root decides what a find finds; who listens hears of what was there.
  Sequel operator()(const op::Space& space) const {
    if (random.OneIn(4)) return op::Space{{}, space.root};
    if (sketch.depth != 0) return op::Find{space.root, {}, {limits::kPageSize}};
    return op::Listen{{}, {static_cast<std::uint16_t>(sketch.spaces.size())}, {}};
  }
  Sequel operator()(const op::SpaceDestroy& destroy) const {
    return op::Space{{}, sketch.spaces[destroy.space.index].root};
  }

  Sequel operator()(const op::Unlisten& unlisten) const {
    return op::SpaceDestroy{sketch.listeners[unlisten.listener.index].space};
  }

  // Mapped twice, memory and space are still held when one of the mappings ends; mapped once, not.
  Sequel operator()(const op::Map& map) const {
    return random.OneIn(2) ? Sequel(map) : std::nullopt;
  }
  Sequel operator()(const op::Unmap& unmap) const {
    const SketchMapping& mapping = sketch.mappings[unmap.mapping.index];
    const SlotSet held = mapping.memory & sketch.hanging;
    if (held != 0 && random.OneIn(2)) {
      const RegionSlot region{static_cast<std::uint16_t>(std::countr_zero(held))};
      return op::Del{sketch.At(region).container, region};
    }
    if (random.OneIn(2)) return std::nullopt;
    for (std::size_t index = 0; index < sketch.listeners.size(); ++index) {
      const SketchListener& listener = sketch.listeners[index];
      if (listener.is_live && listener.space == mapping.space) {
        return op::Unlisten{{static_cast<std::uint16_t>(index)}};
      }
    }
    return op::SpaceDestroy{mapping.space};
  }

  // Its addresses on the host, and among the blocks, are free again.
  Sequel operator()(const op::Destroy& destroy) const {
    const std::uint64_t length = sketch.At(destroy.region).block_max;
    return length == 0 ? std::nullopt : Sequel(op::Ram{{}, {length}});
  }

 private:
  // Or null.
  const op::EventfdAdd* TwinOf(const op::EventfdAdd& bell) const {
    for (const op::EventfdAdd& other : sketch.eventfds) {
      if (AreTwins(other, bell)) return &other;
    }
    return nullptr;
  }

  Sequel ChangeOfBus(RegionSlot region) const {
    if (sketch.At(region).has_windows && random.OneIn(2)) return op::Uncoalesce{region};
    const auto bell = std::ranges::find(sketch.eventfds, region, &op::EventfdAdd::region);
    return bell == sketch.eventfds.end() ? std::nullopt : Sequel(Removal(*bell));
  }

  Sequel SwitchedOn(RegionSlot region) const {
    if (sketch.At(region).enabled) return std::nullopt;
    return op::Enable{region, {true}};
  }

  // Of a doorbell whose region is switched off where this one is on, or the other way round.
  Sequel OfAnotherState(RegionSlot region) const {
    const bool enabled = sketch.At(region).enabled;
    for (const op::EventfdAdd& bell : sketch.eventfds) {
      if (sketch.At(bell.region).enabled != enabled) return Removal(bell);
    }
    for (SlotSet others = sketch.live; others != 0; others &= others - 1) {
      const RegionSlot other{static_cast<std::uint16_t>(std::countr_zero(others))};
      if (sketch.At(other).enabled != enabled) return op::EventfdAdd{other, {}, {4}, {}, {}, {}};
    }
    return std::nullopt;
  }
};

}  // namespace

std::optional<Operation> SequelOf(const Sketch& sketch, Random& random,
                                  const Operation& operation) {
  if (!random.OneIn(3) || !sketch.Grants(operation)) return std::nullopt;
  return std::visit(Sequels{sketch, random}, operation);
}

}  // namespace flatcheck
