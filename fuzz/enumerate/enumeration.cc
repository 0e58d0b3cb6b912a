#include "fuzz/enumerate/enumeration.h"

#include <numeric>
#include <utility>

namespace flatcheck {

Enumeration::Enumeration(const Scope& scope) : scope_(scope) {
  for (const Scope::Part& part : scope.parts) Add(part);
}

void Enumeration::Add(const Scope::Part& part) {
  const Universe universe = part.universe();
  for (World& world : WorldsOf(universe, part.regions_max)) {
    std::vector<Operation> moves = universe.moves(world);
    alphabets_.push_back(std::make_unique<const Alphabet>(std::move(world), std::move(moves)));
    const Alphabet& alphabet = *alphabets_.back();
    for (Move first = 0; first < alphabet.size(); ++first) {
      units_.push_back({&alphabet, part.moves_max, first});
    }
  }
}

Enumerator Enumeration::At(std::size_t unit) const {
  const Unit& found = units_[unit];
  return Enumerator(*found.alphabet, found.moves_max, found.first);
}

Program Enumeration::ProgramAt(std::size_t unit, std::uint64_t number) const {
  Enumerator programs = At(unit);
  for (std::uint64_t i = 0; i <= number; ++i) programs.Next();
  return programs.program();
}

std::vector<std::size_t> Enumeration::ScatteredUnits() const {
  const std::size_t count = size();
  // Near the golden ratio, steps leave the least gaps; with no common divisor they meet every unit.
  std::size_t stride = count * 618 / 1000 + 1;
  while (std::gcd(stride, count) != 1) ++stride;
  std::vector<std::size_t> units(count);
  for (std::size_t i = 0; i < count; ++i) units[i] = i * stride % count;
  return units;
}

}  // namespace flatcheck
