// The map that a program leaves, for tests of what is printed of maps.

#pragma once

#include <string_view>

#include "fuzz/engine_machine.h"
#include "fuzz/program_text.h"

namespace flatcheck {

class ProgrammedMap {
 public:
  // REQUIRES: the text is a program. A request that the map refuses fails the test.
  explicit ProgrammedMap(std::string_view program);

  const engine::MemoryMap& map() const { return machine_.map(); }

 private:
  const ProgramText text_;
  EngineMachine machine_;
};

}  // namespace flatcheck
