// No program has two operations. This does not hold, and most inputs show it: whoever fuzzes the
// canary and finds nothing is not fuzzing.

#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/program_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::size_t operations = flatcheck::Decode({data, size}).operations.size();
  if (operations < 2) return 0;
  fmt::print(stderr, "canary (operations) at line 2:\n  expect at most 1, actual {}\n", operations);
  std::abort();
}
