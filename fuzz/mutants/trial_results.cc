#include "fuzz/mutants/trial_results.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

namespace flatcheck {

namespace {

// Words of mutants, targets and signatures; what JSON would escape is left out.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter >= ' ' && letter != '"' && letter != '\\') quoted += letter;
  }
  return quoted + '"';
}

std::string Line(const TrialResult& r) {
  return fmt::format(
      "{{\"mutant\": {}, \"seed\": {}, \"seconds_max\": {:g}, \"reached\": {}, \"found\": {}, "
      "\"seconds\": {:.3f}, \"executions\": {}, \"target\": {}, \"signature\": {}, "
      "\"operations\": {}}}",
      Quoted(r.mutant), r.seed, r.seconds_max, r.is_reached, r.is_found, r.seconds, r.executions,
      Quoted(r.target), Quoted(r.signature), r.operations);
}

// What follows the key in a line of Line's; a string without its quotes.
std::optional<std::string> ValueOf(std::string_view line, std::string_view key) {
  const std::string wanted = fmt::format("\"{}\": ", key);
  const std::size_t at = line.find(wanted);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(at + wanted.size());
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    return std::string(rest.substr(0, rest.find('"')));
  }
  return std::string(rest.substr(0, rest.find_first_of(",}")));
}

class LineReader {
 public:
  explicit LineReader(std::string_view line) : line_(line) {}

  void Read(std::string_view key, std::string& value) {
    if (const auto text = Take(key)) value = *text;
  }
  void Read(std::string_view key, bool& value) {
    if (const auto text = Take(key)) value = *text == "true";
  }
  void Read(std::string_view key, double& value) {
    if (const auto text = Take(key)) value = std::strtod(text->c_str(), nullptr);
  }
  void Read(std::string_view key, std::uint32_t& value) {
    if (const auto text = Take(key)) {
      value = static_cast<std::uint32_t>(std::strtoul(text->c_str(), nullptr, 10));
    }
  }
  void Read(std::string_view key, std::uint64_t& value) {
    if (const auto text = Take(key)) value = std::strtoull(text->c_str(), nullptr, 10);
  }
  bool lacks_one() const { return lacks_one_; }

 private:
  std::optional<std::string> Take(std::string_view key) {
    auto text = ValueOf(line_, key);
    lacks_one_ |= !text;
    return text;
  }

  std::string_view line_;
  bool lacks_one_ = false;
};

std::optional<TrialResult> ParseLine(std::string_view line) {
  TrialResult result;
  LineReader reader(line);
  reader.Read("mutant", result.mutant);
  reader.Read("seed", result.seed);
  reader.Read("seconds_max", result.seconds_max);
  reader.Read("reached", result.is_reached);
  reader.Read("found", result.is_found);
  reader.Read("seconds", result.seconds);
  reader.Read("executions", result.executions);
  reader.Read("target", result.target);
  reader.Read("signature", result.signature);
  reader.Read("operations", result.operations);
  return reader.lacks_one() ? std::nullopt : std::optional(result);
}

}  // namespace

std::string ToJson(const std::vector<TrialResult>& results) {
  std::string json = "[";
  for (const TrialResult& result : results) {
    json += json.size() == 1 ? "\n" : ",\n";
    json += Line(result);
  }
  return json + "\n]\n";
}

std::variant<std::vector<TrialResult>, std::string> ParseTrialResults(std::string_view json) {
  std::vector<TrialResult> results;
  for (std::size_t number = 1; !json.empty(); ++number) {
    const std::size_t end = std::min(json.find('\n'), json.size());
    const std::string_view line = json.substr(0, end);
    json.remove_prefix(std::min(end + 1, json.size()));
    if (!line.starts_with('{')) continue;
    const auto result = ParseLine(line);
    if (!result) return fmt::format("line {}: expected the result of a trial", number);
    results.push_back(*result);
  }
  return results;
}

}  // namespace flatcheck
