#include "fuzz/generator_sequel.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <variant>

#include "fuzz/generator_scene.h"

namespace flatcheck {
namespace {

using Sequel = std::optional<Operation>;

op::EventfdDel Removal(const op::EventfdAdd& bell) {
  return {bell.region, bell.address, bell.size, bell.match, bell.data, bell.notifier};
}
op::EventfdAdd Addition(const op::EventfdDel& bell) {
  return {bell.region, bell.address, bell.size, bell.match, bell.data, bell.notifier};
}

// Different ones that match the same writes.
bool AreTwins(const op::EventfdAdd& one, const op::EventfdAdd& other) {
  op::EventfdAdd twin = other;
  twin.notifier = one.notifier;
  if (!one.match.value) twin.data = one.data;
  return one != other && one == twin;
}

// REQUIRES, for all of them: the operation is granted.
struct Sequels {
  const Sketch& sketch;
  Random& random;

  Sequel operator()(const auto&) const { return std::nullopt; }

  // Where it goes to where another region begins: that one goes to where it was.
  Sequel operator()(const op::MoveTo& move) const {
    const SketchRegion& mover = sketch.At(move.region);
    if (sketch.depth == 0 || mover.container == RegionSlot{}) return std::nullopt;
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
    if (region.is_rom_device) return op::RomdMode{enable.region, {!region.romd_mode}};
    return op::Readonly{enable.region, {!region.readonly}};
  }
  Sequel operator()(const op::Readonly& readonly) const { return SwitchedOn(readonly.region); }
  Sequel operator()(const op::RomdMode& mode) const { return SwitchedOn(mode.region); }
  Sequel operator()(const op::Del& del) const {
    return sketch.depth == 0 ? std::nullopt : ChangeOfBus(del.child);
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
    if (!random.OneIn(4)) return std::nullopt;
    op::EventfdAdd twin = add;
    if (add.match.value || random.OneIn(2)) {
      twin.notifier = Next(add.notifier);
    } else {
      ++twin.data.value;
    }
    return twin;
  }

  // Windows are a list, which may hold one twice.
  Sequel operator()(const op::Coalesce& coalesce) const {
    return random.OneIn(4) ? Sequel(coalesce) : std::nullopt;
  }

  // The oldest space with a root decides what a find finds; who listens hears of what was there.
  Sequel operator()(const op::Space& space) const {
    if (random.OneIn(4)) return op::Space{{}, space.root};
    return op::Listen{{}, {static_cast<std::uint16_t>(sketch.spaces.size())}, {}};
  }
  Sequel operator()(const op::SpaceDestroy& destroy) const {
    return op::Space{{}, sketch.spaces[destroy.space.index].root};
  }

  // Mapped twice, memory is still held when one of the mappings ends.
  Sequel operator()(const op::Map& map) const {
    return random.OneIn(4) ? Sequel(map) : std::nullopt;
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
