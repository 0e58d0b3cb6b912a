#include "fuzz/cli/finding.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "fuzz/limits.h"

namespace flatcheck::cli {

void AddTimeout(CLI::App& command, double& seconds) {
  command
      .add_option("--timeout", seconds, "Seconds after which an operation that does not end hangs")
      ->check([](const std::string& text) {
        const double value = std::strtod(text.c_str(), nullptr);
        return value >= 0.001 && value <= 3600 ? std::string()
                                               : "found " + text + ", expected 0.001 to 3600";
      })
      ->capture_default_str();
}

GuardedDifferential GuardedDifferentialOf(double timeout_seconds) {
  using Seconds = std::chrono::duration<double>;
  return GuardedUnderKvm(
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
  auto read = ReadProgram(path, limits::kGeneratedOperationsMax);
  const auto* text = std::get_if<ProgramText>(&read);
  if (text == nullptr || !text->program.operations.empty()) return read;
  return FileError{path.string() + ": found no operations, expected a program"};
}

Program SafePart(const Program& program, const Failure& failure) {
  const std::size_t count = failure.step + (IsDisagreement(failure) ? 1 : 0);
  Program part = program;
  if (count < part.operations.size()) part.operations.resize(count);
  return part;
}

}  // namespace flatcheck::cli
