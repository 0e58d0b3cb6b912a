#include "fuzz/free_operands.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "fuzz/choices.h"
#include "fuzz/draft.h"
#include "fuzz/limits.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/random.h"
#include "fuzz/simplicity.h"

namespace flatcheck {
namespace {

constexpr std::size_t kDraws = 8;
constexpr std::size_t kSlotsMax = 8;  // More would say no more.

// Whole pages most of the time: sizes and places like those of the program itself.
void Redraw(std::uint64_t& value, Random& random) {
  if (random.OneIn(4)) {
    value += 1 + random.Below(limits::kPageSize - 2);
  } else {
    value = random.Below(64) * limits::kPageSize;
  }
}
void Redraw(std::int32_t& value, Random& random) {
  value = static_cast<std::int32_t>(random.Below(16)) - 8;
}
void Redraw(std::uint32_t& value, Random& random) {
  value = static_cast<std::uint32_t>(random.Below(16));
}
void Redraw(std::uint8_t& value, Random& random) {
  value = static_cast<std::uint8_t>(random.Below(limits::kNotifiers));
}
void Redraw(bool& value, Random&) { value = !value; }

// What else an operand may be: all that the shrinker would try, what is next to the value and what
// ends its type, and some draws.
template <class Operand>
std::vector<Operand> Others(Operand operand, Random& random) {
  using Number = decltype(operand.value);
  std::vector<Operand> others = Lowered(operand);
  if constexpr (!std::is_same_v<Number, bool>) others.push_back({0});
  if constexpr (sizeof(Number) > 1) {  // Bytes have limits of their own.
    const auto value = static_cast<std::uint64_t>(operand.value);
    others.push_back({static_cast<Number>(value + 1)});
    others.push_back({static_cast<Number>(value - 1)});
    others.push_back({std::numeric_limits<Number>::max()});
  }
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    Operand other = operand;
    Redraw(other.value, random);
    others.push_back(other);
  }
  std::erase(others, operand);
  return others;
}

template <IsChoice Operand>
std::vector<Operand> Others(Operand operand, Random&) {
  std::vector<Operand> others;
  for (std::uint64_t i = 0; i < Choices<Operand>::kCount; ++i) {
    others.push_back(Choices<Operand>::At(i));
  }
  std::erase(others, operand);
  return others;
}

std::vector<Profile> Others(const Profile& operand, Random&) {
  std::vector<Profile> others = Lowered(operand);
  others.push_back({.valid = {1, 8}, .impl = {1, 8}, .unaligned = true, .impl_unaligned = true});
  others.push_back({.endian = Endian::kBig});
  others.push_back({.refuses = kRefusesReads | kRefusesWrites});
  std::erase(others, operand);
  return others;
}

class Search {
 public:
  Search(const Program& program, const std::function<bool(const Program&)>& still_fails)
      : program_(program), still_fails_(still_fails) {}

  std::vector<OperandPlace> Run() {
    for (std::size_t operation = 0; operation < program_.operations.size(); ++operation) {
      std::size_t operand = 0;
      VisitOperands(program_.operations[operation], [&](auto& value) {
        if (IsFree(value)) free_.push_back({operation, operand});
        ++operand;
      });
    }
    return std::move(free_);
  }

 private:
  template <class Kind>
  bool IsFree(Defines<Kind>&) {
    return false;
  }

  // Any other object that the program defines does as well.
  template <class Kind>
  bool IsFree(Slot<Kind>& slot) {
    const Slot<Kind> kept = slot;
    bool fails = true;
    std::size_t others = 0;
    const std::size_t defined = DefinedCount(kept);
    for (std::uint16_t index = 0; fails && index < defined && others < kSlotsMax; ++index) {
      if (index == kept.index) continue;
      ++others;
      slot.index = index;
      fails = still_fails_(program_);
    }
    slot = kept;
    return fails && others > 0;
  }

  template <class Operand>
  bool IsFree(Operand& operand) {
    const Operand kept = operand;
    const std::vector<Operand> others = Others(operand, random_);
    const bool is_free = std::ranges::all_of(others, [&](const Operand& other) {
      operand = other;
      return still_fails_(program_);
    });
    operand = kept;
    return is_free;
  }

  template <class Kind>
  std::size_t DefinedCount(Slot<Kind>) const {
    return CountDefinitions(program_.operations)[kKindIndex<Kind>];
  }

  Program program_;
  const std::function<bool(const Program&)>& still_fails_;
  Random random_{0};
  std::vector<OperandPlace> free_;
};

}  // namespace

std::vector<OperandPlace> FreeOperands(const Program& program,
                                       const std::function<bool(const Program&)>& still_fails) {
  return Search(program, still_fails).Run();
}

}  // namespace flatcheck
