// A Random is a stream of numbers that follows from its seed alone, the same on every platform: the
// standard library's distributions are not.
//
// To stay so, no expression may draw twice in an order that the language leaves open: two operands
// of an arithmetic operator, two arguments of a call.

#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace flatcheck {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // splitmix64: any seed will do, neighbouring seeds included.
  std::uint64_t Next() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  // 0 .. bound - 1. REQUIRES: 0 < bound <= 2^32.
  std::size_t Below(std::size_t bound) {
    assert(bound > 0 && bound <= std::uint64_t{1} << 32);
    return static_cast<std::size_t>(((Next() >> 32) * bound) >> 32);
  }

  bool OneIn(std::size_t bound) { return Below(bound) == 0; }
  bool Percent(std::size_t share) { return Below(100) < share; }

  template <class T, std::size_t n>
  T Pick(const T (&choices)[n]) {
    return choices[Below(n)];
  }

  // An index, as often as its weight says. REQUIRES: some weight is not 0.
  std::size_t Weighted(std::span<const std::uint32_t> weights) {
    std::size_t total = 0;
    for (const std::uint32_t weight : weights) total += weight;
    std::size_t ticket = Below(total);
    std::size_t index = 0;
    while (ticket >= weights[index]) ticket -= weights[index++];
    return index;
  }

 private:
  std::uint64_t state_;
};

}  // namespace flatcheck
