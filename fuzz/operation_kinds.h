// The table of the operations that this version knows, made from the variant of program.h: for who
// meets operations by number or by text and not by type.

#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

#include "fuzz/program.h"

namespace flatcheck {

struct OperationKind {
  std::uint8_t number = 0;
  std::string_view syntax;
  Operation (*blank)() = nullptr;  // Its slots are absent, its scalars zero.
};

template <class Op>
constexpr OperationKind KindOf() {
  return {Op::kNumber, Op::kSyntax, [] { return Operation(Op()); }};
}

// In the order of the variant, which begins with op::Unknown.
inline constexpr auto kOperationKinds = []<std::size_t... i>(std::index_sequence<i...>) {
  return std::array{KindOf<std::variant_alternative_t<i + 1, Operation>>()...};
}
(std::make_index_sequence<std::variant_size_v<Operation> - 1>());

// REQUIRES: the operation is not op::Unknown.
inline const OperationKind& KindOf(const Operation& operation) {
  return kOperationKinds[operation.index() - 1];
}

// A number that two kinds have does not compile.
inline constexpr auto kOperationKindsByNumber = [] {
  std::array<const OperationKind*, 256> by_number{};
  for (const OperationKind& kind : kOperationKinds) {
    if (by_number[kind.number] != nullptr) throw "two operations have the same number";
    by_number[kind.number] = &kind;
  }
  return by_number;
}();

// The kind with this number, or null.
constexpr const OperationKind* FindKind(std::uint8_t number) {
  return kOperationKindsByNumber[number];
}

// As VisitOperands for the operation that the variant holds; op::Unknown has no operands.
template <class Visitor>
void VisitOperands(const Operation& operation, Visitor&& visit) {
  std::visit(
      [&]<class Op>(const Op& held) {
        if constexpr (!std::is_same_v<Op, op::Unknown>) VisitOperands(held, visit);
      },
      operation);
}
template <class Visitor>
void VisitOperands(Operation& operation, Visitor&& visit) {
  std::visit(
      [&]<class Op>(Op& held) {
        if constexpr (!std::is_same_v<Op, op::Unknown>) VisitOperands(held, visit);
      },
      operation);
}

template <class Op, class... Ops>
inline constexpr bool kIsOneOf = (std::is_same_v<Op, Ops> || ...);

template <class Op>
concept CreatesRegion = requires {
  requires std::same_as<decltype(Op::region), Defines<RegionKind>>;
};

// Whether a view may show that it was performed, for itself or with others.
template <class Op>
inline constexpr bool kShapesViews =
    CreatesRegion<Op> ||
    kIsOneOf<Op, op::Destroy, op::Add, op::Del, op::Enable, op::Readonly, op::Nonvolatile,
             op::Unmergeable, op::RomdMode, op::MoveTo, op::Resize, op::AliasOffset, op::RamResize,
             op::Log, op::GlobalLog, op::Space, op::SpaceDestroy>;

// After these, the object that they name is gone, if they are granted.
template <class Op>
inline constexpr bool kEndsObject =
    kIsOneOf<Op, op::Destroy, op::SpaceDestroy, op::Unlisten, op::Unmap, op::IommuNotifierDel>;

inline bool EndsObject(const Operation& operation) {
  return std::visit([]<class Op>(const Op&) { return kEndsObject<Op>; }, operation);
}

// A visitor of operands from a function for each type: Overload{[](Flag&) {...}, [](auto&) {...}}.
template <class... Functions>
struct Overload : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overload(Functions...) -> Overload<Functions...>;

}  // namespace flatcheck
