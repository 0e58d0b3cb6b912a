#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <variant>

#include "fuzz/cli/commands.h"
#include "fuzz/cli/finding.h"
#include "fuzz/cli/program_file.h"
#include "fuzz/cli/streams.h"
#include "fuzz/enumerate/enumeration.h"
#include "fuzz/enumerate/exhausted_text.h"
#include "fuzz/enumerate/exhaustion.h"
#include "fuzz/report.h"
#include "fuzz/virtual_machines.h"

namespace flatcheck::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kStateBytesMax = std::size_t{1} << 24;
constexpr std::size_t kShrinkExecutionsMax = 10'000;

struct EnumerateOptions {
  std::string scope;
  std::size_t jobs = 0;
  std::string state;
  std::string output = "enumerated.ops";
  bool only_counts = false;
  double timeout_seconds = kTimeoutSeconds;
};

volatile std::sig_atomic_t interrupted = 0;

void Interrupt(int) { interrupted = 1; }

// 12,345,678.
std::string Grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, ",");
  return digits;
}

Differential UnderFakeKvm() {
  return UnderKvm(Oracles::kAll, std::make_shared<VirtualMachines>(VirtualMachines::Kernel::kFake));
}

std::string ReportOf(const Program& program, const Failure& failure) {
  const ProgramText text = Spell(program);
  if (IsDisagreement(failure)) {  // It ended well in a child, and does so here.
    Differential differential = UnderFakeKvm();
    differential.AskEverything();
    if (const auto wrong = differential.Check(program)) {
      return Report(text, {differential.expect(), differential.actual()}, *wrong, Colour::kNone);
    }
  }
  return Report(text, failure);
}

// One run of the command.
class EnumerateRun {
 public:
  EnumerateRun(const EnumerateOptions& options, const Scope& scope)
      : options_(options),
        enumeration_(scope),
        state_file_(options.state.empty() ? fmt::format("enumerate-{}.state", scope.name)
                                          : options.state),
        exhausted_{.done = std::vector<bool>(enumeration_.size())} {}

  int Count() const;
  int Enumerate();

 private:
  bool IdentifyBuild();
  bool Resume();
  bool GoOn();
  void Tell() const;
  [[nodiscard]] bool Save() const;
  int Stop() const;
  int Finish(std::size_t differences) const;
  int Show(const Program& program) const;

  const EnumerateOptions& options_;
  const Enumeration enumeration_;
  const Path state_file_;
  std::uint64_t build_ = 0;  // Digest of this program.
  Exhausted exhausted_;
  std::uint64_t programs_before_ = 0;  // And seconds, of the runs that this one goes on from.
  double seconds_before_ = 0;
  Clock::time_point next_look_ = Clock::now() + kLookEvery;

  static constexpr std::chrono::seconds kLookEvery{10};
};

int EnumerateRun::Count() const {
  std::uint64_t count = 0;
  for (std::size_t unit = 0; unit < enumeration_.size(); ++unit) {
    for (Enumerator programs = enumeration_.At(unit); programs.Next();) ++count;
  }
  const std::string_view name = enumeration_.scope().name;
  return WriteOut(fmt::format("scope {}: {} programs\n", name, Grouped(count))) ? kOk : kUnusable;
}

int EnumerateRun::Enumerate() {
  if (!IdentifyBuild()) return kUnusable;
  if (!options_.state.empty() && !Resume()) return kUnusable;
  const std::chrono::duration<double> stall_max(options_.timeout_seconds);
  Exhaustion exhaustion(enumeration_, UnderFakeKvm(),
                        std::chrono::duration_cast<std::chrono::milliseconds>(stall_max));
  const std::size_t jobs =
      options_.jobs != 0 ? options_.jobs : std::max(1U, std::thread::hardware_concurrency());
  std::signal(SIGINT, Interrupt);
  std::signal(SIGTERM, Interrupt);
  const auto program = exhaustion.Run(exhausted_, jobs, [this] { return GoOn(); });
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  if (program) return Show(*program);
  return std::ranges::count(exhausted_.done, false) == 0 ? Finish(0) : Stop();
}

bool EnumerateRun::IdentifyBuild() {
  const auto read = ReadFile("/proc/self/exe", SIZE_MAX);
  if (const auto* unreadable = std::get_if<FileError>(&read)) {
    Complain(unreadable->message);
    return false;
  }
  build_ = DigestOf(std::get<std::string>(read));
  return true;
}

