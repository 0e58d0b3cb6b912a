#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/cli/commands.h"
#include "fuzz/cli/streams.h"
#include "fuzz/mutants/kill_table.h"
#include "fuzz/mutants/mutant_list.h"
#include "fuzz/mutants/trial.h"
#include "fuzz/mutants/trial_results.h"

namespace flatcheck::cli {
namespace {

using Path = std::filesystem::path;

struct MutantsOptions {
  std::vector<std::string> names;
  std::uint32_t seeds = 5;
  double seconds = 60;
  std::string without;
  unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
  std::string json;
  std::string svg;
};

bool HasMutants() {
  if (!Mutants().empty()) return true;
  Complain(
      "this build has no mutants: cmake --preset mutants && cmake --build --preset mutants, then "
      "build/mutants/bin/flatcheck mutants");
  return false;
}

bool IsFault(const Mutant& mutant) { return !mutant.name.starts_with(kLeavesOut); }

int List() {
  if (!HasMutants()) return kUnusable;
  std::string text;
  for (const Mutant& m : Mutants()) {
    if (!IsFault(m)) continue;
    text += fmt::format("{:36} {:10} {:32} {}\n", m.name, m.origin, m.file, m.what);
  }
  return WriteOut(text) ? kOk : kUnusable;
}

// An oracle that can be left out, or none; otherwise there is a complaint.
bool KnowsOracle(const std::string& oracle) {
  std::string known;
  for (const Mutant& m : Mutants()) {
    if (IsFault(m)) continue;
    if (m.name == std::string(kLeavesOut) + oracle) return true;
    known += fmt::format(" {}", m.name.substr(kLeavesOut.size()));
  }
  if (oracle.empty()) return true;
  Complain(fmt::format("{}: no oracle has that name; expected one of{}", oracle, known));
  return false;
}

// Those named, or all that trials can find; none and a complaint where a name is of no such.
std::vector<Mutant> Chosen(const std::vector<std::string>& names) {
  const std::span<const Mutant> all = Mutants();
  std::vector<Mutant> chosen;
  if (names.empty()) {
    std::ranges::copy_if(all, std::back_inserter(chosen), [](const Mutant& mutant) {
      return IsFault(mutant) && mutant.group != kOnHost;
    });
  }
  for (const std::string& name : names) {
    const auto mutant = std::ranges::find(all, name, &Mutant::name);
    if (mutant == all.end() || !IsFault(*mutant)) {
      Complain(name + ": no mutant has that name; flatcheck mutants list tells which there are");
      return {};
    }
    if (mutant->group == kOnHost) {
      Complain(name + ": the host's kernel alone shows it; ci/mutants.sh --oracles looks for it");
      return {};
    }
    const bool is_new = std::ranges::count(chosen, name, &Mutant::name) == 0;
    if (is_new) chosen.push_back(*mutant);
  }
  return chosen;
}

// A file is complete or as it was.
bool WriteFile(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  std::ofstream stream(fresh, std::ios::binary);
  std::error_code error;
  if (stream << text << std::flush) std::filesystem::rename(fresh, path, error);
  if (stream && !error) return true;
  Complain(path + ": cannot be written");
  return false;
}

// Runs the trials that are left to do, a number of them at once.
class Campaign {
 public:
  Campaign(const MutantsOptions& options, Path binaries, std::vector<Mutant> mutants)
      : options_(options), binaries_(std::move(binaries)), mutants_(std::move(mutants)) {}

  // Takes the results of an earlier run, if there are any. Returns false after a complaint.
  bool Resume() {
    if (options_.json.empty()) return true;
    kept_.programs = DigestOfPrograms(binaries_);
    if (!std::filesystem::exists(options_.json)) return true;
    std::ifstream stream(options_.json, std::ios::binary);
    if (!stream) return Refuse("cannot be read");
    const std::string json{std::istreambuf_iterator<char>(stream), {}};
    auto parsed = ParseTrialResults(json);
    if (const auto* error = std::get_if<std::string>(&parsed)) return Refuse(*error);
    auto& earlier = std::get<TrialResults>(parsed);
    if (earlier.programs != kept_.programs) {
      return Refuse("has results of another build: delete it, or give another file");
    }
    kept_ = std::move(earlier);
    return true;
  }

  // Returns false after a complaint.
  bool Run() {
    if (!Write() || !WriteCurves()) return false;
    PlanTrials();
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < options_.jobs; ++i) workers.emplace_back([this] { Work(); });
    workers.clear();
    std::error_code ignored;
    std::filesystem::remove(scratch_, ignored);
    return !has_failed_;
  }

  bool WriteCurves() const {
    return options_.svg.empty() || WriteFile(options_.svg, SurvivalCurves(mutants_, Asked()));
  }

  std::vector<MutantKills> Kills() const { return KillTable(mutants_, Asked()); }

 private:
  bool Refuse(const std::string& why) const {
    Complain(options_.json + ": " + why);
    return false;
  }

  bool Write() const { return options_.json.empty() || WriteFile(options_.json, ToJson(kept_)); }

