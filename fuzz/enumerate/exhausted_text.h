// The text in which a state file keeps how far an enumeration is.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fuzz/enumerate/enumeration.h"
#include "fuzz/enumerate/exhaustion.h"

namespace flatcheck {

std::string PrintExhausted(const Enumeration& enumeration, const Exhausted& exhausted);

// Nothing if it is no such text, or one of another enumeration.
std::optional<Exhausted> ParseExhausted(const Enumeration& enumeration, std::string_view text);

}  // namespace flatcheck
