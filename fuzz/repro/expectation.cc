#include "fuzz/repro/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "fuzz/executor.h"
#include "fuzz/reference_machine.h"
#include "fuzz/trace_text.h"
#include "fuzz/words.h"

namespace flatcheck {
namespace {

// Listeners' callbacks and the calls of IOMMU notifiers are told alike.
bool IsNotification(std::string_view line) { return Words(line)[2] == "notify"; }

// `= load res=0 val=0x1` without its first two words.
std::string_view AnswerOf(std::string_view line) {
  const std::size_t word = line.find(' ', 2);
  return word == std::string_view::npos ? "" : line.substr(word + 1);
}

void Sort(std::string_view line, Expectation& expectation) {
  constexpr std::string_view kDevices[] = {"io ", "tr ", "flags ", "resized "};
  const bool is_device_call = std::ranges::any_of(
      kDevices, [line](std::string_view word) { return line.starts_with(word); });
  if (is_device_call || (line.starts_with("cb ") && IsNotification(line))) {
    expectation.device_calls.emplace_back(line);
  } else if (line.starts_with("cb ")) {
    expectation.callbacks.emplace_back(line);
  } else if (line.starts_with("= ")) {
    if (!AnswerOf(line).empty()) expectation.answer.emplace_back(AnswerOf(line));
  } else if (line.starts_with("as ") || !expectation.views.empty()) {
    expectation.views.emplace_back(line);
  } else if (line.starts_with("  ")) {
    expectation.answer.emplace_back(line);
  }
}

// Runs the program up to the step.
void RunUpTo(const Program& program, std::size_t step, Machine& machine, Trace& trace) {
  const std::size_t count = std::min(step + 1, program.operations.size());
  for (std::size_t i = 0; i < count; ++i) RunStep(program.operations[i], machine, trace);
}

}  // namespace

Expectation ExpectationOf(const ProgramText& text, const Trace& trace, std::size_t step) {
  Expectation expectation;
  if (step >= trace.steps.size()) return expectation;
  const Step& seen = trace.steps[step];
  if (seen.answer >= 0) {
    expectation.answer_kind = trace.answers[static_cast<std::size_t>(seen.answer)].kind;
  }
  for (std::uint32_t i = seen.signals.begin; i < seen.signals.end; ++i) {
    expectation.signals += fmt::format("{} ", trace.signals[i]);
  }
  std::string lines;
  PrintStep(text, trace, step, lines);
  for (std::string_view rest = lines; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    Sort(line, expectation);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  const Extent views = seen.views;
  for (std::uint32_t v = views.begin; v < views.end; ++v) {
    const ViewSeen& view = trace.views[v];
    const std::string space = fmt::format("as {}", text.names.Of(view.space));
    expectation.places.push_back(fmt::format("{} origin={:#x}", space, view.origin));
    expectation.sharing.push_back(
        fmt::format("{} view_of={}", space, text.names.Of(view.shares_with)));
  }
  return expectation;
}

Expectation ExpectedAnswer(const ProgramText& text, std::size_t step, const Operation& question) {
  ReferenceMachine reference;
  Trace trace;
  ProgramText asked = text;
  asked.program.operations.resize(std::min(step + 1, text.program.operations.size()));
  asked.lines.resize(asked.program.operations.size());
  asked.program.operations.push_back(question);
  asked.lines.push_back({});
  RunUpTo(asked.program, step + 1, reference, trace);
  return ExpectationOf(asked, trace, trace.steps.size() - 1);
}

std::vector<BlockSeen> ExpectedBlocks(const ProgramText& text, std::size_t step) {
  ReferenceMachine reference;
  Trace trace;
  MemorySeen seen;
  RunUpTo(text.program, step, reference, trace);
  reference.ObserveMemory(seen);
  return seen.blocks;
}

std::string ExpectedListing(const ProgramText& text, std::size_t step, Listing listing) {
  ReferenceMachine reference(&text.names);
  Trace trace;
  RunUpTo(text.program, step, reference, trace);
  return reference.List(listing);
}

}  // namespace flatcheck
