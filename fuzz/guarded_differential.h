// A GuardedDifferential checks programs in child processes: crashes and hangs are failures like
// others, which can be compared and shrunk.

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "fuzz/differential.h"
#include "fuzz/failure.h"
#include "fuzz/free_operands.h"
#include "fuzz/shrinker.h"

namespace flatcheck {

class GuardedDifferential {
 public:
  // Asks all oracles. A step that computes for longer than `stall_max` hangs.
  GuardedDifferential(NewMachine expect, NewMachine actual, std::chrono::milliseconds stall_max);

  std::optional<Failure> Check(const Program& program) const;

  // If so, Check finds nothing in any of them. All run in one child, which is faster.
  bool AllPass(std::span<const Program> programs) const;

  using OnProgress = std::function<void(const Shrunk&)>;

  // REQUIRES: Check(program) gave the failure. on_progress is called in this process.
  Shrunk Shrink(const Program& program, const Failure& failure, std::size_t executions_max,
                const OnProgress& on_progress = nullptr) const;

  // As far as it can be found out at little cost: of what hangs, none are known.
  // REQUIRES: Check(program) gave the failure.
  std::vector<OperandPlace> FreeOperands(const Program& program, const Failure& failure) const;

 private:
  // All in one child, which is a thousand times faster. Ends early where the child does.
  Shrunk ShrinkInOneChild(const Program& program, const Signature& signature,
                          std::size_t executions_max, const OnProgress& on_progress) const;
  Shrunk ShrinkInManyChildren(const Program& program, const Signature& signature,
                              std::size_t executions_max, const OnProgress& on_progress) const;
  Shrunk ShrinkHang(const Program& program, const Signature& signature, std::size_t executions_max,
                    const OnProgress& on_progress) const;
  std::vector<OperandPlace> FreeOperandsInOneChild(const Program& program,
                                                   const Signature& signature) const;
  Program LastToFail(const std::vector<Program>& descent, const Signature& signature) const;

  NewMachine new_expect_;
  NewMachine new_actual_;
  std::chrono::milliseconds stall_max_;
};

// The reference and the engine, under KVM with a fake kernel.
GuardedDifferential GuardedUnderKvm(std::chrono::milliseconds stall_max);

}  // namespace flatcheck
