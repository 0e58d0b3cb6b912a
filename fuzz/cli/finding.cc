#include "fuzz/cli/finding.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "fuzz/limits.h"

namespace flatcheck::cli {

void AddTimeout(CLI::App& command, double& seconds) {
  command
      .add_option("--timeout", seconds, "Seconds after which an operation that does not end hangs")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str();
}

GuardedDifferential GuardedDifferentialOf(double timeout_seconds) {
  using Seconds = std::chrono::duration<double>;
  return GuardedEngineAgainstReference(
      std::chrono::duration_cast<std::chrono::milliseconds>(Seconds(timeout_seconds)));
}

void AddFindingOptions(CLI::App& command, FindingOptions& options) {
  command
      .add_option("FILE", options.path,
                  "A program, as .ops text or as the bytes that a fuzzer left; - is text on\n"
                  "standard input")
      ->required();
  AddTimeout(command, options.timeout_seconds);
}

std::variant<ProgramText, FileError> ReadFinding(const Path& path) {
  auto read = ReadProgram(path);
  auto* text = std::get_if<ProgramText>(&read);
  if (text == nullptr) return read;
  if (text->program.operations.empty()) {
    return FileError{path.string() + ": found no operations, expected a program"};
  }
  if (IsText(path)) return read;
  Program program = std::move(text->program);
  if (program.operations.size() > limits::kGeneratedOperationsMax) {
    program.operations.resize(limits::kGeneratedOperationsMax);
  }
  return Spell(std::move(program));
}

Program SafePart(const Program& program, const Failure& failure) {
  const std::size_t count = failure.step + (IsDisagreement(failure) ? 1 : 0);
  Program part = program;
  if (count < part.operations.size()) part.operations.resize(count);
  return part;
}

}  // namespace flatcheck::cli
