#include "fuzz/program_codec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

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
  return static_cast<std::uint64_t>(scalar.value);
}

template <class Scalar>
void Assign(std::uint64_t code, Scalar& scalar) {
  scalar.value = static_cast<decltype(scalar.value)>(code);
}
void Assign(std::uint64_t code, Flag& flag) { flag.value = (code & 1) != 0; }
void Assign(std::uint64_t code, Notifier& notifier) {
  notifier.value = static_cast<std::uint8_t>(code % limits::kNotifiers);
}
void Assign(std::uint64_t code, AccessLength& length) {
  length.value = static_cast<std::uint8_t>(code % (limits::kAccessLengthMax + 1));
}

Operation DecodeOperation(Record record, const SlotTable& slots) {
  const OperationKind* const kind = FindKind(record.number);
  if (kind == nullptr) {
    return op::Unknown{record.number, {record.payload.begin(), record.payload.end()}};
  }
  Operation operation = kind->blank();
  VisitOperands(operation,
                Overload{[]<class Kind>(Defines<Kind>&) {},
                         [&]<class Kind>(Slot<Kind>& slot) {
                           slot = Resolve<Kind>(DecodeNumber(record.payload), slots);
                         },
                         [&](auto& scalar) { Assign(DecodeNumber(record.payload), scalar); }});
  return operation;
}

Bytes EncodePayload(const Operation& operation, const SlotTable& slots) {
  if (const auto* unknown = std::get_if<op::Unknown>(&operation)) {
    const std::size_t length = std::min(unknown->payload.size(), op::Unknown::kPayloadBytesMax);
    return {unknown->payload.begin(),
            unknown->payload.begin() + static_cast<std::ptrdiff_t>(length)};
  }
  Bytes payload;
  VisitOperands(operation,
                Overload{[]<class Kind>(const Defines<Kind>&) {},
                         [&]<class Kind>(const Slot<Kind>& slot) {
                           EncodeNumber(slots.IsDefined(slot) ? slot.index : kAbsentCode, payload);
                         },
                         [&](const auto& scalar) { EncodeNumber(CodeOf(scalar), payload); }});
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
    const Operation& operation =
        program.operations.emplace_back(DecodeOperation(TakeRecord(bytes), slots));
    if (slots.HasRoomFor(operation)) {
      slots.Advance(operation);
    } else {
      program.operations.pop_back();
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
