#include "fuzz/mutants/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <regex>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

#include "fuzz/mutants/fuzz_process.h"

namespace flatcheck {

namespace {

using Path = std::filesystem::path;

// The codec is no part of what mutants are planted in.
constexpr std::array<std::string_view, 4> kTargets{"map_fuzzer", "listener_fuzzer", "memory_fuzzer",
                                                   "kvm_fuzzer"};
constexpr auto kLookEvery = std::chrono::milliseconds(10);
constexpr int kShrinkExecutionsMax = 3000;

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
    std::error_code ignored;
    std::filesystem::remove_all(plan_.scratch, ignored);
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  TrialResult Run() {
    Start();
    while (!finder_ && CpuSeconds() < plan_.seconds_max && !processes_.empty()) {
      std::this_thread::sleep_for(kLookEvery);
      Look();
    }
    for (const auto& process : processes_) process->Kill();
    for (const auto& process : processes_) process->Wait();
    result_.seconds = CpuSeconds();
    result_.is_reached = std::filesystem::exists(plan_.scratch / "reached");
    for (const std::string& target : targets_) result_.executions += ExecutionsIn(LogOf(target));
    if (finder_) TellFinding();
    return result_;
  }

 private:
  void Start() {
    for (const std::string_view name : kTargets) {
      const Path program = plan_.binaries / name;
      if (!std::filesystem::exists(program)) continue;
      targets_.emplace_back(name);
      processes_.push_back(std::make_unique<FuzzProcess>(FuzzCommand(targets_.back())));
    }
  }

  Command FuzzCommand(const std::string& target) const {
    Command command{
        .words = {(plan_.binaries / target).string(), "-max_len=2048", "-entropic=0", "-timeout=5",
                  "-print_final_stats=1", fmt::format("-seed={}", plan_.seed),
                  "-exact_artifact_path=" + InputOf(target)},
        .environment = Environment(),
        .output = (plan_.scratch / (target + ".log")).string()};
    // Options of the target itself; libFuzzer passes over them.
    if (target == "kvm_fuzzer") command.words.emplace_back("--kvm=fake");
    return command;
  }

  std::vector<std::string> Environment() const {
    return {"FLATCHECK_MUTANT=" + plan_.mutant,
            "FLATCHECK_MUTANT_NOTE=" + (plan_.scratch / "reached").string(),
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

  // A target that ends has found something.
  void Look() {
    for (std::size_t i = 0; i < processes_.size() && !finder_; ++i) {
      if (processes_[i]->HasEnded()) finder_ = i;
    }
  }

  void TellFinding() {
    const std::string& target = targets_[*finder_];
    result_.target = target;
    result_.is_found = std::filesystem::exists(InputOf(target));
    const std::string log = LogOf(target);
    result_.signature = HeadlineIn(log);
    if (result_.is_found) Shrink(InputOf(target));
  }

  // Its last line is `SIGNATURE: 12 operations to 3 in ...`.
  void Shrink(const std::string& input) {
    const Path printed = plan_.scratch / "shrink.log";
    FuzzProcess process({.words = {(plan_.binaries / "flatcheck").string(), "shrink", "--timeout",
                                   "2", "--executions", std::to_string(kShrinkExecutionsMax), input,
                                   "-o", (plan_.scratch / "bug.ops").string()},
                         .environment = Environment(),
                         .output = printed.string()});
    process.Wait();
    const std::string text = ReadAll(printed);
    static const std::regex verdict("([^\\s:]+): [0-9]+ operations? to ([0-9]+) in");
    std::smatch match;
    if (!std::regex_search(text, match, verdict)) return;
    result_.signature = match.str(1);
    result_.operations = std::strtoull(match.str(2).c_str(), nullptr, 10);
  }

  const TrialPlan& plan_;
  TrialResult result_;
  std::vector<std::string> targets_;
  std::vector<std::unique_ptr<FuzzProcess>> processes_;
  std::optional<std::size_t> finder_;
};

}  // namespace

TrialResult RunTrial(const TrialPlan& plan) { return Trial(plan).Run(); }

bool HasTargets(const Path& binaries) {
  return std::ranges::any_of(
             kTargets,
             [&](std::string_view name) { return std::filesystem::exists(binaries / name); }) &&
         std::filesystem::exists(binaries / "flatcheck");
}

}  // namespace flatcheck
