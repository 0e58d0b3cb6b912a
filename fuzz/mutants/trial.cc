#include "fuzz/mutants/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "fuzz/mutants/fuzz_process.h"
#include "fuzz/mutants/mutant_list.h"

namespace flatcheck {

namespace {

using Path = std::filesystem::path;

// The codec is no part of what mutants are planted in.
constexpr std::array<std::string_view, 4> kTargets{"map_fuzzer", "listener_fuzzer", "memory_fuzzer",
                                                   "kvm_fuzzer"};
constexpr std::string_view kFlatcheck = "flatcheck";
constexpr auto kLookEvery = std::chrono::milliseconds(10);

// Each execution that hangs takes seconds.
constexpr int kShrinkExecutionsMax = 3000;
constexpr int kHangExecutionsMax = 10;
constexpr auto kShrinkFor = std::chrono::seconds(60);

// Statuses of a FuzzProcess; libFuzzer's own for an input that takes too long.
constexpr int kHung = 70;
constexpr int kNotRun = 127;
constexpr int kKilled = 128 + SIGKILL;

std::string ReadAll(const Path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// libFuzzer's own total where it lived to print one, otherwise the number of its last status line.
std::uint64_t ExecutionsIn(const std::string& log) {
  static constexpr std::string_view kTotal = "stat::number_of_executed_units:";
  if (const std::size_t at = log.find(kTotal); at != std::string::npos) {
    return std::strtoull(log.c_str() + at + kTotal.size(), nullptr, 10);
  }
  const std::size_t last = log.rfind("\n#");
  return last == std::string::npos ? 0 : std::strtoull(log.c_str() + last + 2, nullptr, 10);
}

// What a target printed of a failure that no program shows again: an oracle's words, wherever in
// the program, or the sanitizer's.
std::string HeadlineIn(const std::string& log) {
  static const std::regex oracle("\n([a-z_]+ \\([^)\n]*\\)) at (line [0-9]+|the end):");
  static const std::regex sanitizer("SUMMARY: [^\n]*|Assertion [^\n]* failed|ERROR: [^\n]*");
  std::smatch match;
  if (std::regex_search(log, match, oracle)) return match.str(1);
  return std::regex_search(log, match, sanitizer) ? match.str().substr(0, 60) : "no report";
}

std::string LastLine(std::string_view log) {
  log = log.substr(0, log.find_last_not_of('\n') + 1);
  return std::string(log.substr(log.rfind('\n') + 1));
}

// What a program is like that ends and says nothing of the mutant.
std::runtime_error NoVerdict(std::string_view program, int status, const std::string& log) {
  const std::string line = LastLine(log);
  return std::runtime_error(fmt::format("{} ended with status {} and no verdict: {}", program,
                                        status, line.empty() ? "it printed nothing" : line));
}

std::vector<Path> ProgramsIn(const Path& binaries) {
  std::vector<Path> programs{binaries / kFlatcheck};
  for (const std::string_view name : kTargets) programs.push_back(binaries / name);
  return programs;
}

class Trial {
 public:
  explicit Trial(const TrialPlan& plan) : plan_(plan) {
    std::filesystem::remove_all(plan_.scratch);
    std::filesystem::create_directories(plan_.scratch);
    result_.mutant = plan.mutant;
    result_.seed = plan.seed;
    result_.seconds_max = plan.seconds_max;
  }
  ~Trial() {
    processes_.clear();
    std::error_code ignored;
    std::filesystem::remove_all(plan_.scratch, ignored);
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  TrialResult Run() {
    Start();
    while (!finder_ && CpuSeconds() < plan_.seconds_max) {
      std::this_thread::sleep_for(kLookEvery);
      Look();
    }
    for (const auto& process : processes_) process->Kill();
    for (const auto& process : processes_) process->Wait();
    result_.seconds = CpuSeconds();
    const std::string notes = ReadAll(plan_.scratch / "notes");
    result_.is_reached = notes.find("reached") != std::string::npos;
    result_.is_infected = notes.find("infected") != std::string::npos;
    for (const std::string& target : targets_) result_.executions += ExecutionsIn(LogOf(target));
    if (finder_ && result_.seconds <= plan_.seconds_max) Judge();
    return result_;
  }

 private:
  void Start() {
    for (const std::string_view name : kTargets) {
      targets_.emplace_back(name);
      processes_.push_back(std::make_unique<FuzzProcess>(FuzzCommand(targets_.back())));
    }
  }

  // Further words follow those that all runs of a target have.
  Command TargetCommand(const std::string& target, const std::string& mutant,
                        const Path& output) const {
    Command command{.words = {(plan_.binaries / target).string(), "-timeout=5"},
                    .environment = Environment(mutant),
                    .output = output.string()};
    // Options of the target itself; libFuzzer passes over them.
    if (target == "kvm_fuzzer") command.words.emplace_back("--kvm=fake");
    return command;
  }

  Command FuzzCommand(const std::string& target) const {
    Command command = TargetCommand(target, plan_.mutant, plan_.scratch / (target + ".log"));
    command.words.insert(command.words.end(), {"-max_len=2048", "-print_final_stats=1",
                                               fmt::format("-seed={}", plan_.seed),
                                               "-exact_artifact_path=" + InputOf(target)});
    return command;
  }

  std::vector<std::string> Environment(const std::string& mutant) const {
    return {"FLATCHECK_MUTANT=" + mutant,
            fmt::format("FLATCHECK_WITHOUT={}{}", plan_.without.empty() ? "" : kLeavesOut,
                        plan_.without),
            "FLATCHECK_MUTANT_NOTE=" + (plan_.scratch / "notes").string(),
            "ASAN_OPTIONS=symbolize=0", "UBSAN_OPTIONS=symbolize=0"};
  }

  std::string InputOf(const std::string& target) const {
    return (plan_.scratch / (target + ".input")).string();
  }
  std::string LogOf(const std::string& target) const {
    return ReadAll(plan_.scratch / (target + ".log"));
  }

  double CpuSeconds() const {
    double seconds = 0;
    for (const auto& process : processes_) seconds += process->CpuSeconds();
    return seconds;
  }

  // A target ends where it has found something, or where something is wrong with it.
  void Look() {
    for (std::size_t i = 0; i < processes_.size() && !finder_; ++i) {
      if (!processes_[i]->HasEnded()) continue;
      if (!std::filesystem::exists(InputOf(targets_[i]))) {
        throw NoVerdict(targets_[i], processes_[i]->Wait(), LogOf(targets_[i]));
      }
      finder_ = i;
    }
  }

  // Time that runs out, on a busy machine, and memory are no faults of the mutant's own accord.
  void Judge() {
    result_.target = targets_[*finder_];
    if (Fails(result_.target, "")) {
      result_.signature = "fails without the mutant, too: " + HeadlineIn(ReadAll(replay_log_));
    } else if (!Fails(result_.target, plan_.mutant)) {
      result_.signature = "does not fail again";
    } else {
      result_.is_found = true;
      result_.signature = HeadlineIn(LogOf(result_.target));
      Shrink(InputOf(result_.target), processes_[*finder_]->Wait() == kHung);
    }
  }

  // Whether the target fails on its input again, with that mutant.
  bool Fails(const std::string& target, const std::string& mutant) const {
    Command command = TargetCommand(target, mutant, replay_log_);
    // Without libFuzzer's thread that watches memory: LeakSanitizer must not meet it half begun.
    command.words.emplace_back("-rss_limit_mb=0");
    command.words.push_back(InputOf(target));
    const int status = FuzzProcess(command).Wait();
    if (status == kNotRun || status == kKilled)
      throw NoVerdict(target, status, ReadAll(replay_log_));
    return status != 0;
  }

  // Its last line is `SIGNATURE: 12 operations to 3 in ...`.
  void Shrink(const std::string& input, bool is_hang) {
    const Path printed = plan_.scratch / "shrink.log";
    const int executions_max = is_hang ? kHangExecutionsMax : kShrinkExecutionsMax;
    FuzzProcess process({.words = {(plan_.binaries / kFlatcheck).string(), "shrink", "--timeout",
                                   "2", "--executions", std::to_string(executions_max), input, "-o",
                                   (plan_.scratch / "bug.ops").string()},
                         .environment = Environment(plan_.mutant),
                         .output = printed.string()});
    const auto end = std::chrono::steady_clock::now() + kShrinkFor;
    while (!process.HasEnded() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(kLookEvery);
    }
    process.Kill();
    const int status = process.Wait();
    const std::string text = ReadAll(printed);
    if (status == kNotRun) throw NoVerdict(kFlatcheck, status, text);
    static const std::regex verdict("([^\\s:]+): [0-9]+ operations? to ([0-9]+) in");
    std::smatch match;
    if (!std::regex_search(text, match, verdict)) return;
    result_.signature = match.str(1);
    result_.operations = std::strtoull(match.str(2).c_str(), nullptr, 10);
  }

  const TrialPlan& plan_;
  const Path replay_log_ = plan_.scratch / "replay.log";
  TrialResult result_;
  std::vector<std::string> targets_;
  std::vector<std::unique_ptr<FuzzProcess>> processes_;
  std::optional<std::size_t> finder_;
};

}  // namespace

TrialResult RunTrial(const TrialPlan& plan) { return Trial(plan).Run(); }

bool HasPrograms(const Path& binaries) {
  return std::ranges::all_of(ProgramsIn(binaries), [](const Path& program) {
    return std::filesystem::is_regular_file(program);
  });
}

std::string DigestOfPrograms(const Path& binaries) {
  std::uint64_t digest = 0;
  std::vector<char> block(std::size_t{1} << 20);
  for (const Path& program : ProgramsIn(binaries)) {
    std::ifstream stream(program, std::ios::binary);
    std::size_t size = 0;
    do {
      stream.read(block.data(), static_cast<std::streamsize>(block.size()));
      size = static_cast<std::size_t>(stream.gcount());
      digest = digest * 1099511628211u + std::hash<std::string_view>()({block.data(), size});
    } while (size == block.size());
    if (!stream.eof()) throw std::runtime_error(program.string() + ": cannot be read");
  }
  return fmt::format("{:016x}", digest);
}

}  // namespace flatcheck
