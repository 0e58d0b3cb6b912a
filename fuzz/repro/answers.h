// What an emitted test expects of a question that the engine is asked.

#pragma once

#include <string>
#include <string_view>

#include "fuzz/repro/expectation.h"

namespace flatcheck {

// The statement that compares the question's answer, an expression, with the reference's.
std::string ExpectAnswer(std::string_view question, const Expectation& expect);

}  // namespace flatcheck
