#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "fuzz/cli/commands.h"
#include "fuzz/cli/finding.h"
#include "fuzz/cli/streams.h"
#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/explain/page.h"
#include "fuzz/reference_machine.h"

namespace flatcheck::cli {
namespace {

struct ExplainOptions {
  FindingOptions finding;
  std::string output;
};

Answer LastAnswer(const Trace& trace) {
  return trace.answers.empty() ? Answer() : trace.answers.back();
}

// Runs what failed once more, and the question that showed it.
std::optional<ProbeAnswers> AskProbe(Program program, const std::optional<Failure>& failure) {
  if (!failure || !failure->probe) return std::nullopt;
  program.operations.push_back(*failure->probe);
  ReferenceMachine reference;
  EngineMachine engine;
  return ProbeAnswers{LastAnswer(Run(program, reference)), LastAnswer(Run(program, engine))};
}

Trace RunEngine(const Program& program) {
  EngineMachine engine;
  return Run(program, engine);
}

int Explain(const ExplainOptions& options) {
  const Path& path = options.finding.path;
  const auto read = ReadFinding(path);
  if (const auto* error = std::get_if<FileError>(&read)) {
    Complain(error->message);
    return kUnusable;
  }
  std::error_code absent;
  if (std::filesystem::equivalent(path, options.output, absent)) {
    Complain(options.output + ": found the program, expected another file for the page");
    return kUnusable;
  }
  const ProgramText& text = std::get<ProgramText>(read);
  const GuardedDifferential differential = GuardedDifferentialOf(options.finding.timeout_seconds);
  const auto failure = differential.Check(text.program);
  const Program part = failure ? SafePart(text.program, *failure) : text.program;
  ReferenceMachine reference;
  const Trace expect = Run(part, reference);
  // What crashes may do so in its last moment; up to its failing step both did the same.
  const bool is_safe = !failure || IsDisagreement(*failure);
  const Trace actual = is_safe ? RunEngine(part) : expect;
  Explanation explanation{text, {expect, actual}, failure, {}, AskProbe(part, failure)};
  if (failure) explanation.free_operands = differential.FreeOperands(text.program, *failure);
  if (path != "-") explanation.name = path.filename().string();
  return Write(options.output, Page(explanation)) ? kOk : kUnusable;
}

}  // namespace

void AddExplain(CLI::App& app, int& status) {
  CLI::App* const command = app.add_subcommand(
      "explain",
      "Draws what a program does, step by step, as one HTML page: the tree of regions, each\n"
      "address space, callbacks, and where engine and reference differ.");
  const auto options = std::make_shared<ExplainOptions>();
  AddFindingOptions(*command, options->finding);
  command->add_option("-o", options->output, "The page; - is standard output")->required();
  command->callback([options, &status] { status = Explain(*options); });
}

}  // namespace flatcheck::cli