  // The results of the seeds that this run is of.
  std::vector<TrialResult> Asked() const {
    std::vector<TrialResult> asked;
    std::ranges::copy_if(kept_.results, std::back_inserter(asked), [this](const TrialResult& r) {
      return r.seed <= options_.seeds && IsAnswer(r);
    });
    return asked;
  }

  // Whether a trial with this run's time would have come to the same.
  bool IsAnswer(const TrialResult& result) const {
    return result.is_found ? result.seconds <= options_.seconds
                           : result.seconds_max >= options_.seconds;
  }

  // The first seed of all mutants comes first: a run that is interrupted has seen each.
  void PlanTrials() {
    for (std::uint32_t seed = 1; seed <= options_.seeds; ++seed) {
      for (const Mutant& mutant : mutants_) {
        if (IsDone(mutant, seed)) continue;
        plans_.push_back({.mutant = std::string(mutant.name),
                          .seed = seed,
                          .seconds_max = options_.seconds,
                          .without = options_.without,
                          .binaries = binaries_,
                          .scratch = scratch_ / std::to_string(plans_.size())});
      }
    }
  }

  bool IsDone(const Mutant& mutant, std::uint32_t seed) const {
    return std::ranges::any_of(kept_.results, [&](const TrialResult& result) {
      return result.mutant == mutant.name && result.seed == seed && IsAnswer(result);
    });
  }

  void Work() {
    try {
      for (std::size_t i = next_++; i < plans_.size(); i = next_++) Take(RunTrial(plans_[i]));
    } catch (const std::exception& error) {
      const std::scoped_lock lock(mutex_);
      if (!has_failed_) Complain(error.what());
      Stop();
    }
  }

  void Take(const TrialResult& result) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(kept_.results, [&](const TrialResult& earlier) {
      return earlier.mutant == result.mutant && earlier.seed == result.seed;
    });
    kept_.results.push_back(result);
    ++done_;
    fmt::print(stderr, "{}/{} {} seed {}: {} in {:.2f} s\n", done_, plans_.size(), result.mutant,
               result.seed, Outcome(result), result.seconds);
    if (!has_failed_ && !Write()) Stop();
  }

  static std::string Outcome(const TrialResult& result) {
    if (result.is_found) return result.signature;
    return result.signature.empty() ? "not found" : "not found: " + result.signature;
  }

  // Trials that run come to their end, no others begin.
  void Stop() {
    has_failed_ = true;
    next_ = plans_.size();
  }

  const MutantsOptions& options_;
  const Path binaries_;
  const Path scratch_ =
      std::filesystem::temp_directory_path() / fmt::format("mutants-{}", getpid());
  const std::vector<Mutant> mutants_;
  std::vector<TrialPlan> plans_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;  // Of what is below.
  TrialResults kept_;
  std::size_t done_ = 0;
  bool has_failed_ = false;
};

int RunMutants(const MutantsOptions& options) {
  if (!HasMutants()) return kUnusable;
  const Path binaries = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  if (!HasPrograms(binaries)) {
    Complain(binaries.string() + ": expected the fuzz targets beside flatcheck");
    return kUnusable;
  }
  std::vector<Mutant> chosen = Chosen(options.names);
  if (chosen.empty() || !KnowsOracle(options.without)) return kUnusable;
  Campaign campaign(options, binaries, std::move(chosen));
  if (!campaign.Resume() || !campaign.Run()) return kUnusable;
  const auto kills = campaign.Kills();
  if (!WriteOut(Print(kills)) || !campaign.WriteCurves()) return kUnusable;
  return CountSurvivors(kills) == 0 ? kOk : kDisagrees;
}

void AddRunOptions(CLI::App& command, MutantsOptions& options) {
  command.add_option("NAME", options.names,
                     "The mutants to look for; without any, all that a fake kernel shows");
  command.add_option("--seeds", options.seeds, "How often each is looked for, with other seeds")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--seconds", options.seconds, "Seconds of CPU after which one survives")
      ->check(CLI::Range(0.1, 100'000.0))
      ->capture_default_str();
  command.add_option("--jobs", options.jobs, "How many are looked for at a time")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--json", options.json,
                     "Where results are kept; what the file has of this build is not done again");
  command
      .add_option("--without", options.without,
                  "An oracle that is left out: what survives, that one alone finds")
      ->excludes("--json");
  command.add_option("--svg", options.svg, "Where survival curves are drawn");
}

}  // namespace

void AddMutants(CLI::App& app, int& status) {
  CLI::App* const command =
      app.add_subcommand("mutants", "Measures how soon fuzzing finds faults that are planted");
  command->require_subcommand(1);
  command->add_subcommand("list", "Prints the mutants that this build has, one a line")
      ->callback([&status] { status = List(); });
  CLI::App* const run = command->add_subcommand(
      "run",
      "Fuzzes each mutant from nothing until a target reports, and prints a table of how soon.\n"
      "Exit status: 0 every seed found all, 1 a mutant survived a seed, 2 it cannot be run.");
  const auto options = std::make_shared<MutantsOptions>();
  AddRunOptions(*run, *options);
  run->callback([options, &status] { status = RunMutants(*options); });
}

}  // namespace flatcheck::cli
