#include "fuzz/mutants/kill_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace flatcheck {

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// The lower one of an even count.
template <class T>
T Median(std::vector<T> values) {
  if (values.empty()) return {};
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
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

std::string Row(const MutantKills& k) {
  return fmt::format("{:>3}/{:<3} {:>8.2f} {:>8.2f} {:>10} {:>4}  {:36} {:10} {}\n", k.found,
                     k.trials, k.seconds_median, k.seconds_worst, k.executions_median,
                     k.operations_least, k.mutant.name, k.mutant.origin, k.signature);
}

// What of the mutants' medians lies at that share of them.
double Quantile(const std::vector<MutantKills>& kills, double share) {
  std::vector<double> medians;
  for (const MutantKills& k : kills) medians.push_back(k.seconds_median);
  std::ranges::sort(medians);
  const auto last = static_cast<double>(medians.size() - 1);
  return medians[static_cast<std::size_t>(std::ceil(share * last))];
}

std::string Summary(const std::vector<MutantKills>& kills) {
  const auto by_all =
      std::ranges::count_if(kills, [](const MutantKills& k) { return k.found == k.trials; });
  return fmt::format(
      "{} mutants: {} found by every seed, {} by some, {} by none; median {:.2f} s of CPU, nine in "
      "ten within {:.2f} s\n",
      kills.size(), by_all, kills.size() - static_cast<std::size_t>(by_all) - CountSurvivors(kills),
      CountSurvivors(kills), Quantile(kills, 0.5), Quantile(kills, 0.9));
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
  return static_cast<std::size_t>(std::ranges::count(kills, std::size_t{0}, &MutantKills::found));
}

std::string Print(const std::vector<MutantKills>& kills) {
  if (kills.empty()) return "no mutants\n";
  std::string text =
      fmt::format("{:>7} {:>8} {:>8} {:>10} {:>4}  {:36} {:10} {}\n", "found", "median s",
                  "worst s", "executions", "left", "mutant", "origin", "signature");
  for (const MutantKills& k : kills) text += Row(k);
  if (CountSurvivors(kills) != 0) text += "\nSurvivors:\n";
  for (const MutantKills& k : kills) {
    if (k.found != 0) continue;
    text += fmt::format("  {} ({}, {}){}\n    {}\n", k.mutant.name, k.mutant.file, k.mutant.origin,
                        k.is_reached ? "" : ", never reached", k.mutant.what);
  }
  return text + '\n' + Summary(kills);
}

}  // namespace flatcheck
