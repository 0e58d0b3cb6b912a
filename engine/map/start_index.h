// A StartIndex finds the last of many sorted numbers that is not above a given one, touching one or
// two cache lines for each factor of 16 in their count.
//
// IMPLEMENTATION
// Levels of nodes of 16 keys; each key of a level above the lowest is the first key of a node of
// the level below. The one node of the top level lies in the index itself. A node is searched by
// counting, which has no branch to mispredict.

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
    std::uint64_t* const lowest = Reserve(count);
    for (std::size_t i = 0; i < count; ++i) lowest[i] = at(i);
    FillUpperLevels();
  }

  std::size_t FindLast(std::uint64_t address) const {
    if (count_ == 0 || address < top_[0]) return kNone;
    if (address == UINT64_MAX) return count_ - 1;  // The only address that padding does not exceed.
    std::size_t position = LastNotAbove(top_.data(), address);
    for (std::size_t level = levels_below_; level-- > 0;) {
      const std::size_t node = position * kNodeKeys;
      position = node + LastNotAbove(&keys_[begin_[level] + node], address);
    }
    return position;
  }

 private:
  static constexpr std::size_t kNodeKeys = 16;
  static constexpr std::size_t kLevelsMax = 8;

  // Returns where the keys of the lowest level go.
  std::uint64_t* Reserve(std::size_t count);
  void FillUpperLevels();

  static std::size_t LastNotAbove(const std::uint64_t* node, std::uint64_t address) {
    std::size_t not_above = 0;
    for (std::size_t i = 0; i < kNodeKeys; ++i) not_above += node[i] <= address;
    return not_above - 1;
  }

  // Nodes are padded with the greatest number.
  std::size_t count_ = 0;
  std::array<std::uint64_t, kNodeKeys> top_{};
  std::size_t levels_below_ = 0;                     // The top.
  std::array<std::size_t, kLevelsMax + 1> begin_{};  // Of each of them in keys_, the lowest first.
  std::vector<std::uint64_t> keys_;
};

}  // namespace flatcheck::engine
