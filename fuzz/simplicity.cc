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
// One page is the plainest; then the size counts, by how often it must be halved or doubled.
Weight WeightOf(PageMask mask) {
  constexpr auto kOnePage = static_cast<int>(std::bit_width(kPageSize - 1));
  const int doublings = static_cast<int>(std::bit_width(mask.value)) - kOnePage;
  return static_cast<Weight>(doublings < 0 ? -2 * doublings : 2 * doublings - (doublings > 0));
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

// What orders operands: how much they weigh, and of equal weights which comes first. Names that
// weigh nothing come in the order of slots, profiles by their words.
using Order = std::pair<Weight, Weight>;

template <class Operand>
Order OrderOf(const Operand& operand) {
  return {WeightOf(operand), 0};
}
template <class Kind>
Order OrderOf(Slot<Kind> slot) {
  return {0, slot.index};
}
Order OrderOf(const Profile& profile) {
  Weight words = static_cast<Weight>(profile.endian);
  const auto append = [&words](std::uint8_t bits) { words = words << 8 | bits; };
  append(profile.valid.min);
  append(profile.valid.max);
  append(profile.impl.min);
  append(profile.impl.max);
  append(profile.refuses);
  append(static_cast<std::uint8_t>((profile.unaligned ? 4u : 0u) |
                                   (profile.impl_unaligned ? 2u : 0u) | (profile.fail ? 1u : 0u)));
  return {WeightOf(profile), words << 64 | profile.fail.value_or(0)};
}

// Kinds of which one can stand for another, plainest first.
template <class... Ops>
struct Kinds {};
using Regions = Kinds<op::Container, op::Ram, op::Io, op::Rom, op::Reservation, op::ResizeableRam,
                      op::RomDevice, op::RamDevice, op::Iommu, op::Alias>;
using Switches =
    Kinds<op::Enable, op::Readonly, op::Nonvolatile, op::Unmergeable, op::RomdMode, op::Log>;
using Sizes = Kinds<op::Resize, op::RamResize>;
using Accesses = Kinds<op::Translate, op::HostOf, op::IotlbEntry, op::AccessValid, op::Read,
                       op::Load, op::Write, op::Store, op::WriteRom>;
using DirtyRequests = Kinds<op::Dirty, op::TestClear, op::Snapshot, op::SetDirty>;
using MappedBytes = Kinds<op::Peek, op::Poke>;

template <class Visitor>
constexpr void VisitFamilies(Visitor&& visit) {
  visit(Regions());
  visit(Switches());
  visit(Sizes());
  visit(Accesses());
  visit(DirtyRequests());
  visit(MappedBytes());
}

template <class Op, class... Ops>
constexpr std::size_t RankIn(Kinds<Ops...>) {
  std::size_t rank = 0;
  const bool found = ((std::is_same_v<Op, Ops> || (++rank, false)) || ...);
  return found ? rank : 0;
}

// 0 for a kind that nothing plainer can stand for.
template <class Op>
constexpr std::size_t kRank = [] {
  std::size_t rank = 0;
  VisitFamilies([&rank](auto kinds) { rank += RankIn<Op>(kinds); });
  return rank;
}();

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
  if constexpr (requires { to.mapping = from.mapping; }) to.mapping = from.mapping;
  if constexpr (requires { to.address = from.address; }) to.address = from.address;
  if constexpr (requires { to.offset = from.offset; }) to.offset = from.offset;
  if constexpr (requires { to.is_write = from.is_write; }) to.is_write = from.is_write;
  if constexpr (requires { to.width = from.width; }) to.width = from.width;
  if constexpr (requires { to.order = from.order; }) to.order = from.order;
  if constexpr (requires { to.value = from.value; }) to.value = from.value;
  if constexpr (requires { to.client = from.client; }) to.client = from.client;
  if constexpr (requires { to.profile = from.profile; }) to.profile = from.profile;
  if constexpr (requires { to.length = from.length; }) {
    to.length = from.length;
  } else if constexpr (requires { to.length.value = from.length.value; }) {
    to.length.value = from.length.value;
  } else if constexpr (requires { to.length.value = from.width.value; }) {
    to.length.value = from.width.value;
  }
  // RAM of a fixed size has whole pages.
  if constexpr (std::is_same_v<From, op::ResizeableRam>) {
    to.size.value += -to.size.value % kPageSize;
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
          return std::apply(
              [&](auto... member) {
                const std::array orders_x{Order(), OrderOf(x.*member)...};
                const std::array orders_y{Order(), OrderOf(y.*member)...};
                return orders_x < orders_y;
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
std::vector<Operand> Lighter(const Operand& operand, std::vector<Operand> candidates) {
  std::erase_if(candidates,
                [&](const Operand& candidate) { return WeightOf(candidate) >= WeightOf(operand); });
  std::ranges::sort(candidates, {}, [](const Operand& candidate) { return OrderOf(candidate); });
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
        VisitFamilies([&](auto kinds) { AppendPlainer(held, kinds, plainer); });
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
// Those of a word whose value may be lower: a range of sizes.
std::vector<AccessSizes> LoweredSizes(AccessSizes sizes) {
  std::vector<AccessSizes> lower;
  constexpr std::uint8_t kAccessSizes[] = {0, 1, 2, 4, 8};
  for (const std::uint8_t min : kAccessSizes) {
    for (const std::uint8_t max : kAccessSizes) {
      if (min <= sizes.min && min <= max && max <= sizes.max) lower.push_back({min, max});
    }
  }
  return lower;
}

// Without any word; with one less, with one refusal less, with lower sizes or a lower mask.
std::vector<Profile> Lowered(const Profile& operand) {
  std::vector<Profile> candidates{Profile()};
  const auto with = [&](auto member, const auto& value) {
    candidates.push_back(operand);
    candidates.back().*member = value;
  };
  with(&Profile::unaligned, false);
  with(&Profile::impl_unaligned, false);
  with(&Profile::endian, Endian::kLittle);
  with(&Profile::endian, Endian::kBig);
  with(&Profile::refuses, std::uint8_t{0});
  with(&Profile::fail, std::nullopt);
  for (const AccessSizes sizes : LoweredSizes(operand.valid)) with(&Profile::valid, sizes);
  for (const AccessSizes sizes : LoweredSizes(operand.impl)) with(&Profile::impl, sizes);
  for (unsigned bit = 1; bit < 256; bit *= 2) {
    with(&Profile::refuses, static_cast<std::uint8_t>(operand.refuses & ~bit));
  }
  for (const Value mask : Lowered(Value{operand.fail.value_or(0)})) {
    with(&Profile::fail, mask.value);
  }
  return Lighter(operand, std::move(candidates));
}
std::vector<PageMask> Lowered(PageMask operand) {
  std::vector<PageMask> masks;
  for (std::uint64_t i = 0; i < Choices<PageMask>::kCount; ++i) {
    masks.push_back(Choices<PageMask>::At(i));
  }
  return Lighter(operand, std::move(masks));
}
std::vector<AccessLength> Lowered(AccessLength operand) {
  auto lower = LoweredSmall(AccessLength{limits::kAccessLengthMax});
  return Lighter(operand, std::move(lower));
}

}  // namespace flatcheck
