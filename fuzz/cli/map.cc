#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/print/e820.h"
#include "engine/print/iomem.h"
#include "engine/print/json.h"
#include "engine/print/mtree.h"
#include "engine/print/svg.h"
#include "fuzz/cli/commands.h"
#include "fuzz/cli/program_file.h"
#include "fuzz/cli/streams.h"
#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/printable.h"

namespace flatcheck::cli {
namespace {

using engine::AddressSpace;
using engine::SpaceList;

struct MapOptions {
  std::string file;
  std::optional<std::string> space;  // Nothing for all.
  std::string format = "mtree";
  bool disabled = false;
  std::string output = "-";
};

bool IsOfOneSpace(const std::string& format) {
  return format == "e820" || format == "iomem" || format == "svg";
}

std::string NamesOf(const SpaceList& spaces) {
  std::vector<std::string> names;
  for (const AddressSpace* space : spaces) {
    const std::string name = Printable(space->name());
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names.empty() ? "a program with one" : fmt::format("{}", fmt::join(names, ", "));
}

// The one that the name means: a name that a refused `asdestroy` left free may have been given
// again.
const AddressSpace* Newest(const SpaceList& spaces, const std::string& name) {
  const auto found = std::find_if(spaces.rbegin(), spaces.rend(),
                                  [&](const AddressSpace* space) { return space->name() == name; });
  return found == spaces.rend() ? nullptr : *found;
}

// The spaces to print, or what is wrong with the choice.
std::variant<SpaceList, FileError> Choose(const SpaceList& all, const MapOptions& options) {
  if (options.space) {
    if (const AddressSpace* space = Newest(all, *options.space)) return SpaceList{space};
    return FileError{fmt::format("{}: found no address space '{}', expected {}", options.file,
                                 Printable(*options.space), NamesOf(all))};
  }
  if (!IsOfOneSpace(options.format) || all.size() == 1) return all;
  return FileError{fmt::format("{}: found {} address spaces, expected {}", options.file, all.size(),
                               all.empty() ? NamesOf(all) : "--as " + NamesOf(all))};
}

std::string Print(const SpaceList& spaces, const MapOptions& options) {
  using enum engine::DisabledRegions;
  if (options.format == "mtree") return PrintTrees(spaces, options.disabled ? kShown : kLeftOut);
  if (options.format == "mtree-flat") {
    return PrintFlatViews(spaces, engine::DispatchTrees::kLeftOut);
  }
  if (options.format == "mtree-dispatch") {
    return PrintFlatViews(spaces, engine::DispatchTrees::kShown);
  }
  if (options.format == "json") return PrintJson(spaces);
  const AddressSpace& space = *spaces.front();
  if (options.format == "e820") return PrintE820(space.view());
  return options.format == "iomem" ? PrintIomem(space) : PrintSvg(space);
}

int PrintMap(const MapOptions& options) {
  if (options.disabled && options.format != "mtree") {
    Complain("--disabled: found --format " + options.format + ", expected mtree");
    return kUnusable;
  }
  const auto read = ReadProgram(options.file);
  if (const auto* error = std::get_if<FileError>(&read)) {
    Complain(error->message);
    return kUnusable;
  }
  const auto& text = std::get<ProgramText>(read);
  EngineMachine machine(&text.names);
  Run(text.program, machine);
  const auto chosen = Choose(engine::AllSpaces(machine.map()), options);
  if (const auto* error = std::get_if<FileError>(&chosen)) {
    Complain(error->message);
    return kUnusable;
  }
  return Write(options.output, Print(std::get<SpaceList>(chosen), options)) ? kOk : kUnusable;
}

}  // namespace

void AddMap(CLI::App& app, int& status) {
  CLI::App* const command = app.add_subcommand(
      "map",
      "Runs a program on the engine and prints the map as it stands at the end; within an open\n"
      "transaction views as published, the tree as it is.");
  const auto options = std::make_shared<MapOptions>();
  command
      ->add_option(
          "--format", options->format,
          "mtree (default), mtree-flat or mtree-dispatch: as QEMU's `info mtree`, with -f,\n"
          "with -f -d; e820 or iomem: as a guest's firmware or kernel lists it; json; svg: a "
          "picture")
      ->check(
          CLI::IsMember({"mtree", "mtree-flat", "mtree-dispatch", "e820", "iomem", "json", "svg"}))
      ->type_name("NAME");
  command
      ->add_option("--as", options->space,
                   "The address space to print; else all, but e820, iomem and svg print one")
      ->type_name("NAME");
  command->add_flag("--disabled", options->disabled, "mtree shows disabled regions, too");
  command->add_option("-o", options->output, "The file to write; - is standard output (default)");
  command
      ->add_option("FILE", options->file,
                   "A program: text (.ops, or - for standard input) or bytes")
      ->required();
  command->callback([options, &status] { status = PrintMap(*options); });
}

}  // namespace flatcheck::cli
