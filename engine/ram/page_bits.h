// Runs of bits in bitmaps of 64-bit words, where bit i is bit i % 64 of word i / 64.

#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace flatcheck::engine {

// Calls visit(word, mask of the bits from `first` to `end` in it) until one returns false.
template <class Word, class Visit>
bool ForEachWord(Word* words, std::uint64_t first, std::uint64_t end, Visit visit) {
  while (first < end) {
    const std::uint64_t word_end = std::min(end, (first / 64 + 1) * 64);
    const std::uint64_t ones = ~std::uint64_t{0} >> (64 - (word_end - first));
    if (!visit(words[first / 64], ones << (first % 64))) return false;
    first = word_end;
  }
  return true;
}

// Calls visit(first, end) for each run of ones within a word, of the bits from `first` to `end`.
template <class Visit>
void ForEachRun(const std::uint64_t* words, std::uint64_t first, std::uint64_t end, Visit visit) {
  std::uint64_t base = first / 64 * 64;
  ForEachWord(words, first, end, [&](std::uint64_t word, std::uint64_t mask) {
    for (std::uint64_t left = word & mask; left != 0;) {
      const auto run = static_cast<unsigned>(std::countr_zero(left));
      const auto run_end = run + static_cast<unsigned>(std::countr_one(left >> run));
      visit(base + run, base + run_end);
      left = run_end == 64 ? 0 : left >> run_end << run_end;
    }
    base += 64;
    return true;
  });
}

}  // namespace flatcheck::engine
