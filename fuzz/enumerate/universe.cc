#include "fuzz/enumerate/universe.h"

#include <algorithm>
#include <compare>
#include <numeric>
#include <optional>
#include <utility>
#include <variant>

#include "fuzz/operation_kinds.h"

namespace flatcheck {
namespace {

// One region of a world: its sort, and of an alias the slot of its target.
struct Choice {
  std::size_t sort = 0;
  std::uint16_t target = kAbsent;
  auto operator<=>(const Choice&) const = default;
};
using Choices = std::vector<Choice>;

bool CreatesARegion(const Operation& operation) {
  return std::visit([]<class Op>(const Op&) { return CreatesRegion<Op>; }, operation);
}

std::vector<Operation> RegionsOf(const std::vector<Operation>& operations) {
  std::vector<Operation> regions;
  std::ranges::copy_if(operations, std::back_inserter(regions), CreatesARegion);
  return regions;
}

// The region at each index of `order` comes there. Nothing where an alias would come before its
// target.
std::optional<Choices> Reordered(const Choices& choices, const std::vector<std::uint16_t>& order,
                                 std::uint16_t first_own) {
  std::vector<std::uint16_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<std::uint16_t>(i);
  Choices reordered;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Choice choice = choices[order[i]];
    if (choice.target != kAbsent && choice.target >= first_own) {
      const std::uint16_t target = place[choice.target - first_own];
      if (target >= i) return std::nullopt;
      choice.target = static_cast<std::uint16_t>(target + first_own);
    }
    reordered.push_back(choice);
  }
  return reordered;
}

Renaming RenamingOf(const std::vector<std::uint16_t>& order, std::uint16_t first_own) {
  Renaming renaming(first_own + order.size());
  std::iota(renaming.begin(), renaming.end(), std::uint16_t{0});
  for (std::size_t i = 0; i < order.size(); ++i) {
    renaming[first_own + order[i]] = static_cast<std::uint16_t>(first_own + i);
  }
  return renaming;
}

// Under which orders the choices stay what they are; none if some order gives lesser ones, which
// stand for these.
std::vector<Renaming> SymmetriesOf(const Choices& choices, std::uint16_t first_own) {
  std::vector<Renaming> symmetries;
  std::vector<std::uint16_t> order(choices.size());
  std::iota(order.begin(), order.end(), std::uint16_t{0});
  do {
    const auto other = Reordered(choices, order, first_own);
    if (!other) continue;
    if (*other < choices) return {};
    if (*other == choices) symmetries.push_back(RenamingOf(order, first_own));
  } while (std::ranges::next_permutation(order).found);
  return symmetries;
}

class WorldSearch {
 public:
  WorldSearch(const Universe& universe, std::size_t regions_max)
      : universe_(universe),
        regions_max_(regions_max),
        stage_regions_(RegionsOf(universe.stage)),
        first_own_(static_cast<std::uint16_t>(stage_regions_.size())) {}

  std::vector<World> Run() {
    Extend();
    return std::move(worlds_);
  }

 private:
  // NOLINTNEXTLINE(misc-no-recursion): at most regions_max_ deep.
  void Extend() {
    AddWorld();
    if (choices_.size() == regions_max_) return;
    for (std::size_t sort = 0; sort < universe_.sorts.size(); ++sort) {
      const bool is_alias = std::holds_alternative<op::Alias>(universe_.sorts[sort]);
      const std::size_t targets = is_alias ? first_own_ + choices_.size() : 1;
      for (std::size_t target = 0; target < targets; ++target) {
        choices_.push_back({sort, is_alias ? static_cast<std::uint16_t>(target) : kAbsent});
        Extend();
        choices_.pop_back();
      }
    }
  }

  void AddWorld() {
    World world{.start = universe_.stage,
                .regions = stage_regions_,
                .first_own = first_own_,
                .symmetries = SymmetriesOf(choices_, first_own_)};
    if (world.symmetries.empty()) return;
    for (const Choice& choice : choices_) {
      Operation creation = universe_.sorts[choice.sort];
      if (auto* const alias = std::get_if<op::Alias>(&creation)) alias->target = {choice.target};
      world.regions.push_back(creation);
      world.start.push_back(std::move(creation));
    }
    worlds_.push_back(std::move(world));
  }

  const Universe& universe_;
  const std::size_t regions_max_;
  const std::vector<Operation> stage_regions_;
  const std::uint16_t first_own_;
  Choices choices_;
  std::vector<World> worlds_;
};

}  // namespace

std::vector<World> WorldsOf(const Universe& universe, std::size_t regions_max) {
  return WorldSearch(universe, regions_max).Run();
}

Operation Renamed(Operation operation, const Renaming& renaming) {
  VisitOperands(operation, Overload{[&](RegionSlot& slot) {
                                      if (slot.index < renaming.size()) {
                                        slot.index = renaming[slot.index];
                                      }
                                    },
                                    [](auto&) {}});
  return operation;
}

}  // namespace flatcheck
