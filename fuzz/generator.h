// A Generator writes operations that make sense after those that it has seen or written: most are
// granted and touch something that an address space shows, about one in ten is a request that must
// be refused.
//
// Each generator has a taste of its own (swarm testing): it leaves a part of the operation kinds
// out and skews the weights of the others, so that programs differ in more than their numbers.
// A new operation is written as soon as it is in the variant; a row in operation_weights.cc and an
// overload of Relate (generator_scene.h) refine how often and with which operands.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "fuzz/operand_chooser.h"
#include "fuzz/operation_weights.h"
#include "fuzz/program.h"
#include "fuzz/random.h"
#include "fuzz/sketch.h"
#include "fuzz/theme.h"

namespace flatcheck {

class Generator {
 public:
  // REQUIRES: random outlives the generator.
  explicit Generator(Random& random, Theme theme = Theme::kMap);
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // Takes an operation as given: what is written from now on comes after it.
  void Follow(const Operation& operation);

  // Writes the next operation.
  Operation Write();
  // Writes one that is granted, of the kinds that have a weight, if it finds one. REQUIRES: some
  // kind has.
  std::optional<Operation> WriteOneOf(const OperationWeights& weights);

  // kMapAlone or kMap, as it was drawn, or kMemory.
  Theme theme() const { return theme_; }
  // What the operations so far have made, and operands that suit it.
  const Sketch& sketch() const { return sketch_; }
  OperandChooser& operands() { return operands_; }

 private:
  // Operands that belong together and a request that is granted; operands by type alone, and
  // granted; by type alone, and refused.
  enum class Aim : std::uint8_t { kSense, kChance, kRefusal };
  Operation Propose(const OperationWeights& weights, Aim aim);

  Random& random_;
  Theme theme_;
  Sketch sketch_;
  OperandChooser operands_;
  OperationWeights taste_;
  std::optional<Operation> sequel_;       // Of the last operation.
  std::size_t operations_near_sync_ = 0;  // That are still to come after the last logsync.
};

// Something to look at first (a root, regions, an address space, most often a listener), then
// changes: 8 to 64 operations, 32 in the median; one in 160 has 128, with a ladder of aliases up to
// the limit of paths or a view of many ranges, or 320, with a tree up to the limit of depth or more
// users of a log than are counted (a memory's programs have none of these). The same seed gives the
// same program.
Program Generate(std::uint64_t seed, Theme theme = Theme::kMap);

// As above, with that many operations. REQUIRES: length <= limits::kGeneratedOperationsMax.
Program Generate(std::uint64_t seed, std::size_t length, Theme theme = Theme::kMap);

}  // namespace flatcheck
