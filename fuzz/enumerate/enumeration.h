// An Enumeration is all programs of a scope, in units: of one universe and world, those that begin
// with one move. A unit is what can be done or not done: it takes seconds at most.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "fuzz/enumerate/alphabet.h"
#include "fuzz/enumerate/enumerator.h"
#include "fuzz/enumerate/scopes.h"
#include "fuzz/program.h"

namespace flatcheck {

class Enumeration {
 public:
  explicit Enumeration(const Scope& scope);

  const Scope& scope() const { return scope_; }
  std::size_t size() const { return units_.size(); }
  // REQUIRES: unit < size(); the enumeration outlives the enumerator.
  Enumerator At(std::size_t unit) const;
  // The unit's n-th program, from 0. REQUIRES: it has one.
  Program ProgramAt(std::size_t unit, std::uint64_t number) const;

  // Units as far apart as they can be, whatever number of them is taken: what they tell of time and
  // of differences holds for the rest.
  std::vector<std::size_t> ScatteredUnits() const;

 private:
  struct Unit {
    const Alphabet* alphabet = nullptr;
    std::size_t moves_max = 0;
    Move first = 0;
  };

  void Add(const Scope::Part& part);

  const Scope& scope_;
  std::vector<std::unique_ptr<const Alphabet>> alphabets_;
  std::vector<Unit> units_;
};

}  // namespace flatcheck
