#include "fuzz/draft.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "fuzz/operation_kinds.h"
#include "fuzz/slot_table.h"

namespace flatcheck {
namespace {

std::ptrdiff_t Signed(std::size_t position) { return static_cast<std::ptrdiff_t>(position); }

// Gives slots to labels, from the first line to the last.
class Settlement {
 public:
  Settlement(const ObjectCounts& label_counts,
             const std::array<std::vector<std::uint8_t>, kKindCount>& label_sorts)
      : label_sorts_(label_sorts) {
    for (std::size_t kind = 0; kind < kKindCount; ++kind)
      slots_[kind].resize(label_counts[kind], kAbsent);
  }

  // Names the operation's operands by slot, and gives its definition one.
  void Settle(Operation& operation, std::uint16_t definition) {
    VisitOperands(operation, Overload{[&]<class Kind>(Slot<Kind>& slot) {
                                        if (slot.index != kAbsent) slot = SlotOf(slot);
                                      },
                                      [&]<class Kind>(Defines<Kind>&) {
                                        slots_[kKindIndex<Kind>][definition] =
                                            static_cast<std::uint16_t>(table_.DefinedCount<Kind>());
                                        sorts_[kKindIndex<Kind>].push_back(
                                            static_cast<std::uint8_t>(operation.index()));
                                      },
                                      [](auto&) {}});
    table_.Advance(operation);
  }

 private:
  template <class Kind>
  Slot<Kind> SlotOf(Slot<Kind> label) {
    std::uint16_t& slot = slots_[kKindIndex<Kind>][label.index];
    if (slot == kAbsent) slot = SubstituteFor(label).index;
    return {slot};
  }

  template <class Kind>
  Slot<Kind> SubstituteFor(Slot<Kind> label) const {
    const std::vector<std::uint16_t>& live = table_.Live<Kind>();
    if (live.empty()) return {};
    const std::vector<std::uint8_t>& sorts = sorts_[kKindIndex<Kind>];
    const std::uint8_t wanted = label_sorts_[kKindIndex<Kind>][label.index];
    for (std::size_t step = 0; step < live.size(); ++step) {
      const std::uint16_t candidate = live[(label.index + step) % live.size()];
      if (sorts[candidate] == wanted) return {candidate};
    }
    return {live[label.index % live.size()]};
  }

  const std::array<std::vector<std::uint8_t>, kKindCount>& label_sorts_;
  std::array<std::vector<std::uint16_t>, kKindCount> slots_;  // By label, substitutes too.
  std::array<std::vector<std::uint8_t>, kKindCount> sorts_;   // By slot.
  SlotTable table_;
};

}  // namespace

Draft::Draft(const Program& program) { Import(0, program, 0, program.operations.size()); }

ObjectCounts Draft::Labels() const {
  ObjectCounts labels{};
  for (std::size_t kind = 0; kind < kKindCount; ++kind) labels[kind] = sorts_[kind].size();
  return labels;
}

ObjectCounts Draft::DefinedBefore(std::size_t position) const {
  ObjectCounts counts{};
  for (std::size_t line = 0; line < position; ++line) {
    VisitOperands(lines_[line].operation,
                  Overload{[&]<class Kind>(const Defines<Kind>&) { ++counts[kKindIndex<Kind>]; },
                           [](const auto&) {}});
  }
  return counts;
}

void Draft::Remove(std::size_t position, std::size_t count) {
  const auto begin = lines_.begin() + Signed(position);
  lines_.erase(begin, begin + Signed(count));
}

void Draft::Move(std::size_t from, std::size_t count, std::size_t to) {
  assert(from + count <= size() && to + count <= size());
  const auto at = [&](std::size_t position) { return lines_.begin() + Signed(position); };
  if (to < from) {
    std::rotate(at(to), at(from), at(from + count));
  } else {
    std::rotate(at(from), at(from + count), at(to + count));
  }
}

template <class Relabel>
Draft::Line Draft::Read(const Operation& operation, Relabel&& relabel) {
  Line line{operation};
  VisitOperands(line.operation,
                Overload{[&]<class Kind>(Slot<Kind>& slot) {
                           if (slot.index == kAbsent) return;
                           slot.index = relabel(kKindIndex<Kind>, slot.index);
                         },
                         [&]<class Kind>(Defines<Kind>&) {
                           std::vector<std::uint8_t>& sorts = sorts_[kKindIndex<Kind>];
                           line.definition = static_cast<std::uint16_t>(sorts.size());
                           sorts.push_back(static_cast<std::uint8_t>(operation.index()));
                         },
                         [](auto&) {}});
  return line;
}

void Draft::Insert(std::size_t position, std::span<const Operation> operations,
                   const ObjectCounts& known) {
  const ObjectCounts first = Labels();
  const auto relabel = [&](std::size_t kind, std::uint16_t slot) {
    return static_cast<std::uint16_t>(slot < known[kind] ? slot : slot - known[kind] + first[kind]);
  };
  for (const Operation& operation : operations) lines_.push_back(Read(operation, relabel));
  Move(size() - operations.size(), operations.size(), position);
}

void Draft::Import(std::size_t position, const Program& other, std::size_t begin, std::size_t end) {
  const ObjectCounts first = Labels();
  const ObjectCounts defined = CountDefinitions(other.operations);
  const auto relabel = [&](std::size_t kind, std::uint16_t slot) {
    if (defined[kind] == 0) return kAbsent;
    return static_cast<std::uint16_t>(slot % defined[kind] + first[kind]);
  };
  lines_.reserve(size() + end - begin);
  for (std::size_t index = 0; index < other.operations.size(); ++index) {
    Line line = Read(other.operations[index], relabel);
    if (begin <= index && index < end) lines_.push_back(std::move(line));
  }
  Move(size() - (end - begin), end - begin, position);
}

Program Draft::Settle() && {
  Program program;
  program.operations.reserve(lines_.size());
  Settlement settlement(Labels(), sorts_);
  for (Line& line : lines_) {
    settlement.Settle(line.operation, line.definition);
    program.operations.push_back(std::move(line.operation));
  }
  return program;
}

ObjectCounts CountDefinitions(std::span<const Operation> operations) {
  ObjectCounts counts{};
  for (const Operation& operation : operations) {
    VisitOperands(operation,
                  Overload{[&]<class Kind>(const Defines<Kind>&) { ++counts[kKindIndex<Kind>]; },
                           [](const auto&) {}});
  }
  return counts;
}

}  // namespace flatcheck