// From the state file, if there is one.
bool EnumerateRun::Resume() {
  std::error_code error;
  if (!std::filesystem::exists(state_file_, error)) return true;
  const auto read = ReadFile(state_file_, kStateBytesMax);
  if (const auto* unreadable = std::get_if<FileError>(&read)) {
    Complain(unreadable->message);
    return false;
  }
  auto exhausted = ParseExhausted(enumeration_, build_, std::get<std::string>(read));
  if (!exhausted) {
    Complain(
        fmt::format("{}: found something else, expected what this build of flatcheck keeps of "
                    "scope {}",
                    state_file_.string(), enumeration_.scope().name));
    return false;
  }
  exhausted_ = std::move(*exhausted);
  programs_before_ = exhausted_.programs;
  seconds_before_ = exhausted_.seconds;
  return true;
}

bool EnumerateRun::GoOn() {
  if (interrupted != 0) return false;
  if (Clock::now() < next_look_) return true;
  next_look_ = Clock::now() + kLookEvery;
  Tell();
  return Save();
}

void EnumerateRun::Tell() const {
  const auto done = std::ranges::count(exhausted_.done, true);
  const double seconds = exhausted_.seconds - seconds_before_;
  const auto programs = static_cast<double>(exhausted_.programs - programs_before_);
  fmt::print(stderr, "scope {}: {} programs, {:.0f} programs/s, {:.1f} %\n",
             enumeration_.scope().name, Grouped(exhausted_.programs),
             seconds > 0 ? programs / seconds : 0,
             100.0 * static_cast<double>(done) / static_cast<double>(enumeration_.size()));
}

// A half-written state would lose what is done.
bool EnumerateRun::Save() const {
  const Output output{state_file_, PrintExhausted(enumeration_, build_, exhausted_)};
  const auto error = WriteFiles({&output, 1});
  if (error) Complain(error->message);
  return !error;
}

int EnumerateRun::Stop() const {
  Tell();
  if (!Save()) return kUnusable;
  Complain(fmt::format("interrupted; flatcheck enumerate --scope {} --resume {} goes on",
                       enumeration_.scope().name, state_file_.string()));
  return kUnusable;
}

int EnumerateRun::Finish(std::size_t differences) const {
  std::error_code error;
  if (differences == 0) std::filesystem::remove(state_file_, error);
  const bool written = WriteOut(fmt::format(
      "scope {}: {} programs, {} difference{}, {:.0f} s\n", enumeration_.scope().name,
      Grouped(exhausted_.programs), differences, differences == 1 ? "" : "s", exhausted_.seconds));
  if (differences > 0) return kDisagrees;
  return written ? kOk : kUnusable;
}

// What the program shows, and what is left of it.
int EnumerateRun::Show(const Program& program) const {
  const GuardedDifferential guarded = GuardedDifferentialOf(options_.timeout_seconds);
  const auto failure = guarded.Check(program);
  if (!failure) {
    Complain(fmt::format("this failed once and not again:\n{}", Print(program)));
    return Finish(1);
  }
  const Shrunk shrunk = guarded.Shrink(program, *failure, kShrinkExecutionsMax);
  if (!WriteOut(ReportOf(program, *failure))) return kUnusable;
  if (!Write(options_.output, InFormOf(options_.output, shrunk.program))) return kUnusable;
  const bool written =
      WriteOut(fmt::format("{}: {} of {} operations\n", options_.output,
                           shrunk.program.operations.size(), program.operations.size()));
  return written ? Finish(1) : kUnusable;
}

int Enumerate(const EnumerateOptions& options) {
  EnumerateRun run(options, *FindScope(options.scope));
  return options.only_counts ? run.Count() : run.Enumerate();
}

}  // namespace

void AddEnumerate(CLI::App& app, int& status) {
  CLI::App* const command = app.add_subcommand(
      "enumerate",
      "Runs every program up to a bound on engine and reference, each in one form only, and asks\n"
      "every oracle, under KVM with a fake kernel. Ends with the first difference, which it\n"
      "reports and shrinks. Exit status: 0 no difference, 1 a difference, 2 interrupted, or a "
      "file\n"
      "cannot be read or written.");
  const auto options = std::make_shared<EnumerateOptions>();
  command
      ->add_option("--scope", options->scope,
                   "How much: S takes seconds, M minutes, L half an hour")
      ->required()
      ->check(CLI::IsMember({"S", "M", "L"}));
  command->add_option("--jobs", options->jobs, "Processes at once; one for each core if not given")
      ->check(CLI::Range(1, 1024));
  command->add_option("--resume", options->state,
                      "Where the state is kept, and taken from if it is there; without this\n"
                      "option enumerate-SCOPE.state, which is not read");
  command->add_option("-o", options->output, "Where the shrunken program of a difference goes")
      ->capture_default_str();
  command->add_flag("--count", options->only_counts, "Counts the programs and runs none");
  AddTimeout(*command, options->timeout_seconds);
  command->callback([options, &status] { status = Enumerate(*options); });
}

}  // namespace flatcheck::cli
