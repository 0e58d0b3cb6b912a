#include "fuzz/repro/expectation.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzz/executor.h"
#include "fuzz/reference_machine.h"
#include "fuzz/trace_text.h"

namespace flatcheck {
Expectation ExpectationOf(const ProgramText& text, const Trace& trace, std::size_t step) {
  Expectation expectation;
  if (step >= trace.steps.size()) return expectation;
  std::string lines;
  PrintStep(text, trace, step, lines);
  for (std::string_view rest = lines; !rest.empty();) {
    const std::string line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with("cb ")) expectation.callbacks.push_back(line);
    if (line.starts_with("io ")) expectation.accesses.push_back(line);
    if (line.starts_with("= ")) expectation.answer = line.substr(line.find(' ', 2) + 1);
    if (line.starts_with("as ") || line.starts_with("  ")) expectation.views.push_back(line);
  }
  const Extent views = trace.steps[step].views;
  for (std::uint32_t v = views.begin; v < views.end; ++v) {
    const ViewSeen& view = trace.views[v];
    const std::string space = fmt::format("as {}", text.names.Of(view.space));
    expectation.places.push_back(fmt::format("{} origin={:#x}", space, view.origin));
    expectation.sharing.push_back(
        fmt::format("{} view_of={}", space, text.names.Of(view.shares_with)));
  }
  return expectation;
}

std::string ExpectedAnswer(const ProgramText& text, std::size_t step, const Operation& question) {
  ReferenceMachine reference;
  Trace trace;
  ProgramText asked = text;
  asked.program.operations.resize(std::min(step + 1, text.program.operations.size()));
  asked.lines.resize(asked.program.operations.size());
  asked.program.operations.push_back(question);
  asked.lines.push_back({});
  for (const Operation& operation : asked.program.operations) RunStep(operation, reference, trace);
  return ExpectationOf(asked, trace, trace.steps.size() - 1).answer;
}

}  // namespace flatcheck
