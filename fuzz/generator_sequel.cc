#include "fuzz/generator_sequel.h"

#include <bit>
#include <cstdint>
#include <variant>

#include "fuzz/limits.h"

namespace flatcheck {
namespace {

// REQUIRES, for all of them: the operation is granted.
struct Sequels {
  const Sketch& sketch;
  Random& random;

  std::optional<Operation> operator()(const auto&) const { return std::nullopt; }

  // Where it goes to where another region begins: that one goes to where it was.
  std::optional<Operation> operator()(const op::MoveTo& move) const {
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

  // What goes with the region while views still show it.
  std::optional<Operation> operator()(const op::Enable& enable) const {
    if (sketch.depth == 0 || enable.on.value) return std::nullopt;
    return ChangeOfBus(enable.region);
  }
  std::optional<Operation> operator()(const op::Del& del) const {
    return sketch.depth == 0 ? std::nullopt : ChangeOfBus(del.child);
  }

  // Another one takes its place.
  std::optional<Operation> operator()(const op::EventfdDel& del) const {
    op::EventfdAdd add{del.region, del.address, del.size, del.match, del.data, del.notifier};
    if (random.OneIn(2)) ++add.data.value;
    if (random.OneIn(2)) ++add.notifier.value;
    return add;
  }
  // Beside one that is seen, one that is not.
  std::optional<Operation> operator()(const op::EventfdAdd& add) const {
    if (sketch.depth == 0) return std::nullopt;
    for (const op::EventfdAdd& other : sketch.eventfds) {
      const bool is_seen = sketch.At(other.region).enabled;
      if (is_seen == sketch.At(add.region).enabled) continue;
      return op::EventfdDel{other.region, other.address, other.size,
                            other.match,  other.data,    other.notifier};
    }
    return std::nullopt;
  }

  // The oldest space with a root decides what a find finds.
  std::optional<Operation> operator()(const op::Space& space) const {
    if (!random.OneIn(4)) return std::nullopt;
    return op::Space{{}, space.root};
  }
  std::optional<Operation> operator()(const op::SpaceDestroy& destroy) const {
    return op::Space{{}, sketch.spaces[destroy.space.index].root};
  }

  // Memory is held once for each mapping.
  std::optional<Operation> operator()(const op::Map& map) const {
    if (!random.OneIn(4)) return std::nullopt;
    return map;
  }

  // Its addresses on the host, and among the blocks, are free again.
  std::optional<Operation> operator()(const op::Destroy& destroy) const {
    const SketchRegion& region = sketch.At(destroy.region);
    const bool has_room = sketch.regions.size() < limits::kGeneratedRegionsMax;
    if (region.block_max == 0 || !has_room) return std::nullopt;
    return op::Ram{{}, {region.block_max}};
  }

 private:
  std::optional<Operation> ChangeOfBus(RegionSlot region) const {
    if (sketch.At(region).has_windows && random.OneIn(2)) return op::Uncoalesce{region};
    for (const op::EventfdAdd& bell : sketch.eventfds) {
      if (bell.region != region) continue;
      return op::EventfdDel{region, bell.address, bell.size, bell.match, bell.data, bell.notifier};
    }
    return std::nullopt;
  }
};

}  // namespace

std::optional<Operation> SequelOf(const Sketch& sketch, Random& random,
                                  const Operation& operation) {
  if (!sketch.Grants(operation) || random.OneIn(2)) return std::nullopt;
  return std::visit(Sequels{sketch, random}, operation);
}

}  // namespace flatcheck
