// The hooks as libFuzzer calls them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fuzz/generator.h"
#include "fuzz/program_codec.h"
#include "fuzz/targets/target.h"

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed);
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data1, std::size_t size1,
                                                 const std::uint8_t* data2, std::size_t size2,
                                                 std::uint8_t* out, std::size_t max_size,
                                                 unsigned int seed);

namespace {

std::size_t byte_mutations = 0;

flatcheck::Theme theme = flatcheck::Theme::kMap;

}  // namespace

flatcheck::Theme TargetTheme() { return theme; }

// Stands for libFuzzer's.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t) {
  ++byte_mutations;
  if (size > 0) data[size / 2] ^= 1;
  return size;
}

namespace flatcheck {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes Mutated(Bytes bytes, std::size_t max_size, unsigned int seed) {
  const std::size_t size = bytes.size();
  bytes.resize(std::max(size, max_size));
  bytes.resize(LLVMFuzzerCustomMutator(bytes.data(), size, max_size, seed));
  return bytes;
}

Bytes Crossed(const Bytes& first, const Bytes& second, std::size_t max_size, unsigned int seed) {
  Bytes out(max_size);
  out.resize(LLVMFuzzerCustomCrossOver(first.data(), first.size(), second.data(), second.size(),
                                       out.data(), max_size, seed));
  return out;
}

TEST(CustomMutator, StartsFromAGeneratedProgram) {
  for (unsigned int seed = 0; seed < 100; ++seed) {
    EXPECT_GE(Decode(Mutated({}, 4096, seed)).operations.size(), 8u);
    EXPECT_GE(Decode(Mutated({'\n'}, 4096, seed)).operations.size(), 8u);
  }
}

TEST(CustomMutator, FitsItsOutputInTheSpaceThereIs) {
  const Bytes program = Encode(Generate(1));
  for (const std::size_t max_size : {1u, 4u, 5u, 8u, 20u, 100u, 1000u}) {
    for (unsigned int seed = 0; seed < 100; ++seed) {
      const Bytes input(program.begin(), program.begin() + static_cast<std::ptrdiff_t>(
                                                               std::min(max_size, program.size())));
      EXPECT_LE(Mutated(input, max_size, seed).size(), max_size);
      EXPECT_LE(Crossed(input, input, max_size, seed).size(), max_size);
    }
  }
}

TEST(CustomMutator, DependsOnTheSeedAlone) {
  const Bytes first = Encode(Generate(1));
  const Bytes second = Encode(Generate(2));
  for (unsigned int seed = 0; seed < 100; ++seed) {
    EXPECT_EQ(Mutated(first, 4096, seed), Mutated(first, 4096, seed));
    EXPECT_EQ(Crossed(first, second, 4096, seed), Crossed(first, second, 4096, seed));
  }
}

TEST(CustomMutator, LeavesOneMutationInEightToTheBytes) {
  const Bytes program = Encode(Generate(1));
  byte_mutations = 0;
  for (unsigned int seed = 0; seed < 800; ++seed) Mutated(program, 4096, seed);
  EXPECT_NEAR(static_cast<double>(byte_mutations), 100.0, 40.0);
}

TEST(CustomMutator, AsksTheTargetForItsTheme) {
  const auto share_with_memory = [](Theme of_target) {
    theme = of_target;
    std::size_t programs = 0;
    for (unsigned int seed = 0; seed < 400; ++seed) {
      programs += HasMemoryOperations(Decode(Mutated({}, 4096, seed)));
    }
    return static_cast<double>(programs) / 400;
  };
  EXPECT_GT(share_with_memory(Theme::kMemory), 0.9);
  EXPECT_LT(share_with_memory(Theme::kMap), 0.4);
  EXPECT_EQ(share_with_memory(Theme::kMapAlone), 0.0);
  theme = Theme::kMap;
}

TEST(CustomCrossOver, NeverMutatesBytes) {
  const Bytes first = Encode(Generate(1));
  const Bytes second = Encode(Generate(2));
  byte_mutations = 0;
  for (unsigned int seed = 0; seed < 400; ++seed) Crossed(first, second, 4096, seed);
  EXPECT_EQ(byte_mutations, 0u);
}

}  // namespace
}  // namespace flatcheck
