// Nudge: how an operand that names nothing moves a little, or to an extreme.

#pragma once

#include <cstdint>
#include <limits>

#include "fuzz/choices.h"
#include "fuzz/limits.h"
#include "fuzz/operands.h"
#include "fuzz/random.h"

namespace flatcheck {

template <class Operand>
void Nudge(Operand& operand, Random& random) {
  using Number = decltype(operand.value);
  constexpr auto kMaximum = static_cast<std::uint64_t>(std::numeric_limits<Number>::max());
  constexpr std::uint64_t kSteps[] = {1, 1, 1, 2, 4, 8, limits::kPageSize, limits::kPageSize};
  auto number = static_cast<std::uint64_t>(operand.value);
  switch (random.Below(8)) {
    case 0:
      number = random.Pick({std::uint64_t{0}, kMaximum, kMaximum / 2 + 1});
      break;
    case 1:
      number = random.OneIn(2) ? number * 2 : number / 2;
      break;
    case 2:
      number = -number;
      break;
    case 3:
      number &= ~(limits::kPageSize - 1);
      break;
    default:
      number += random.OneIn(2) ? random.Pick(kSteps) : -random.Pick(kSteps);
  }
  operand.value = static_cast<Number>(number);
}

inline void Nudge(Flag& flag, Random&) { flag.value = !flag.value; }
void Nudge(Notifier& notifier, Random& random);
void Nudge(AccessLength& length, Random& random);
// One word of it.
void Nudge(Profile& profile, Random& random);

// To a neighbour, or to any other.
template <IsChoice Choice>
void Nudge(Choice& choice, Random& random) {
  constexpr std::size_t kCount = Choices<Choice>::kCount;
  const std::size_t index = Choices<Choice>::IndexOf(choice);
  const std::size_t step = random.Pick({std::size_t{1}, kCount - 1, 1 + random.Below(kCount - 1)});
  choice = Choices<Choice>::At((index + step) % kCount);
}

}  // namespace flatcheck
