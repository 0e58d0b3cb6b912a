// Engine and reference did the same: one oracle for each thing that a step can show. Each looks at
// one step of two traces whose earlier steps agree.

#pragma once

#include <cstddef>
#include <optional>

#include "fuzz/oracles/disagreement.h"
#include "fuzz/trace.h"

namespace flatcheck {

// Granted by both, or refused by both for the same reason.
std::optional<Disagreement> RefusalsAgree(const Trace& expect, const Trace& actual,
                                          std::size_t step);

// The same callbacks of the same listeners in the same order, field by field.
std::optional<Disagreement> EventsAgree(const Trace& expect, const Trace& actual, std::size_t step);

// The same device accesses and the same answer: find, translation, result and bytes.
std::optional<Disagreement> AnswersAgree(const Trace& expect, const Trace& actual,
                                         std::size_t step);

// The same address spaces with the same ranges, log masks and sharing.
std::optional<Disagreement> ViewsAgree(const Trace& expect, const Trace& actual, std::size_t step);

}  // namespace flatcheck
