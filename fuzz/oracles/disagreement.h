// A Disagreement is what an oracle found wrong with a run: the first one ends the comparison.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/program.h"

namespace flatcheck {

// A byte of a region's block, and what it should be.
struct ExpectedByte {
  RegionSlot region;
  std::uint64_t offset = 0;  // In the block.
  std::uint8_t value = 0;
  bool operator==(const ExpectedByte&) const = default;
};

struct Disagreement {
  std::size_t step = 0;     // The operation after which it showed; the program's size for its end.
  std::string_view oracle;  // Its name, of static storage.
  std::string_view field;   // What differs, of static storage: "callback.size", "view.ranges", ...
  std::string message;  // For people: expect (the reference, or the rule) and actual (the engine).
  // The `xlat` or `find` that an oracle asked after the step, beyond the program.
  std::optional<Operation> probe = std::nullopt;
  std::optional<ExpectedByte> byte = std::nullopt;  // That differs, where one does.
};

}  // namespace flatcheck
