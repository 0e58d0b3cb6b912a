#include "fuzz/mutants/kill_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

namespace flatcheck {

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// The least value that so much of them does not exceed.
template <class T>
T Quantile(std::vector<T> values, std::size_t percent) {
  if (values.empty()) return {};
  const std::size_t count = std::max<std::size_t>((values.size() * percent + 99) / 100, 1);
  const auto last = values.begin() + static_cast<std::ptrdiff_t>(count - 1);
  std::nth_element(values.begin(), last, values.end());
  return *last;
}

template <class T>
T Median(std::vector<T> values) {
  return Quantile(std::move(values), 50);
}

std::string MostFrequent(const std::vector<std::string>& words) {
  std::map<std::string, std::size_t> counts;
  for (const std::string& word : words) ++counts[word];
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& counted) { return counted.second; });
  return most == counts.end() ? std::string() : most->first;
}

MutantKills KillsOf(const Mutant& mutant, const std::vector<TrialResult>& results) {
  MutantKills kills{.mutant = mutant};
  std::vector<double> seconds;
  std::vector<std::uint64_t> executions;
  std::vector<std::string> signatures;
  for (const TrialResult& result : results) {
    if (result.mutant != mutant.name) continue;
    ++kills.trials;
    kills.is_reached |= result.is_reached;
    kills.is_infected |= result.is_infected;
    seconds.push_back(result.is_found ? result.seconds : kNever);
    if (!result.is_found) continue;
    ++kills.found;
    executions.push_back(result.executions);
    signatures.push_back(result.signature);
    const bool is_shorter = kills.operations_least == 0 ||
                            (result.operations != 0 && result.operations < kills.operations_least);
    if (is_shorter) kills.operations_least = result.operations;
  }
  if (seconds.empty()) return kills;
  kills.seconds_median = Median(seconds);
  kills.seconds_worst = *std::ranges::max_element(seconds);
  kills.executions_median = Median(executions);
  kills.signature = MostFrequent(signatures);
  return kills;
}

bool Survives(const MutantKills& k) { return k.found < k.trials; }

std::string_view HowFar(const MutantKills& k) {
  if (k.found != 0) return "found by some seeds";
  if (!k.is_reached) return "never reached";
  return k.is_infected ? "infected" : "reached, never infected";
}

std::string Row(const MutantKills& k) {
  return fmt::format("{:>3}/{:<3} {:>8.2f} {:>8.2f} {:>10} {:>4}  {:36} {:10} {}\n", k.found,
                     k.trials, k.seconds_median, k.seconds_worst, k.executions_median,
                     k.operations_least, k.mutant.name, k.mutant.origin, k.signature);
}

std::string Summary(const std::vector<MutantKills>& kills) {
  const auto by_none = std::ranges::count(kills, std::size_t{0}, &MutantKills::found);
  std::vector<double> medians;
  medians.reserve(kills.size());
  for (const MutantKills& k : kills) medians.push_back(k.seconds_median);
  return fmt::format(
      "{} mutants: {} found by every seed, {} by some, {} by none; median {:.2f} s of CPU, nine in "
      "ten within {:.2f} s\n",
      kills.size(), kills.size() - CountSurvivors(kills),
      CountSurvivors(kills) - static_cast<std::size_t>(by_none), by_none, Median(medians),
      Quantile(medians, 90));
}

}  // namespace

std::vector<MutantKills> KillTable(std::span<const Mutant> mutants,
                                   const std::vector<TrialResult>& results) {
  std::vector<MutantKills> table;
  for (const Mutant& mutant : mutants) {
    MutantKills kills = KillsOf(mutant, results);
    if (kills.trials != 0) table.push_back(std::move(kills));
  }
  std::ranges::stable_sort(table, {}, &MutantKills::seconds_median);
  return table;
}

std::size_t CountSurvivors(const std::vector<MutantKills>& kills) {
  return static_cast<std::size_t>(std::ranges::count_if(kills, Survives));
}

std::string Print(const std::vector<MutantKills>& kills) {
  if (kills.empty()) return "no mutants\n";
  std::string text =
      fmt::format("{:>7} {:>8} {:>8} {:>10} {:>4}  {:36} {:10} {}\n", "found", "median s",
                  "worst s", "executions", "left", "mutant", "origin", "signature");
  for (const MutantKills& k : kills) text += Row(k);
  if (CountSurvivors(kills) != 0) text += "\nSurvivors:\n";
  for (const MutantKills& k : kills) {
    if (!Survives(k)) continue;
    text += fmt::format("  {} ({}, {}): {}\n    {}\n", k.mutant.name, k.mutant.file,
                        k.mutant.origin, HowFar(k), k.mutant.what);
  }
  return text + '\n' + Summary(kills);
}

}  // namespace flatcheck
