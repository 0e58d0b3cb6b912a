#include "fuzz/enumerate/enumerator.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <variant>

#include "fuzz/operation_kinds.h"

namespace flatcheck {
namespace {

template <class Op>
inline constexpr bool kIsQuestion =
    kIsOneOf<Op, op::LogSync, op::LogClear, op::Find, op::Translate, op::Read, op::Load,
             op::AccessValid, op::Blocks, op::Dirty, op::Peek, op::HostOf, op::RegionPointer,
             op::IotlbEntry, op::IommuNotify, op::IommuReplay>;

// Whether it may leave something behind, if it is granted. Where that is not known, it may.
template <class Op>
bool Changes(const Sketch& sketch, const Op& operation) {
  if constexpr (kIsQuestion<Op>) {
    return false;
  } else if constexpr (kAttribute<Op> != nullptr) {
    return sketch.At(operation.region).*kAttribute<Op> != operation.on.value;
  } else if constexpr (std::is_same_v<Op, op::MoveTo>) {
    return sketch.At(operation.region).address != operation.address.value;
  } else if constexpr (std::is_same_v<Op, op::Resize>) {
    return sketch.At(operation.region).size != operation.size.value;
  } else if constexpr (std::is_same_v<Op, op::AliasOffset>) {
    return sketch.At(operation.region).alias_offset != operation.offset.value;
  } else if constexpr (std::is_same_v<Op, op::Uncoalesce>) {
    return sketch.At(operation.region).has_windows;
  } else {
    return true;
  }
}

bool GoesOnAfter(const Sketch& sketch, const Operation& operation) {
  return sketch.Grants(operation) &&
         std::visit([&](const auto& op) { return Changes(sketch, op); }, operation);
}

// Whether a mapping lives a sketch can only guess.
bool AllExist(const Sketch& sketch, const Operation& operation) {
  bool all_exist = true;
  VisitOperands(
      operation,
      Overload{[&](const MappingSlot& slot) { all_exist &= slot.index < sketch.mappings.size(); },
               [&]<class Kind>(const Slot<Kind>& slot) { all_exist &= sketch.IsLive(slot); },
               [](const auto&) {}});
  return all_exist;
}

}  // namespace

Enumerator::Enumerator(const Alphabet& alphabet, std::size_t moves_max, Move first)
    : alphabet_(alphabet), moves_max_(moves_max), levels_(moves_max + 1) {
  assert(moves_max > 0);
  for (Move move = 0; move < alphabet.size(); ++move) {
    uses_per_move_ = std::max(uses_per_move_, std::popcount(alphabet.Uses(move)));
  }
  program_.operations = alphabet.world().start;
  for (const Operation& operation : program_.operations) levels_[0].sketch.Perform(operation);
  levels_[0].next = first;
  levels_[0].end = static_cast<Move>(first + 1);
}

bool Enumerator::Next() {
  for (;;) {
    const bool may_extend =
        letters_.size() < moves_max_ && (letters_.empty() || !letters_.back().is_last);
    Level& level = levels_[letters_.size()];
    if (!may_extend || level.next == level.end) {
      if (letters_.empty()) return false;
      TakeBack();
    } else if (TryMove(level.next++) && levels_[letters_.size()].used == alphabet_.Own()) {
      return true;
    }
  }
}

// Whether the move can come here; if so, it has.
bool Enumerator::TryMove(Move move) {
  const Operation& operation = alphabet_.At(move);
  const Level& level = levels_[letters_.size()];
  if (!AllExist(level.sketch, operation)) return false;
  const bool is_last = !GoesOnAfter(level.sketch, operation);
  letters_.push_back({move, is_last, level.sketch.depth > 0 && !is_last});
  Level& behind = levels_[letters_.size()];
  behind.used = level.used | alphabet_.Uses(move);
  if (!CanUseAll() || !IsLeastOfClass()) {
    letters_.pop_back();
    return false;
  }
  program_.operations.push_back(operation);
  behind.next = 0;
  behind.end = alphabet_.size();
  if (!is_last && letters_.size() < moves_max_) {
    behind.sketch = level.sketch;
    behind.sketch.Perform(operation);
  }
  return true;
}

void Enumerator::TakeBack() {
  letters_.pop_back();
  program_.operations.pop_back();
}

bool Enumerator::CanUseAll() const {
  const SlotSet unused = alphabet_.Own() & ~levels_[letters_.size()].used;
  const std::size_t left = letters_.back().is_last ? 0 : moves_max_ - letters_.size();
  return std::popcount(unused) <= uses_per_move_ * static_cast<int>(left);
}

bool Enumerator::IsLeastOfClass() const {
  for (std::size_t symmetry = 0; symmetry < alphabet_.symmetries(); ++symmetry) {
    if (!IsNoMoreThan(symmetry)) return false;
  }
  return true;
}

// Than the least order of the moves' images.
bool Enumerator::IsNoMoreThan(std::size_t symmetry) const {
  std::vector<Letter> images = letters_;
  for (Letter& letter : images) letter.move = alphabet_.Image(symmetry, letter.move);
  for (const Letter& letter : letters_) {
    std::size_t least = 0;
    for (std::size_t i = 1; i < images.size(); ++i) {
      if (images[i].move < images[least].move && CanComeFirst(images, i)) least = i;
    }
    if (images[least].move != letter.move) return letter.move < images[least].move;
    images.erase(images.begin() + static_cast<std::ptrdiff_t>(least));
  }
  return true;
}

bool Enumerator::CanComeFirst(const std::vector<Letter>& letters, std::size_t index) const {
  return std::all_of(letters.begin(), letters.begin() + static_cast<std::ptrdiff_t>(index),
                     [&](const Letter& before) {
                       return before.is_movable && letters[index].is_movable &&
                              alphabet_.Commute(before.move, letters[index].move);
                     });
}

}  // namespace flatcheck
