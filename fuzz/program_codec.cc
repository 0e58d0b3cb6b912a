#include "fuzz/program_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "fuzz/choices.h"
#include "fuzz/limits.h"
#include "fuzz/operand_codec.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/slot_table.h"

namespace flatcheck {
namespace {

using Bytes = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;

constexpr std::array<std::uint8_t, 4> kMagic = {'F', 'L', 'T', 'C'};
constexpr std::uint8_t kVersion = 1;
constexpr std::uint64_t kAbsentCode = std::numeric_limits<std::uint64_t>::max();

ByteSpan DropHeader(ByteSpan bytes) {
  const bool has_header =
      bytes.size() >= kMagic.size() && std::ranges::equal(bytes.first(kMagic.size()), kMagic);
  return has_header ? bytes.subspan(std::min(kMagic.size() + 1, bytes.size())) : bytes;
}

struct Record {
  std::uint8_t number = 0;
  ByteSpan payload;
};

// Takes a record off the front. REQUIRES: there are bytes.
Record TakeRecord(ByteSpan& bytes) {
  const std::uint8_t number = bytes[0];
  const std::size_t length = bytes.size() > 1 ? bytes[1] : 0;
  bytes = bytes.subspan(std::min<std::size_t>(2, bytes.size()));
  const ByteSpan payload = bytes.first(std::min(length, bytes.size()));
  bytes = bytes.subspan(payload.size());
  return {number, payload};
}

template <class Kind>
Slot<Kind> Resolve(std::uint64_t code, const SlotTable& slots) {
  if (code == kAbsentCode) return {};
  if (code < slots.DefinedCount<Kind>()) return {static_cast<std::uint16_t>(code)};
  const auto& live = slots.Live<Kind>();
  if (live.empty()) return {};
  return {live[code % live.size()]};
}

// Signed numbers are extended, so that small negative ones are short.
template <class Scalar>
std::uint64_t CodeOf(const Scalar& scalar) {
  if constexpr (IsChoice<Scalar>) {
    return Choices<Scalar>::IndexOf(scalar);
  } else {
    return static_cast<std::uint64_t>(scalar.value);
  }
}

template <class Scalar>
void Assign(std::uint64_t code, Scalar& scalar) {
  if constexpr (IsChoice<Scalar>) {
    scalar = Choices<Scalar>::At(code % Choices<Scalar>::kCount);
  } else {
    scalar.value = static_cast<decltype(scalar.value)>(code);
  }
}
void Assign(std::uint64_t code, Flag& flag) { flag.value = (code & 1) != 0; }
void Assign(std::uint64_t code, Notifier& notifier) {
  notifier.value = static_cast<std::uint8_t>(code % limits::kNotifiers);
}
void Assign(std::uint64_t code, AccessLength& length) {
  length.value = static_cast<std::uint8_t>(code % (limits::kAccessLengthMax + 1));
}

template <class Scalar>
void DecodeScalar(ByteSpan& payload, Scalar& scalar) {
  Assign(DecodeNumber(payload), scalar);
}
template <class Scalar>
void EncodeScalar(const Scalar& scalar, Bytes& payload) {
  EncodeNumber(CodeOf(scalar), payload);
}

// Takes the lowest number below `count` off a mixed-radix number.
std::uint64_t TakeDigit(std::uint64_t& code, std::uint64_t count) {
  const std::uint64_t digit = code % count;
  code /= count;
  return digit;
}

constexpr std::array<std::uint8_t, 5> kSizes = {0, 1, 2, 4, 8};

std::uint64_t SizeCode(std::uint8_t size) {
  return static_cast<std::uint64_t>(std::bit_width(size));
}

AccessSizes TakeSizes(std::uint64_t& code) {
  const std::uint8_t one = kSizes[TakeDigit(code, 5)];
  const std::uint8_t other = kSizes[TakeDigit(code, 5)];
  return {std::min(one, other), std::max(one, other)};
}

// A profile is a number of mixed radix: refused accesses, sizes (four digits of 5), flags, byte
// order, whether some accesses fail; and if so, another: their mask. A plain one, which is always
// last, has no bytes, as before there were profiles.
void DecodeScalar(ByteSpan& payload, Profile& profile) {
  std::uint64_t code = DecodeNumber(payload);
  profile.unaligned = TakeDigit(code, 2) != 0;
  profile.impl_unaligned = TakeDigit(code, 2) != 0;
  profile.endian = static_cast<Endian>(TakeDigit(code, 3));
  profile.valid = TakeSizes(code);
  profile.impl = TakeSizes(code);
  const bool fails = TakeDigit(code, 2) != 0;
  profile.refuses = static_cast<std::uint8_t>(TakeDigit(code, 256));
  profile.fail.reset();
  if (fails) profile.fail = DecodeNumber(payload);
}

void EncodeScalar(const Profile& profile, Bytes& payload) {
  if (profile == Profile()) return;
  std::uint64_t code = profile.refuses;
  code = code * 2 + (profile.fail.has_value() ? 1 : 0);
  for (const std::uint8_t size :
       {profile.impl.max, profile.impl.min, profile.valid.max, profile.valid.min}) {
    code = code * 5 + SizeCode(size);
  }
  code = code * 3 + static_cast<std::uint64_t>(profile.endian);
  code = code * 2 + (profile.impl_unaligned ? 1 : 0);
  code = code * 2 + (profile.unaligned ? 1 : 0);
  EncodeNumber(code, payload);
  if (profile.fail) EncodeNumber(*profile.fail, payload);
}

// Appends an operation of one kind, if there is room for what it defines.
template <class Op>
void Append(ByteSpan payload, SlotTable& slots, std::vector<Operation>& operations) {
  if (!slots.HasRoomFor(Op())) return;
  Op& operation = *std::get_if<Op>(&operations.emplace_back(std::in_place_type<Op>));
  VisitOperands(operation, Overload{[]<class Kind>(Defines<Kind>&) {},
                                    [&]<class Kind>(Slot<Kind>& slot) {
                                      slot = Resolve<Kind>(DecodeNumber(payload), slots);
                                    },
                                    [&](auto& scalar) { DecodeScalar(payload, scalar); }});
  slots.Advance(operation);
}

// In the order of kOperationKinds.
constexpr auto kAppends = []<std::size_t... i>(std::index_sequence<i...>) {
  return std::array{&Append<std::variant_alternative_t<i + 1, Operation>>...};
}
(std::make_index_sequence<kOperationKinds.size()>());

Bytes EncodePayload(const Operation& operation, const SlotTable& slots) {
  if (const auto* unknown = std::get_if<op::Unknown>(&operation)) {
    const std::size_t length = std::min(unknown->payload.size(), op::Unknown::kPayloadBytesMax);
    return {unknown->payload.begin(),
            unknown->payload.begin() + static_cast<std::ptrdiff_t>(length)};
  }
  Bytes payload;
  VisitOperands(operation, Overload{[]<class Kind>(const Defines<Kind>&) {},
                                    [&]<class Kind>(const Slot<Kind>& slot) {
                                      EncodeNumber(slots.IsDefined(slot) ? slot.index : kAbsentCode,
                                                   payload);
                                    },
                                    [&](const auto& scalar) { EncodeScalar(scalar, payload); }});
  return payload;
}

std::uint8_t NumberOf(const Operation& operation) {
  const auto* const unknown = std::get_if<op::Unknown>(&operation);
  return unknown != nullptr ? unknown->number : KindOf(operation).number;
}

}  // namespace

Program Decode(std::span<const std::uint8_t> bytes) {
  bytes = DropHeader(bytes);
  Program program;
  program.operations.reserve(bytes.size() / 4);  // Most records are longer.
  SlotTable slots;
  while (!bytes.empty()) {
    const auto [number, payload] = TakeRecord(bytes);
    if (const OperationKind* const kind = FindKind(number)) {
      kAppends[static_cast<std::size_t>(kind - kOperationKinds.data())](payload, slots,
                                                                        program.operations);
    } else {
      program.operations.emplace_back(op::Unknown{number, {payload.begin(), payload.end()}});
    }
  }
  return program;
}

std::vector<std::uint8_t> Encode(const Program& program) {
  Bytes bytes(kMagic.begin(), kMagic.end());
  bytes.push_back(kVersion);
  SlotTable slots;
  for (const Operation& operation : program.operations) {
    if (!slots.HasRoomFor(operation)) continue;
    const Bytes payload = EncodePayload(operation, slots);
    bytes.push_back(NumberOf(operation));
    bytes.push_back(static_cast<std::uint8_t>(payload.size()));
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    slots.Advance(operation);
  }
  return bytes;
}

}  // namespace flatcheck
