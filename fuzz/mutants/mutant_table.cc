#include "fuzz/mutants/mutant_table.h"

#include <algorithm>
#include <filesystem>
#include <map>

namespace flatcheck {

namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

class Table {
 public:
  explicit Table(const std::string& path) : path_(path) {}

  // Returns whether the line is understood.
  bool Take(std::string_view line) {
    line = Trimmed(line);
    if (line.empty() || line.front() == '#') return true;
    const std::size_t end = std::min(line.find_first_of(kBlank), line.size());
    const std::string_view word = line.substr(0, end);
    const std::string value(Trimmed(line.substr(end)));
    if (word == "file") {
      file_ = value;
      return true;
    }
    if (word == "mutant") {
      mutants.push_back({.name = value, .group = group(), .file = file_});
      return true;
    }
    if (word == "also" && !mutants.empty()) {
      MutantText same = mutants.back();
      same.file = value;
      same.after = same.right = same.wrong = {};
      mutants.push_back(same);
      return true;
    }
    const auto field = fields.find(word);
    if (field == fields.end() || mutants.empty()) return false;
    mutants.back().*field->second = value;
    return true;
  }

  std::vector<MutantText> mutants;

 private:
  static inline const std::map<std::string_view, std::string MutantText::*> fields{
      {"origin", &MutantText::origin}, {"what", &MutantText::what},
      {"after", &MutantText::after},   {"right", &MutantText::right},
      {"wrong", &MutantText::wrong},   {"effects", &MutantText::effects},
  };

  std::string group() const { return std::filesystem::path(path_).stem().string(); }

  const std::string& path_;
  std::string file_;
};

}  // namespace

std::variant<std::vector<MutantText>, std::string> ParseMutants(const std::string& path,
                                                                std::string_view text) {
  Table table(path);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (!table.Take(line)) {
      return path + ":" + std::to_string(number) + ": found \"" + std::string(line) +
             "\", expected file, mutant, origin, what, after, right, wrong, effects or also";
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  for (const MutantText& mutant : table.mutants) {
    const bool is_whole = !mutant.name.empty() && !mutant.file.empty() && !mutant.origin.empty() &&
                          !mutant.what.empty() && !mutant.right.empty();
    if (!is_whole) return path + ": " + mutant.name + " lacks file, origin, what or right";
  }
  return table.mutants;
}

}  // namespace flatcheck
