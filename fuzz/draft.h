// A Draft is a program under the pen: operations come, go and change places, and each operand still
// names the object that it named before.
//
// Within a draft objects have labels, which stay. Slots, which follow from the order of operations,
// are given when the draft settles. Where an operand's object is not defined before it (its
// creation was removed, or now comes later), the operand names another that lives there, of the
// same sort if there is one; all operands that miss one object get one substitute. Where nothing of
// the kind lives, the slot is absent.
//
// Law: what settles is canonical: each slot is absent or defined by an operation before it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/program.h"

namespace flatcheck {

// How many objects, by kind.
using ObjectCounts = std::array<std::size_t, kKindCount>;

class Draft {
 public:
  // A label is what the slot was. A slot that the program never defines names something else.
  explicit Draft(const Program& program);

  std::size_t size() const { return lines_.size(); }
  ObjectCounts Labels() const;
  // Of objects whose creation stands before the position.
  ObjectCounts DefinedBefore(std::size_t position) const;

  void Remove(std::size_t position, std::size_t count);
  // Lets the stretch begin at `to`. REQUIRES: from + count <= size(), to + count <= size().
  void Move(std::size_t from, std::size_t count, std::size_t to);
  // Slots below `known` are labels; those from there on count through the objects that the
  // operations define, which get new labels.
  void Insert(std::size_t position, std::span<const Operation> operations,
              const ObjectCounts& known);
  // A stretch of another program. What it names but does not define is missing.
  void Import(std::size_t position, const Program& other, std::size_t begin, std::size_t end);

  Program Settle() &&;

 private:
  struct Line {
    Operation operation;                 // With labels for slots.
    std::uint16_t definition = kAbsent;  // The label of what it defines.
  };

  // The operation as a line. relabel(kind, slot) gives the label that replaces a slot. What the
  // operation defines gets the next label of its kind.
  template <class Relabel>
  Line Read(const Operation& operation, Relabel&& relabel);

  std::vector<Line> lines_;
  // By kind and label: the index of the creating operation in the variant.
  std::array<std::vector<std::uint8_t>, kKindCount> sorts_;
};

// How many objects a program's operations define.
ObjectCounts CountDefinitions(std::span<const Operation> operations);

}  // namespace flatcheck
