#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>

#include "fuzz/cli/commands.h"
#include "fuzz/cli/finding.h"
#include "fuzz/cli/streams.h"

namespace flatcheck::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct ShrinkOptions {
  FindingOptions finding;
  std::string output = "-";
  std::size_t executions_max = 10'000;
};

// One line that rewrites itself on a terminal, a line now and then elsewhere; none for what is
// soon done.
class Progress {
 public:
  void Show(const Shrunk& shrunk) {
    const auto now = Clock::now();
    if (now < next_) return;
    next_ = now + (is_terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(5));
    fmt::print(stderr, "{}shrinking: {} operations{}", is_terminal_ ? "\r\033[K" : "",
               shrunk.program.operations.size(), is_terminal_ ? "" : "\n");
    is_shown_ = true;
  }
  ~Progress() {
    if (is_shown_ && is_terminal_) fmt::print(stderr, "\r\033[K");
  }

 private:
  const bool is_terminal_ = isatty(STDERR_FILENO) != 0;
  Clock::time_point next_ = Clock::now() + std::chrono::seconds(1);
  bool is_shown_ = false;
};

std::string Operations(std::size_t count) {
  return fmt::format("{} operation{}", count, count == 1 ? "" : "s");
}

// Of text, the first line says what broke.
std::string Title(const Path& path, const Failure& failure) {
  if (!IsText(path)) return {};
  return fmt::format("# {}: {}\n", ToString(failure.signature),
                     failure.message.substr(0, failure.message.find('\n')));
}

int Shrink(const ShrinkOptions& options) {
  const auto read = ReadFinding(options.finding.path);
  if (const auto* error = std::get_if<FileError>(&read)) {
    Complain(error->message);
    return kUnusable;
  }
  const Program& program = std::get<ProgramText>(read).program;
  const GuardedDifferential differential = GuardedDifferentialOf(options.finding.timeout_seconds);
  const auto failure = differential.Check(program);
  if (!failure) {
    fmt::print(stderr, "{}: does not fail\n", options.finding.path);
    return kOk;
  }
  const auto start = Clock::now();
  Shrunk shrunk;
  {
    Progress progress;
    shrunk = differential.Shrink(program, *failure, options.executions_max,
                                 [&progress](const Shrunk& best) { progress.Show(best); });
  }
  const std::chrono::duration<double, std::milli> elapsed = Clock::now() - start;
  const auto failure_now = differential.Check(shrunk.program);
  if (!failure_now || failure_now->signature != failure->signature) {
    Complain(fmt::format("{}: fails as {} at times only", options.finding.path,
                         ToString(failure->signature)));
    return kUnusable;
  }
  const std::string content =
      Title(options.output, *failure_now) + InFormOf(options.output, shrunk.program);
  if (!Write(options.output, content)) return kUnusable;
  fmt::print(stderr, "{}: {} to {} in {} executions, {:.1f} ms; {}\n", ToString(failure->signature),
             Operations(program.operations.size()), shrunk.program.operations.size(),
             shrunk.executions, elapsed.count(),
             shrunk.is_minimal ? "no single step makes it simpler"
                               : "stopped by --executions, it may become simpler yet");
  return kOk;
}

}  // namespace

void AddShrink(CLI::App& app, int& status) {
  CLI::App* const command = app.add_subcommand(
      "shrink",
      "Makes a failing program as small and plain as it gets while it fails with the same\n"
      "signature. Writes nothing where the program does not fail. Exit status: 0, or 2 where\n"
      "something cannot be read or written.");
  const auto options = std::make_shared<ShrinkOptions>();
  AddFindingOptions(*command, options->finding);
  command
      ->add_option("-o", options->output,
                   "Where the result goes, as text if the name ends in .ops; - is text on\n"
                   "standard output")
      ->capture_default_str();
  command
      ->add_option("--executions", options->executions_max,
                   "How many programs may be tried; then the simplest so far is the result")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  command->callback([options, &status] { status = Shrink(*options); });
}

}  // namespace flatcheck::cli
