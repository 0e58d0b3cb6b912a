// plant ROOT OUT TABLE...: copies the sources below ROOT, with the mutants of the tables planted,
// to OUT, and writes there the list of the mutants. What would not change is left alone. Exit
// status: 0, or 2 with one line that says why not.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "fuzz/mutants/mutant_choice.h"
#include "fuzz/mutants/mutant_table.h"
#include "fuzz/mutants/planting.h"

namespace {

using flatcheck::MutantText;
using Path = std::filesystem::path;

constexpr const char* kFolders[] = {"engine", "reference", "fuzz"};
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
  for (const MutantText& m : mutants) {
    text += "      {" + Quoted(m.name) + ", " + Quoted(m.group) + ", " + Quoted(m.file) + ", " +
            Quoted(m.origin) + ", " + Quoted(m.what) + "},\n";
  }
  return text + "  };\n  return kMutants;\n}\n\n}  // namespace flatcheck\n";
}

// Says what is wrong, if anything is.
std::string CheckNames(const std::vector<MutantText>& mutants) {
  std::map<std::uint32_t, std::string> numbers{{0, "none"}};
  for (const MutantText& mutant : mutants) {
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

std::string CopyFile(const Path& root, const Path& out, const Path& file,
                     const std::vector<MutantText>& mutants) {
  const std::string name = file.lexically_relative(root).generic_string();
  const auto text = Read(file);
  if (!text) return name + ": cannot be read";
  const auto planted = flatcheck::Plant(name, *text, mutants);
  if (!planted.error.empty()) return planted.error;
  const std::string& copy = name == kList ? ListSource(mutants) : planted.source;
  return WriteIfNew(out / name, copy) ? std::string() : name + ": its copy cannot be written";
}

std::string CopySources(const Path& root, const Path& out, const std::vector<MutantText>& mutants) {
  for (const MutantText& mutant : mutants) {
    if (!std::filesystem::exists(root / mutant.file)) {
      return mutant.name + ": no file " + mutant.file;
    }
  }
  for (const char* folder : kFolders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file()) continue;
      const std::string error = CopyFile(root, out, entry.path(), mutants);
      if (!error.empty()) return error;
    }
  }
  return {};
}

}  // namespace

int main(int argument_count, char** arguments) {
  std::string error = "usage: plant ROOT OUT TABLE...";
  if (argument_count >= 3) {
    std::vector<MutantText> mutants;
    error = ReadTables(argument_count - 3, arguments + 3, mutants);
    if (error.empty()) error = CopySources(arguments[1], arguments[2], mutants);
  }
  if (error.empty()) return 0;
  std::fprintf(stderr, "plant: %s\n", error.c_str());
  return 2;
}
