// A Disagreement is what an oracle found wrong with a run: the first one ends the comparison.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flatcheck {

struct Disagreement {
  std::size_t step = 0;     // The operation after which it showed.
  std::string_view oracle;  // Its name, of static storage.
  std::string_view field;   // What differs, of static storage: "callback.size", "view.ranges", ...
  std::string message;  // For people: expect (the reference, or the rule) and actual (the engine).
};

}  // namespace flatcheck
