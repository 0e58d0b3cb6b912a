// How often a generator writes each kind of operation.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "fuzz/operation_kinds.h"
#include "fuzz/program.h"
#include "fuzz/random.h"
#include "fuzz/theme.h"

namespace flatcheck {

// In the order of kOperationKinds.
using OperationWeights = std::array<std::uint32_t, kOperationKinds.size()>;

// Half of the theme's kinds, each with 1, 2, 4 or 8 times its weight, and what makes the objects
// that they need. `add` is always there. For kMap these are the kinds of the programs that have
// operations on memory.
OperationWeights DrawTaste(Theme theme, Random& random);

// Those of the theme's kinds that create regions.
const OperationWeights& RegionWeights(Theme theme);

template <class... Ops>
inline constexpr OperationWeights kOnly = [] {
  OperationWeights weights{};
  for (std::size_t kind = 0; kind < weights.size(); ++kind) {
    weights[kind] = ((kOperationKinds[kind].number == Ops::kNumber) || ...);
  }
  return weights;
}();

// What changes regions where they are.
inline constexpr const OperationWeights& kChanges =
    kOnly<op::MoveTo, op::Resize, op::AliasOffset, op::Enable, op::Readonly, op::Nonvolatile,
          op::Unmergeable, op::RomdMode, op::Log, op::GlobalLog>;

// Whether the operation is one of fuzz/memory_operations.h.
bool IsOnMemory(const Operation& operation);
// Whether one of them is, or a device has a profile.
bool HasMemoryOperations(const Program& program);

}  // namespace flatcheck
