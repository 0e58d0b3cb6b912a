// The differences between engine and reference in one step, in words.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/line_diff.h"
#include "fuzz/program_text.h"
#include "fuzz/report.h"
#include "fuzz/trace.h"

namespace flatcheck {

// A part of an address space where two views differ.
struct ViewDifference {
  std::uint64_t first = 0;
  std::uint64_t last = 0;             // Inclusive.
  const RangeSeen* expect = nullptr;  // What is there; null for a hole.
  const RangeSeen* actual = nullptr;
};

// Ascending, and as long as they can be.
std::vector<ViewDifference> CompareRanges(std::span<const RangeSeen> expect,
                                          std::span<const RangeSeen> actual);

// "In as0 at 0x0-0xfff the engine shows nothing; the reference shows ram0 from its offset 0x0."
std::string DifferenceInWords(std::string_view space, const ViewDifference& difference,
                              const Names& names);

// One listener's callbacks, or what the devices and the questions of a step saw. left is the
// engine's, right the reference's.
struct ListenerRows {
  ListenerSlot listener;  // Absent for devices and questions.
  std::vector<DiffRow> rows;
};

// Of who was called at all. Devices and questions come last. Empty where a trace has no such step.
std::vector<ListenerRows> CompareEvents(const Names& names, TracePair traces, std::size_t step);

// A sentence for each difference; all of them, as far as both traces go.
std::vector<std::string> DifferencesInWords(const Names& names, TracePair traces, std::size_t step);

}  // namespace flatcheck
