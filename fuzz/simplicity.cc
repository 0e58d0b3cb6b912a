#include "fuzz/simplicity.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "fuzz/choices.h"
#include "fuzz/limits.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/trace.h"

namespace flatcheck {
namespace {

using limits::kPageSize;
using Weight = Size;

// Pages, then bytes, then the rest.
Weight WeightOf(std::uint64_t value, std::uint64_t least) {
  constexpr std::uint64_t kPagesMax = 0xffff;
  if (value == least) return 0;
  if (value % kPageSize == 0 && value / kPageSize <= kPagesMax) return 1 + value / kPageSize;
  if (value < kPageSize) return 1 + kPagesMax + value;
  return (Weight{1} << 64) + value;
}

Weight WeightOf(Address operand) { return WeightOf(operand.value, 0); }
Weight WeightOf(RegionSize operand) { return WeightOf(operand.value, kPageSize); }
Weight WeightOf(Length operand) { return WeightOf(operand.value, 1); }
Weight WeightOf(Value operand) { return operand.value; }
Weight WeightOf(Priority operand) {
  const std::int64_t value = operand.value;
  return static_cast<Weight>(value < 0 ? -2 * value : 2 * value - (value > 0));
}
Weight WeightOf(ListenerPriority operand) { return operand.value; }
Weight WeightOf(Flag operand) { return operand.value; }
Weight WeightOf(Notifier operand) { return operand.value; }
Weight WeightOf(AccessLength operand) {
  return operand.value == 0 ? limits::kAccessLengthMax : operand.value - 1;
}
template <IsChoice Operand>
Weight WeightOf(Operand operand) {
  return Choices<Operand>::IndexOf(operand);
}
// Every word of it counts, and a mask as a value does.
Weight WeightOf(const Profile& profile) {
  const auto sizes = [](AccessSizes s) { return Weight{s.min} + s.max; };
  Weight weight = sizes(profile.valid) + sizes(profile.impl) + static_cast<Weight>(profile.endian);
  weight += static_cast<Weight>(std::popcount(profile.refuses));
  weight += (profile.unaligned ? 1u : 0u) + (profile.impl_unaligned ? 1u : 0u);
  return profile.fail ? weight + 1 + *profile.fail : weight;
}

// Slots count in the order of operations alone: a name is no simpler for being lower, but one of
// two must be.
template <class Kind>
Weight WeightOf(Slot<Kind>) {
  return 0;
}
template <class Kind>
Weight WeightOf(Defines<Kind>) {
  return 0;
}

// Kinds of which one can stand for another, plainest first.
template <class... Ops>
struct Kinds {};
using Regions = Kinds<op::Container, op::Ram, op::Io, op::Rom, op::Reservation, op::RomDevice,
                      op::RamDevice, op::Alias>;
using Switches =
    Kinds<op::Enable, op::Readonly, op::Nonvolatile, op::Unmergeable, op::RomdMode, op::Log>;
using Accesses = Kinds<op::Translate, op::Read, op::Write>;

template <class Op, class... Ops>
constexpr std::size_t RankIn(Kinds<Ops...>) {
  std::size_t rank = 0;
  const bool found = ((std::is_same_v<Op, Ops> || (++rank, false)) || ...);
  return found ? rank : 0;
}

// 0 for a kind that nothing plainer can stand for.
template <class Op>
constexpr std::size_t kRank =
    RankIn<Op>(Regions()) + RankIn<Op>(Switches()) + RankIn<Op>(Accesses());

std::size_t RankOf(const Operation& operation) {
  return std::visit([]<class Op>(const Op&) { return kRank<Op>; }, operation);
}

// Copies the operands that both have, which are those with the same name and type.
template <class To, class From>
Operation As(const From& from) {
  To to;
  if constexpr (requires { to.size = from.size; }) to.size = from.size;
  if constexpr (requires { to.region = from.region; }) to.region = from.region;
  if constexpr (requires { to.on = from.on; }) to.on = from.on;
  if constexpr (requires { to.space = from.space; }) to.space = from.space;
  if constexpr (requires { to.address = from.address; }) to.address = from.address;
  if constexpr (requires { to.length = from.length; }) {
    to.length = from.length;
  } else if constexpr (requires { to.length.value = from.length.value; }) {
    to.length.value = from.length.value;
  }
  return to;
}

template <class To, class From>
void AppendIfPlainer(const From& from, std::vector<Operation>& plainer) {
  if constexpr (kRank<To> < kRank<From>) plainer.push_back(As<To>(from));
}

template <class From, class... Ops>
void AppendPlainer(const From& from, Kinds<Ops...>, std::vector<Operation>& plainer) {
  if constexpr ((std::is_same_v<From, Ops> || ...)) (AppendIfPlainer<Ops>(from, plainer), ...);
}

// In the order of text: by number, then operand by operand.
bool IsEarlier(const Operation& a, const Operation& b) {
  const auto number = [](const Operation& operation) {
    const auto* unknown = std::get_if<op::Unknown>(&operation);
    return unknown != nullptr ? unknown->number : KindOf(operation).number;
  };
  if (number(a) != number(b)) return number(a) < number(b);
  if (a.index() != b.index()) return a.index() < b.index();
  return std::visit(
      [&b]<class Op>(const Op& x) {
        const Op& y = *std::get_if<Op>(&b);
        if constexpr (std::is_same_v<Op, op::Unknown>) {
          return x.payload < y.payload;
        } else {
          const auto key = [](const auto& operand) {
            if constexpr (requires { operand.index; }) {
              return std::pair<Weight, Weight>(0, operand.index);
            } else {
              return std::pair<Weight, Weight>(WeightOf(operand), 0);
            }
          };
          return std::apply(
              [&](auto... member) {
                const std::array keys_x{std::pair<Weight, Weight>(), key(x.*member)...};
                const std::array keys_y{std::pair<Weight, Weight>(), key(y.*member)...};
                return keys_x < keys_y;
              },
              Op::kOperands);
        }
      },
      a);
}

struct Measure {
  std::size_t operations = 0;
  std::size_t ranks = 0;
  Weight weights = 0;
  auto operator<=>(const Measure&) const = default;
};

Measure MeasureOf(const Program& program) {
  Measure measure{program.operations.size()};
  for (const Operation& operation : program.operations) {
    measure.ranks += RankOf(operation);
    VisitOperands(operation,
                  [&measure](const auto& operand) { measure.weights += WeightOf(operand); });
  }
  return measure;
}

// Keeps the candidates that weigh less than the operand, each once, lightest first.
template <class Operand>
std::vector<Operand> Lighter(Operand operand, std::vector<Operand> candidates) {
  const auto lighter = [](Operand a, Operand b) { return WeightOf(a) < WeightOf(b); };
  std::erase_if(candidates, [&](Operand candidate) { return !lighter(candidate, operand); });
  std::ranges::sort(candidates, lighter);
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

// The least ones; then ever smaller parts less, so that a bound is met in few steps.
template <class Operand>
std::vector<Operand> LoweredNumber(Operand operand) {
  const std::uint64_t value = operand.value;
  const std::uint64_t pages = value / kPageSize;
  std::vector<Operand> candidates{{0}, {1}, {kPageSize}, {2 * kPageSize}, {pages * kPageSize}};
  for (std::uint64_t less = pages; less != 0; less /= 4) {
    candidates.push_back({(pages - less) * kPageSize});
    candidates.push_back({(pages - (less + 1) / 2) * kPageSize});
  }
  for (std::uint64_t less = value; less != 0; less /= 4) {
    candidates.push_back({value - less});
    candidates.push_back({value - (less + 1) / 2});
  }
  return Lighter(operand, std::move(candidates));
}

// Of few values: all that are lower.
template <class Operand>
std::vector<Operand> LoweredSmall(Operand operand) {
  using Number = decltype(operand.value);
  std::vector<Operand> lower;
  for (Number value = 0; value <= operand.value; ++value) lower.push_back({value});
  return Lighter(operand, std::move(lower));
}

}  // namespace

bool IsSimpler(const Program& a, const Program& b) {
  const Measure of_a = MeasureOf(a);
  const Measure of_b = MeasureOf(b);
  if (of_a != of_b) return of_a < of_b;
  return std::ranges::lexicographical_compare(a.operations, b.operations, IsEarlier);
}

std::vector<Operation> PlainerKinds(const Operation& operation) {
  std::vector<Operation> plainer;
  std::visit(
      [&plainer](const auto& held) {
        AppendPlainer(held, Regions(), plainer);
        AppendPlainer(held, Switches(), plainer);
        AppendPlainer(held, Accesses(), plainer);
      },
      operation);
  return plainer;
}

std::vector<std::vector<Operation>> LoweredOperands(const Operation& operation) {
  std::vector<std::vector<Operation>> operands;
  std::visit(
      [&operands]<class Op>(const Op& held) {
        if constexpr (!std::is_same_v<Op, op::Unknown>) {
          const auto lower = [&](auto member) {
            std::vector<Operation>& versions = operands.emplace_back();
            for (const auto& value : Lowered(held.*member)) {
              Op lowered = held;
              lowered.*member = value;
              versions.emplace_back(lowered);
            }
          };
          std::apply([&](auto... member) { (lower(member), ...); }, Op::kOperands);
        }
      },
      operation);
  return operands;
}

std::vector<Address> Lowered(Address operand) { return LoweredNumber(operand); }
std::vector<RegionSize> Lowered(RegionSize operand) { return LoweredNumber(operand); }
std::vector<Length> Lowered(Length operand) { return LoweredNumber(operand); }
std::vector<Value> Lowered(Value operand) {
  return Lighter<Value>(operand, {{0}, {1}, {operand.value / 2}, {operand.value - 1}});
}
std::vector<Priority> Lowered(Priority operand) {
  return Lighter<Priority>(
      operand, {{0}, {1}, {-1}, {operand.value / 2}, {operand.value - (operand.value > 0)}});
}
std::vector<ListenerPriority> Lowered(ListenerPriority operand) {
  return Lighter<ListenerPriority>(operand, {{0}, {1}, {operand.value / 2}, {operand.value - 1}});
}
std::vector<Flag> Lowered(Flag operand) { return Lighter<Flag>(operand, {{false}}); }
std::vector<Notifier> Lowered(Notifier operand) { return LoweredSmall(operand); }
// With one word less, or the mask lower.
std::vector<Profile> Lowered(const Profile& operand) {
  std::vector<Profile> candidates{Profile()};
  const auto without = [&](auto member) {
    Profile plainer = operand;
    plainer.*member = Profile().*member;
    candidates.push_back(plainer);
  };
  without(&Profile::valid);
  without(&Profile::impl);
  without(&Profile::unaligned);
  without(&Profile::impl_unaligned);
  without(&Profile::endian);
  without(&Profile::refuses);
  without(&Profile::fail);
  if (operand.fail) {
    candidates.push_back(operand);
    candidates.back().fail = 0;
  }
  std::erase_if(candidates,
                [&](const Profile& plainer) { return WeightOf(plainer) >= WeightOf(operand); });
  return candidates;
}
std::vector<AccessLength> Lowered(AccessLength operand) {
  auto lower = LoweredSmall(AccessLength{limits::kAccessLengthMax});
  return Lighter(operand, std::move(lower));
}

}  // namespace flatcheck
