// plant ROOT OUT TABLE...: copies the sources below ROOT that mutants of the tables are of, with
// these planted, to OUT, and writes there the list of the mutants. What would not change is left
// alone; whatever else is in OUT goes. Exit status: 0, or 2 with one line that says why not.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/mutants/mutant_choice.h"
#include "fuzz/mutants/mutant_table.h"
#include "fuzz/mutants/planting.h"

namespace {

using flatcheck::MutantText;
using Path = std::filesystem::path;

constexpr const char* kList = "fuzz/mutants/mutant_list.cc";

std::optional<std::string> Read(const Path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) return std::nullopt;
  return text.str();
}

bool WriteIfNew(const Path& path, const std::string& text) {
  if (Read(path) == text) return true;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream stream(path, std::ios::binary);
  return static_cast<bool>(stream << text << std::flush);
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') quoted += '\\';
    quoted += letter;
  }
  return quoted + '"';
}

std::string ListSource(const std::vector<MutantText>& mutants) {
  std::string text =
      "#include \"fuzz/mutants/mutant_list.h\"\n\nnamespace flatcheck {\n\n"
      "std::span<const Mutant> Mutants() {\n  static constexpr Mutant kMutants[] = {\n";
  std::string_view last;
  for (const MutantText& m : mutants) {
    if (std::exchange(last, m.name) == m.name) continue;
    text += "      {" + Quoted(m.name) + ", " + Quoted(m.group) + ", " + Quoted(m.file) + ", " +
            Quoted(m.origin) + ", " + Quoted(m.what) + "},\n";
  }
  return text + "  };\n  return kMutants;\n}\n\n}  // namespace flatcheck\n";
}

// Says what is wrong, if anything is.
std::string CheckNames(const std::vector<MutantText>& mutants) {
  std::map<std::uint32_t, std::string> numbers{{0, "none"}};
  std::string_view last;
  for (const MutantText& mutant : mutants) {
    if (std::exchange(last, mutant.name) == mutant.name) continue;
    const auto [other, is_new] = numbers.emplace(flatcheck::MutantNumber(mutant.name), mutant.name);
    if (!is_new) return mutant.name + ": the name of another, or its number: " + other->second;
  }
  return {};
}

std::string ReadTables(int count, char** paths, std::vector<MutantText>& mutants) {
  for (int i = 0; i < count; ++i) {
    const auto text = Read(paths[i]);
    if (!text) return std::string(paths[i]) + ": cannot be read";
    auto parsed = flatcheck::ParseMutants(paths[i], *text);
    if (const auto* error = std::get_if<std::string>(&parsed)) return *error;
    auto& table = std::get<std::vector<MutantText>>(parsed);
    std::move(table.begin(), table.end(), std::back_inserter(mutants));
  }
  return CheckNames(mutants);
}

std::string CopyFile(const Path& root, const Path& out, const std::string& name,
                     const std::vector<MutantText>& mutants) {
  const auto text = Read(root / name);
  if (!text) return name + ": cannot be read";
  const auto planted = flatcheck::Plant(name, *text, mutants);
  if (!planted.error.empty()) return planted.error;
  const std::string& copy = name == kList ? ListSource(mutants) : planted.source;
  return WriteIfNew(out / name, copy) ? std::string() : name + ": its copy cannot be written";
}

void RemoveOthers(const Path& out, const std::set<std::string>& names) {
  std::vector<Path> others;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out)) {
    const std::string name = entry.path().lexically_relative(out).generic_string();
    if (!entry.is_directory() && !names.contains(name)) others.push_back(entry.path());
  }
  for (const Path& other : others) std::filesystem::remove(other);
}

std::string CopySources(const Path& root, const Path& out, const std::vector<MutantText>& mutants) {
  std::set<std::string> names{kList};
  for (const MutantText& mutant : mutants) {
    if (!std::filesystem::exists(root / mutant.file)) {
      return mutant.name + ": no file " + mutant.file;
    }
    names.insert(mutant.file);
  }
  for (const std::string& name : names) {
    std::string error = CopyFile(root, out, name, mutants);
    if (!error.empty()) return error;
  }
  RemoveOthers(out, names);
  return {};
}

// Says what is wrong, if anything is.
std::string Run(int argument_count, char** arguments) {
  if (argument_count < 3) return "usage: plant ROOT OUT TABLE...";
  try {
    std::vector<MutantText> mutants;
    const std::string error = ReadTables(argument_count - 3, arguments + 3, mutants);
    return error.empty() ? CopySources(arguments[1], arguments[2], mutants) : error;
  } catch (const std::exception& exception) {
    return exception.what();
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::string error = Run(argument_count, arguments);
  if (error.empty()) return 0;
  std::fprintf(stderr, "plant: %s\n", error.c_str());
  return 2;
}
