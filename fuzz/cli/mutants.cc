#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
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
  unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
  std::string json;
  std::string svg;
  std::string binaries = std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
};

bool HasMutants() {
  if (!Mutants().empty()) return true;
  Complain(
      "this build has no mutants: cmake --preset mutants && cmake --build --preset mutants, then "
      "build/mutants/bin/flatcheck mutants");
  return false;
}

int List() {
  if (!HasMutants()) return kUnusable;
  std::string text;
  for (const Mutant& m : Mutants()) {
    text += fmt::format("{:36} {:10} {:32} {}\n", m.name, m.origin, m.file, m.what);
  }
  return WriteOut(text) ? kOk : kUnusable;
}

// Those named, or all; none and a complaint where a name is nobody's.
std::vector<Mutant> Chosen(const std::vector<std::string>& names) {
  const std::span<const Mutant> all = Mutants();
  if (names.empty()) return {all.begin(), all.end()};
  std::vector<Mutant> chosen;
  for (const std::string& name : names) {
    const auto mutant = std::ranges::find(all, name, &Mutant::name);
    if (mutant == all.end()) {
      Complain(name + ": no mutant has that name; flatcheck mutants list tells which there are");
      return {};
    }
    chosen.push_back(*mutant);
  }
  return chosen;
}

// A file is complete or as it was.
bool WriteFile(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
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
  Campaign(const MutantsOptions& options, std::vector<Mutant> mutants)
      : options_(options), mutants_(std::move(mutants)) {}

  // Takes the results of an earlier run, if there are any. Returns false after a complaint.
  bool Resume() {
    std::ifstream stream(options_.json, std::ios::binary);
    if (options_.json.empty() || !stream) return true;
    const std::string json{std::istreambuf_iterator<char>(stream), {}};
    auto parsed = ParseTrialResults(json);
    if (const auto* error = std::get_if<std::string>(&parsed)) {
      Complain(options_.json + ": " + *error);
      return false;
    }
    results_ = std::move(std::get<std::vector<TrialResult>>(parsed));
    return true;
  }

  bool Run() {
    PlanTrials();
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < options_.jobs; ++i) workers.emplace_back([this] { Work(); });
    workers.clear();
    std::error_code ignored;
    std::filesystem::remove(scratch_, ignored);
    return !has_failed_;
  }

  const std::vector<TrialResult>& results() const { return results_; }
  const std::vector<Mutant>& mutants() const { return mutants_; }

 private:
  // The first seed of all mutants comes first: a run that is interrupted has seen each.
  void PlanTrials() {
    for (std::uint32_t seed = 1; seed <= options_.seeds; ++seed) {
      for (const Mutant& mutant : mutants_) {
        if (IsDone(mutant, seed)) continue;
        plans_.push_back({.mutant = std::string(mutant.name),
                          .seed = seed,
                          .seconds_max = options_.seconds,
                          .binaries = options_.binaries,
                          .scratch = scratch_ / std::to_string(plans_.size())});
      }
    }
  }

  // An earlier result that may become another one is forgotten.
  bool IsDone(const Mutant& mutant, std::uint32_t seed) {
    const auto same = std::ranges::find_if(results_, [&](const TrialResult& result) {
      return result.mutant == mutant.name && result.seed == seed;
    });
    if (same == results_.end()) return false;
    if (same->is_found || same->seconds_max >= options_.seconds) return true;
    results_.erase(same);
    return false;
  }

  void Work() {
    try {
      for (std::size_t i = next_++; i < plans_.size(); i = next_++) Take(RunTrial(plans_[i]));
    } catch (const std::exception& error) {
      const std::scoped_lock lock(mutex_);
      Complain(error.what());
      has_failed_ = true;
    }
  }

  void Take(const TrialResult& result) {
    const std::scoped_lock lock(mutex_);
    results_.push_back(result);
    ++done_;
    fmt::print(stderr, "{}/{} {} seed {}: {} in {:.2f} s\n", done_, plans_.size(), result.mutant,
               result.seed, result.is_found ? result.signature : "not found", result.seconds);
    if (!WriteFile(options_.json, ToJson(results_))) has_failed_ = true;
  }

  const MutantsOptions& options_;
  const Path scratch_ =
      std::filesystem::temp_directory_path() / fmt::format("mutants-{}", getpid());
  std::vector<Mutant> mutants_;
  std::vector<TrialPlan> plans_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;  // Of what is below.
  std::vector<TrialResult> results_;
  std::size_t done_ = 0;
  bool has_failed_ = false;
};

int RunMutants(const MutantsOptions& options) {
  if (!HasMutants()) return kUnusable;
  if (!HasTargets(options.binaries)) {
    Complain(options.binaries + ": expected a folder that holds flatcheck and fuzz targets");
    return kUnusable;
  }
  std::vector<Mutant> chosen = Chosen(options.names);
  if (chosen.empty()) return kUnusable;
  Campaign campaign(options, std::move(chosen));
  if (!campaign.Resume() || !campaign.Run()) return kUnusable;
  const auto kills = KillTable(campaign.mutants(), campaign.results());
  const std::string curves = SurvivalCurves(campaign.mutants(), campaign.results());
  if (!WriteFile(options.svg, curves) || !WriteOut(Print(kills))) return kUnusable;
  return CountSurvivors(kills) == 0 ? kOk : kDisagrees;
}

void AddRunOptions(CLI::App& command, MutantsOptions& options) {
  command.add_option("NAME", options.names, "The mutants to look for; without any, all");
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
                     "Where results are kept; what the file has is not done again");
  command.add_option("--svg", options.svg, "Where survival curves are drawn");
  command
      .add_option("--bin", options.binaries,
                  "The folder of flatcheck and the fuzz targets, of this build's mutants")
      ->capture_default_str();
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
      "Exit status: 0 all found, 1 some were found by no seed, 2 it cannot be run.");
  const auto options = std::make_shared<MutantsOptions>();
  AddRunOptions(*run, *options);
  run->callback([options, &status] { status = RunMutants(*options); });
}

}  // namespace flatcheck::cli
