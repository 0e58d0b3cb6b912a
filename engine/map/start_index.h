// A StartIndex finds the last of many sorted numbers that is not above a given one, touching one or
// two cache lines for each factor of 16 in their count.
//
// IMPLEMENTATION
// Levels of nodes of 16 keys; each key of a level above the lowest is the first key of a node of
// the level below. A node is searched by counting, which has no branch to mispredict.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace flatcheck::engine {

class StartIndex {
 public:
  static constexpr std::size_t kNone = SIZE_MAX;

  StartIndex() = default;

  // REQUIRES: `at` yields ascending numbers for 0 .. count - 1.
  template <class At>
  StartIndex(std::size_t count, At at) {
    Reserve(count);
    for (std::size_t i = 0; i < count; ++i) keys_[i] = at(i);
    FillUpperLevels();
  }

  std::size_t FindLast(std::uint64_t address) const {
    if (count_ == 0 || address < keys_[0]) return kNone;
    if (address == UINT64_MAX) return count_ - 1;  // The only address that padding does not exceed.
    std::size_t position = 0;
    for (std::size_t level = levels_; level-- > 0;) {
      const std::uint64_t* const node = &keys_[begin_[level] + position * kNodeKeys];
      std::size_t not_above = 0;
      for (std::size_t i = 0; i < kNodeKeys; ++i) not_above += node[i] <= address;
      position = position * kNodeKeys + not_above - 1;
    }
    return position;
  }

 private:
  static constexpr std::size_t kNodeKeys = 16;
  static constexpr std::size_t kLevelsMax = 16;

  void Reserve(std::size_t count);
  void FillUpperLevels();

  std::size_t count_ = 0;
  std::size_t levels_ = 0;
  std::array<std::size_t, kLevelsMax + 1> begin_{};  // Of each level in keys_, the lowest first.
  std::vector<std::uint64_t> keys_;  // Whole nodes, padded with the greatest number.
};

}  // namespace flatcheck::engine
