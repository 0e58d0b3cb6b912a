#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

// The programs that shrinking went on from, the simplest at the end.
struct Descent {
  std::vector<Program> programs;
  std::size_t executions = 0;
  bool is_minimal = false;
  double milliseconds = 0;
};

Descent Descend(const Program& program, const Failure& failure,
                const GuardedDifferential& differential, std::size_t executions_max) {
  Descent descent{{program}};
  Progress progress;
  const auto start = Clock::now();
  const Shrunk shrunk =
      differential.Shrink(program, failure, executions_max, [&](const Shrunk& best) {
        progress.Show(best);
        descent.programs.push_back(best.program);
      });
  const std::chrono::duration<double, std::milli> elapsed = Clock::now() - start;
  if (descent.programs.back() != shrunk.program) descent.programs.push_back(shrunk.program);
  descent.executions = shrunk.executions;
  descent.is_minimal = shrunk.is_minimal;
  descent.milliseconds = elapsed.count();
  return descent;
}

// Goes back to the simplest program that fails once more in the same way, if there is one.
std::optional<Failure> GoBack(Descent& descent, const Signature& signature,
                              const GuardedDifferential& differential) {
  while (!descent.programs.empty()) {
    auto failure = differential.Check(descent.programs.back());
    if (failure && failure->signature == signature) return failure;
    descent.programs.pop_back();
  }
  return std::nullopt;
}

std::string Verdict(const Descent& descent, std::size_t unsteady) {
  if (unsteady > 0) return fmt::format("{} simpler ones did not fail again", unsteady);
  return descent.is_minimal ? "no single step makes it simpler"
                            : "stopped by --executions, it may become simpler yet";
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
  Descent descent = Descend(program, *failure, differential, options.executions_max);
  const std::size_t steps = descent.programs.size();
  const std::string signature = ToString(failure->signature);
  const auto again = GoBack(descent, failure->signature, differential);
  if (!again) {
    Complain(fmt::format("{}: failed as {} once and not again", options.finding.path, signature));
    return kUnusable;
  }
  const Program& simplest = descent.programs.back();
  const std::string content = Title(options.output, *again) + InFormOf(options.output, simplest);
  if (!Write(options.output, content)) return kUnusable;
  fmt::print(stderr, "{}: {} to {} in {} executions, {:.1f} ms; {}\n", signature,
             Operations(program.operations.size()), simplest.operations.size(), descent.executions,
             descent.milliseconds, Verdict(descent, steps - descent.programs.size()));
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
