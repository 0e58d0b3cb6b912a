// What an emitted test expects of the map's lists where the failure is that they differ.

#pragma once

#include "fuzz/failure.h"
#include "fuzz/program_text.h"
#include "fuzz/repro/engine_calls.h"

namespace flatcheck {

// Adds the statement that compares the list that the failure's field names.
void ExpectListing(EngineCalls& calls, const ProgramText& text, const Failure& failure);

}  // namespace flatcheck
