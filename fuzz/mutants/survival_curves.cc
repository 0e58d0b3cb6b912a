#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "fuzz/mutants/kill_table.h"

namespace flatcheck {

namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 360;
constexpr double kMargin = 50;
constexpr double kSecondsMin = 0.1;
// As many as there are tables, `without` left out, and one for all, at least.
constexpr std::array kColours{"#222222", "#1f77b4", "#d62728", "#2ca02c", "#9467bd",
                              "#ff7f0e", "#8c564b", "#e377c2", "#17becf", "#bcbd22"};

// The times at which trials found their mutants, and how many trials there were.
struct Curve {
  std::vector<double> found;
  std::size_t trials = 0;
};

class Chart {
 public:
  explicit Chart(double seconds_max) : seconds_max_(std::max(seconds_max, 1.0)) {}

  double X(double seconds) const {
    const double share = std::log(std::clamp(seconds, kSecondsMin, seconds_max_) / kSecondsMin) /
                         std::log(seconds_max_ / kSecondsMin);
    return kMargin + share * kWidth;
  }
  static double Y(double share) { return kMargin + (1 - share) * kHeight; }

  std::string Axes() const {
    std::string svg;
    for (int percent = 0; percent <= 100; percent += 25) {
      svg += fmt::format(
          "<path d=\"M{0} {1:.1f}H{2}\" stroke=\"#ddd\"/><text x=\"{3}\" y=\"{1:.1f}\" "
          "text-anchor=\"end\" dy=\"4\">{4}%</text>\n",
          kMargin, Y(percent / 100.0), kMargin + kWidth, kMargin - 6, percent);
    }
    for (double seconds = kSecondsMin; seconds <= seconds_max_; seconds *= 10) {
      svg += fmt::format(
          "<path d=\"M{0:.1f} {1}V{2}\" stroke=\"#ddd\"/><text x=\"{0:.1f}\" y=\"{3}\" "
          "text-anchor=\"middle\">{4:g} s</text>\n",
          X(seconds), kMargin, kMargin + kHeight, kMargin + kHeight + 16, seconds);
    }
    return svg;
  }

  // Steps down at each find.
  std::string Line(Curve curve, const char* colour) const {
    std::ranges::sort(curve.found);
    std::string path = fmt::format("M{:.1f} {:.1f}", X(kSecondsMin), Y(1));
    const auto trials = static_cast<double>(curve.trials);
    for (std::size_t i = 0; i < curve.found.size(); ++i) {
      path += fmt::format("H{:.1f}V{:.1f}", X(curve.found[i]),
                          Y(1 - static_cast<double>(i + 1) / trials));
    }
    path += fmt::format("H{:.1f}", X(seconds_max_));
    return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>\n", path,
                       colour);
  }

 private:
  double seconds_max_;
};

std::string Legend(std::size_t row, const std::string& group, const char* colour,
                   std::size_t trials) {
  const double y = kMargin + 14 + 16 * static_cast<double>(row);
  return fmt::format(
      "<text x=\"{}\" y=\"{:.0f}\" text-anchor=\"end\" fill=\"{}\">{} ({} trials)</text>\n",
      kMargin + kWidth - 6, y, colour, group, trials);
}

}  // namespace

std::string SurvivalCurves(std::span<const Mutant> mutants,
                           const std::vector<TrialResult>& results) {
  std::map<std::string_view, std::string_view> groups;
  for (const Mutant& mutant : mutants) groups[mutant.name] = mutant.group;
  std::map<std::string, Curve> curves;
  double seconds_max = 1;
  for (const TrialResult& result : results) {
    const auto group = groups.find(result.mutant);
    if (group == groups.end()) continue;
    seconds_max = std::max(seconds_max, result.seconds_max);
    for (const std::string& name : {std::string("all"), std::string(group->second)}) {
      ++curves[name].trials;
      if (result.is_found) curves[name].found.push_back(result.seconds);
    }
  }
  const Chart chart(seconds_max);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<title>Share of trials whose mutant is not "
      "found yet, over CPU time</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<text x=\"{2}\" y=\"24\" font-size=\"14\">Mutants not found yet, over CPU time</text>\n",
      kWidth + 2 * kMargin, kHeight + 2 * kMargin, kMargin);
  svg += chart.Axes();
  std::size_t row = 0;
  for (const auto& [name, curve] : curves) {
    const char* const colour = kColours[row % kColours.size()];
    svg += chart.Line(curve, colour) + Legend(row++, name, colour, curve.trials);
  }
  return svg + "</svg>\n";
}

}  // namespace flatcheck
