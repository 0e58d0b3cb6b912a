// A Pen writes a generated program down, operation by operation, as long as there is room.

#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "fuzz/generator.h"
#include "fuzz/operation_weights.h"
#include "fuzz/program.h"
#include "fuzz/random.h"

namespace flatcheck {

class Pen {
 public:
  // The program has at most `room` operations. All outlive the pen.
  Pen(Generator& generator, Random& random, std::size_t room, Program& program)
      : generator_(generator), random_(random), room_(room), program_(program) {}

 protected:
  bool HasRoom(std::size_t operations) const {
    return program_.operations.size() + operations <= room_;
  }

  // So many that the generator makes up,
  void Write(const OperationWeights& weights, std::size_t times) {
    for (; times > 0 && program_.operations.size() < room_; --times) {
      auto operation = generator_.WriteOneOf(weights);
      if (operation) program_.operations.push_back(*std::move(operation));
    }
  }
  template <class Op>
  void Write() {
    Write(kOnly<Op>, 1);
  }

  // one as it is given,
  void Write(const Operation& operation) {
    if (program_.operations.size() >= room_) return;
    generator_.Follow(operation);
    program_.operations.push_back(operation);
  }
  // and a region in a container.
  void WriteInto(RegionSlot container, const Operation& region) {
    const RegionSlot slot = Next();
    Write(region);
    Write(op::Add{container, {}, slot, {}});
  }

  RegionSlot Next() const {
    return {static_cast<std::uint16_t>(generator_.sketch().regions.size())};
  }

  Generator& generator_;
  Random& random_;
  std::size_t room_;
  Program& program_;
};

}  // namespace flatcheck
