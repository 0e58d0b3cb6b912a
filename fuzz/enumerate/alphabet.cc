#include "fuzz/enumerate/alphabet.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "fuzz/operation_kinds.h"

namespace flatcheck {
namespace {

template <class Op>
inline constexpr bool kSetsAttribute =
    kAttribute<Op> != nullptr || kIsOneOf<Op, op::Resize, op::AliasOffset, op::Log>;

bool SetsAttribute(const Operation& operation) {
  return std::visit([]<class Op>(const Op&) { return kSetsAttribute<Op>; }, operation);
}

bool ChangesPlaces(const Operation& operation) {
  return std::visit([]<class Op>(const Op&) { return kIsOneOf<Op, op::Add, op::Del, op::MoveTo>; },
                    operation);
}

RegionSlot RegionOf(const Operation& setting) {
  RegionSlot region;
  VisitOperands(setting,
                Overload{[&](const RegionSlot& slot) { region = slot; }, [](const auto&) {}});
  return region;
}

bool WithinTransactionCommute(const Operation& a, const Operation& b) {
  if (!SetsAttribute(a) && !SetsAttribute(b)) return false;
  if (ChangesPlaces(a) || ChangesPlaces(b)) return true;
  if (!SetsAttribute(a) || !SetsAttribute(b)) return false;
  return a.index() != b.index() || RegionOf(a) != RegionOf(b);
}

}  // namespace

Alphabet::Alphabet(World world, std::vector<Operation> moves)
    : world_(std::move(world)), moves_(std::move(moves)) {
  for (std::uint16_t slot = world_.first_own; slot < world_.end(); ++slot) {
    own_ |= SetOf(RegionSlot{slot});
  }
  FindImages();
  FindCommuting();
  for (const Operation& move : moves_) uses_.push_back(UsesOf(move));
}

void Alphabet::FindImages() {
  for (const Renaming& renaming : world_.symmetries) {
    std::vector<Move>& images = images_.emplace_back();
    for (const Operation& move : moves_) {
      const auto image = std::ranges::find(moves_, Renamed(move, renaming));
      assert(image != moves_.end());
      images.push_back(static_cast<Move>(image - moves_.begin()));
    }
  }
}

void Alphabet::FindCommuting() {
  for (const Operation& a : moves_) {
    for (const Operation& b : moves_) commute_.push_back(WithinTransactionCommute(a, b));
  }
}

SlotSet Alphabet::UsesOf(const Operation& operation) const {
  SlotSet uses = 0;
  VisitOperands(operation, Overload{[&](RegionSlot slot) {
                                      while (slot.index < world_.regions.size()) {
                                        uses |= SetOf(slot);
                                        if (!world_.Is<op::Alias>(slot)) return;
                                        slot =
                                            std::get<op::Alias>(world_.regions[slot.index]).target;
                                      }
                                    },
                                    [](const auto&) {}});
  return uses & own_;
}

}  // namespace flatcheck
