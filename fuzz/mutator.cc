#include "fuzz/mutator.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/draft.h"
#include "fuzz/generator.h"
#include "fuzz/limits.h"
#include "fuzz/operand_nudge.h"
#include "fuzz/operation_kinds.h"

namespace flatcheck {
namespace {

// In the order of Mutation.
constexpr std::uint32_t kWeights[kMutationCount] = {200, 100, 100, 100, 50, 50, 30, 10};

// The longer a program, the more often operations are removed; one of this length only shrinks. A
// run's time grows with the square of the length.
constexpr std::size_t kLongProgram = 128;

struct Stretch {
  std::size_t begin = 0;
  std::size_t size = 0;
  std::size_t end() const { return begin + size; }
};

// A stretch of at most that many operations, and at least one. REQUIRES: count > 0.
Stretch DrawStretch(std::size_t count, std::size_t size_max, Random& random) {
  const std::size_t size = 1 + random.Below(std::min(count, size_max));
  return {random.Below(count - size + 1), size};
}

// Between operations; half of the time at the end, where what is new disturbs nothing.
std::size_t DrawPosition(std::size_t count, Random& random) {
  return random.OneIn(2) ? count : random.Below(count + 1);
}

// Of a region.
bool IsCreation(const Operation& operation) {
  return std::visit([]<class Op>(const Op&) { return CreatesRegion<Op>; }, operation);
}

// Cuts a program off where it goes beyond the limits of generated ones.
void CutToLimits(Program& program) {
  std::vector<Operation>& operations = program.operations;
  if (operations.size() > limits::kGeneratedOperationsMax) {
    operations.resize(limits::kGeneratedOperationsMax);
  }
  std::size_t regions = 0;
  const auto surplus = std::ranges::find_if(operations, [&](const Operation& operation) {
    return IsCreation(operation) && ++regions > limits::kGeneratedRegionsMax;
  });
  operations.erase(surplus, operations.end());
}

template <class Operand>
constexpr bool kIsDefinition = false;
template <class Kind>
constexpr bool kIsDefinition<Defines<Kind>> = true;
template <class Operand>
constexpr bool kIsSlot = false;
template <class Kind>
constexpr bool kIsSlot<Slot<Kind>> = true;

// Visits one of the operands that the visitor takes, if the operation has one.
template <class Visitor>
bool VisitOneOperand(Operation& operation, Random& random, Visitor&& visit) {
  std::size_t count = 0;
  VisitOperands(operation,
                [&]<class Operand>(Operand&) { count += std::is_invocable_v<Visitor&, Operand&>; });
  if (count == 0) return false;
  std::size_t skipped = random.Below(count);
  VisitOperands(operation, [&]<class Operand>(Operand& operand) {
    if constexpr (std::is_invocable_v<Visitor&, Operand&>) {
      if (skipped-- == 0) visit(operand);
    }
  });
  return true;
}

// What is new in the program. One without operations on memory gets none: in a map's corpus they
// would spread.
Theme ThemeOfNew(const Program& program, Theme theme) {
  return theme == Theme::kMap && !HasMemoryOperations(program) ? Theme::kMapAlone : theme;
}

void Splice(Program& program, Random& random, Theme theme) {
  const std::uint64_t seed = random.Next();
  const Program donor = Generate(seed, 8 + random.Below(12), ThemeOfNew(program, theme));
  const Stretch piece = DrawStretch(donor.operations.size(), donor.operations.size(), random);
  Draft draft(program);
  std::size_t position = DrawPosition(draft.size(), random);
  if (draft.size() > 0 && !random.OneIn(3)) {
    const Stretch replaced = DrawStretch(draft.size(), piece.size, random);
    draft.Remove(replaced.begin, replaced.size);
    position = replaced.begin;
  }
  draft.Import(position, donor, piece.begin, piece.end());
  program = std::move(draft).Settle();
}

void Insert(Program& program, Random& random, Theme theme) {
  const std::size_t position = DrawPosition(program.operations.size(), random);
  Generator generator(random, ThemeOfNew(program, theme));
  for (std::size_t before = 0; before < position; ++before) {
    generator.Follow(program.operations[before]);
  }
  std::vector<Operation> written;
  do written.push_back(generator.Write());
  while (random.OneIn(2));
  Draft draft(program);
  draft.Insert(position, written, draft.DefinedBefore(position));
  program = std::move(draft).Settle();
}

void DrawOperandAnew(Program& program, Random& random, Theme theme) {
  if (program.operations.empty()) return;
  const std::size_t position = random.Below(program.operations.size());
  Generator generator(random, ThemeOfNew(program, theme));
  for (std::size_t before = 0; before < position; ++before) {
    generator.Follow(program.operations[before]);
  }
  const auto draw = [&]<class Operand>(Operand & operand) requires(!kIsDefinition<Operand>) {
    generator.operands().Draw(operand);
  };
  VisitOneOperand(program.operations[position], random, draw);
}

void NudgeOperand(Program& program, Random& random, Theme theme) {
  if (program.operations.empty()) return;
  const bool without_profiles = ThemeOfNew(program, theme) == Theme::kMapAlone;
  const auto step = [&]<class Operand>(Operand & operand) requires(!kIsDefinition<Operand> &&
                                                                   !kIsSlot<Operand>) {
    if (std::is_same_v<Operand, Profile> && without_profiles) return;
    Nudge(operand, random);
  };
  for (int attempt = 0; attempt < 8; ++attempt) {
    Operation& operation = program.operations[random.Below(program.operations.size())];
    if (VisitOneOperand(operation, random, step)) return;
  }
}

void MoveStretch(Program& program, Random& random) {
  if (program.operations.size() < 2) return;
  Draft draft(program);
  const Stretch moved = DrawStretch(draft.size() - 1, random.OneIn(2) ? 1 : 6, random);
  draft.Move(moved.begin, moved.size, random.Below(draft.size() - moved.size + 1));
  program = std::move(draft).Settle();
}

// All addresses of one operation, as far as it still makes sense: not the bytes of a mapping, which
// has not moved, an entry to a whole page of its size, a stretch within 2^64.
void ShiftAddresses(Operation& operation, std::uint64_t distance) {
  if (std::holds_alternative<op::Peek>(operation) || std::holds_alternative<op::Poke>(operation)) {
    return;
  }
  if (auto* notifier = std::get_if<op::IommuNotifierAdd>(&operation)) {
    if (notifier->last.value + distance < notifier->last.value) return;
  }
  VisitOperands(operation,
                Overload{[&](Address& address) { address.value += distance; }, [](auto&) {}});
  if (auto* map = std::get_if<op::IommuMap>(&operation)) map->iova.value &= ~map->mask.value;
}

// Objects that the stretch creates have copies, others are named by both.
void DuplicateStretch(Program& program, std::uint64_t distance, Random& random) {
  const Stretch copied = DrawStretch(program.operations.size(), 8, random);
  const auto begin = program.operations.begin() + static_cast<std::ptrdiff_t>(copied.begin);
  std::vector<Operation> copies(begin, begin + static_cast<std::ptrdiff_t>(copied.size));
  for (Operation& copy : copies) ShiftAddresses(copy, distance);
  Draft draft(program);
  draft.Insert(copied.end(), copies, draft.DefinedBefore(copied.begin));
  program = std::move(draft).Settle();
}

// Whether the operation names the region; if so, it names the other from now on.
bool Rename(Operation& operation, RegionSlot from, RegionSlot to) {
  bool has_named = false;
  VisitOperands(operation, Overload{[&](RegionSlot& slot) {
                                      if (slot != from) return;
                                      slot = to;
                                      has_named = true;
                                    },
                                    [](auto&) {}});
  return has_named;
}

// Another region of the same making, to which happens what happens to the first.
void DuplicateRegion(Program& program, std::uint64_t distance, Random& random) {
  Draft draft(program);
  const ObjectCounts labels = draft.Labels();
  if (labels[0] == 0) return;
  const RegionSlot original{static_cast<std::uint16_t>(random.Below(labels[0]))};
  const RegionSlot twin{static_cast<std::uint16_t>(labels[0])};
  ObjectCounts labels_and_twin = labels;
  ++labels_and_twin[0];
  std::size_t defined = 0;
  std::size_t position = 0;
  for (Operation copy : program.operations) {
    ++position;
    if (IsCreation(copy)) {
      if (defined++ == original.index) draft.Insert(position++, {&copy, 1}, labels);
    } else if (Rename(copy, original, twin)) {
      ShiftAddresses(copy, distance);
      draft.Insert(position++, {&copy, 1}, labels_and_twin);
    }
  }
  program = std::move(draft).Settle();
}

void Duplicate(Program& program, Random& random) {
  if (program.operations.empty()) return;
  const std::uint64_t unit = random.OneIn(4) ? 1 : limits::kPageSize;
  const std::uint64_t distance = random.Below(5) * unit;
  if (random.OneIn(2)) {
    DuplicateStretch(program, distance, random);
  } else {
    DuplicateRegion(program, distance, random);
  }
}

void WrapInTransaction(Program& program, Random& random) {
  if (program.operations.empty()) return;
  const Stretch wrapped = DrawStretch(program.operations.size(), program.operations.size(), random);
  const auto begin = program.operations.begin();
  program.operations.insert(begin + static_cast<std::ptrdiff_t>(wrapped.end()), op::Commit());
  program.operations.insert(program.operations.begin() + static_cast<std::ptrdiff_t>(wrapped.begin),
                            op::Begin());
}

void Remove(Program& program, Random& random) {
  if (program.operations.empty()) return;
  Draft draft(program);
  const Stretch removed = DrawStretch(draft.size(), random.OneIn(2) ? 1 : 8, random);
  draft.Remove(removed.begin, removed.size);
  program = std::move(draft).Settle();
}

// A stretch of one program, a stretch of the other, and so on.
Program Interleave(const Program& first, const Program& second, Random& random) {
  Draft draft(first);
  const std::size_t first_size = first.operations.size();
  draft.Import(first_size, second, 0, second.operations.size());
  std::size_t taken = 0;
  std::size_t pending = first_size;  // Where what is left of the second begins.
  while (taken < pending && pending < draft.size()) {
    taken += 1 + random.Below(8);
    if (taken >= pending) break;
    const std::size_t count = std::min(1 + random.Below(8), draft.size() - pending);
    draft.Move(pending, count, taken);
    taken += count;
    pending += count;
  }
  return std::move(draft).Settle();
}

Program BeginningAndEnd(const Program& first, const Program& second, Random& random) {
  Draft draft(first);
  const std::size_t kept = random.Below(draft.size() + 1);
  draft.Remove(kept, draft.size() - kept);
  const std::size_t end = second.operations.size();
  draft.Import(kept, second, random.Below(end + 1), end);
  return std::move(draft).Settle();
}

}  // namespace

void Mutate(Program& program, Mutation mutation, Random& random, Theme theme) {
  CutToLimits(program);
  switch (mutation) {
    case Mutation::kSplice:
      Splice(program, random, theme);
      break;
    case Mutation::kInsert:
      Insert(program, random, theme);
      break;
    case Mutation::kNewOperand:
      DrawOperandAnew(program, random, theme);
      break;
    case Mutation::kNearOperand:
      NudgeOperand(program, random, theme);
      break;
    case Mutation::kMove:
      MoveStretch(program, random);
      break;
    case Mutation::kDuplicate:
      Duplicate(program, random);
      break;
    case Mutation::kTransaction:
      WrapInTransaction(program, random);
      break;
    case Mutation::kRemove:
      Remove(program, random);
      break;
  }
  CutToLimits(program);
}

void Mutate(Program& program, Random& random, Theme theme) {
  do {
    const bool is_long = random.Below(kLongProgram) < program.operations.size();
    const auto mutation =
        is_long ? Mutation::kRemove : static_cast<Mutation>(random.Weighted(kWeights));
    Mutate(program, mutation, random, theme);
  } while (!random.OneIn(5));
}

Program Cross(const Program& first, const Program& second, Random& random) {
  Program crossed =
      random.OneIn(4) ? Interleave(first, second, random) : BeginningAndEnd(first, second, random);
  CutToLimits(crossed);
  return crossed;
}

}  // namespace flatcheck
