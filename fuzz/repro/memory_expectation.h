// What an emitted test expects of the map's memory where the failure is that it differs.

#pragma once

#include "fuzz/failure.h"
#include "fuzz/program_text.h"
#include "fuzz/repro/engine_calls.h"

namespace flatcheck {

// Adds the statements that compare what the failure's field names: all blocks, the dirty pages of
// one client, or a byte.
void ExpectMemory(EngineCalls& calls, const ProgramText& text, const Failure& failure);

}  // namespace flatcheck
