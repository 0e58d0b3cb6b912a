// The order in which programs are simple: fewer operations; then plainer kinds of operations; then
// lower operands, all added up; then operations in the order of their numbers, which is how text
// reads best. It is total, and no program has endlessly many simpler ones.
//
// What counts as low: whole pages before single bytes, small numbers before large ones; of sizes
// and masks a page is the lowest, of lengths one byte; of profiles the one without words.

#pragma once

#include <cstdint>
#include <vector>

#include "fuzz/choices.h"
#include "fuzz/operands.h"
#include "fuzz/program.h"

namespace flatcheck {

bool IsSimpler(const Program& a, const Program& b);

// The operation as other kinds that are plainer, with the operands that these have too; plainest
// first.
std::vector<Operation> PlainerKinds(const Operation& operation);

// For each operand, the operation with lower values in its place (Lowered).
std::vector<std::vector<Operation>> LoweredOperands(const Operation& operation);

// Lower values worth a trial in the operand's place, lowest first: the least ones, then ones
// that are less by ever smaller parts. For slots all lower ones that read well.
template <class Kind>
std::vector<Slot<Kind>> Lowered(Slot<Kind> slot);
std::vector<Address> Lowered(Address operand);
std::vector<RegionSize> Lowered(RegionSize operand);
std::vector<Length> Lowered(Length operand);
std::vector<Value> Lowered(Value operand);
std::vector<Priority> Lowered(Priority operand);
std::vector<ListenerPriority> Lowered(ListenerPriority operand);
std::vector<Flag> Lowered(Flag operand);
std::vector<Notifier> Lowered(Notifier operand);
std::vector<AccessLength> Lowered(AccessLength operand);
std::vector<PageMask> Lowered(PageMask operand);
std::vector<Profile> Lowered(const Profile& operand);
template <IsChoice Operand>
std::vector<Operand> Lowered(Operand operand) {
  std::vector<Operand> lower;
  for (std::uint64_t i = 0; i < Choices<Operand>::IndexOf(operand); ++i) {
    lower.push_back(Choices<Operand>::At(i));
  }
  return lower;
}
template <class Kind>
std::vector<Defines<Kind>> Lowered(Defines<Kind>) {
  return {};
}

template <class Kind>
std::vector<Slot<Kind>> Lowered(Slot<Kind> slot) {
  // Beyond these, lower names are no longer simpler to read.
  constexpr std::uint16_t kNamesMax = 16;
  std::vector<Slot<Kind>> lower;
  if (slot.index == kAbsent) return lower;
  for (std::uint16_t index = 0; index < slot.index && index < kNamesMax; ++index) {
    lower.push_back({index});
  }
  return lower;
}

}  // namespace flatcheck
