// libFuzzer's hooks: inputs are mutated and crossed as programs. Linked to each target whose inputs
// are programs.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "fuzz/generator.h"
#include "fuzz/mutator.h"
#include "fuzz/program_codec.h"
#include "fuzz/random.h"
#include "fuzz/targets/target.h"

using flatcheck::Cross;
using flatcheck::Decode;
using flatcheck::Encode;
using flatcheck::Generate;
using flatcheck::Mutate;
using flatcheck::Program;
using flatcheck::Random;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

// As many of the first operations as there is room for. 0 if not even a header fits.
std::size_t Store(Program program, std::uint8_t* data, std::size_t max_size) {
  std::vector<std::uint8_t> bytes = Encode(program);
  while (bytes.size() > max_size && !program.operations.empty()) {
    program.operations.resize(program.operations.size() * max_size / bytes.size());
    bytes = Encode(program);
  }
  if (bytes.size() > max_size) return 0;
  std::ranges::copy(bytes, data);
  return bytes.size();
}

// Too small to be worth a mutation, as libFuzzer's first inputs are.
bool IsTrivial(const Program& program) { return program.operations.size() < 2; }

// Mostly something new altogether: faults that were planted are found several times as soon so as
// by mutants of what is known, which grow long and never get far from it.
Program Mutant(Program program, Random& random) {
  if (IsTrivial(program) || !random.OneIn(8)) return Generate(random.Next(), TargetTheme());
  Mutate(program, random, TargetTheme());
  return program;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  Random random(seed);
  Program program = Decode({data, size});
  // Bytes by chance now and then, so that nothing that can be encoded is out of reach.
  if (!IsTrivial(program) && random.OneIn(8)) return LLVMFuzzerMutate(data, size, max_size);
  return Store(Mutant(std::move(program), random), data, max_size);
}

// libFuzzer crosses half of the time, which is too much: three times in four this mutates. It may
// not call LLVMFuzzerMutate.
// NOLINTNEXTLINE(readability-function-size): libFuzzer's parameters.
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data1, std::size_t size1,
                                                 const std::uint8_t* data2, std::size_t size2,
                                                 std::uint8_t* out, std::size_t max_size,
                                                 unsigned int seed) {
  Random random(seed);
  Program first = Decode({data1, size1});
  if (!random.OneIn(4)) return Store(Mutant(std::move(first), random), out, max_size);
  return Store(Cross(first, Decode({data2, size2}), random), out, max_size);
}
