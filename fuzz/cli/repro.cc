#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>

#include "fuzz/cli/commands.h"
#include "fuzz/cli/finding.h"
#include "fuzz/cli/streams.h"
#include "fuzz/executor.h"
#include "fuzz/reference_machine.h"
#include "fuzz/repro/reproduction.h"

namespace flatcheck::cli {
namespace {

// FILE.ops and FILE both become FILE_repro.ops and so on: no program is overwritten.
Path Beside(const Path& file, std::string_view ending) {
  Path stem = file.extension() == ".ops" ? Path(file).replace_extension() : file;
  return stem += ending;
}

int Repro(const FindingOptions& options) {
  const Path file = options.path;
  if (file == "-") {
    Complain("-: found standard input, expected a file that others can be written next to");
    return kUnusable;
  }
  const auto read = ReadFinding(file);
  if (const auto* error = std::get_if<FileError>(&read)) {
    Complain(error->message);
    return kUnusable;
  }
  const ProgramText& text = std::get<ProgramText>(read);
  const GuardedDifferential differential = GuardedDifferentialOf(options.timeout_seconds);
  const auto failure = differential.Check(text.program);
  if (!failure) {
    fmt::print(stderr, "{}: does not fail\n", options.path);
    return kOk;
  }
  ReferenceMachine reference;
  const Trace expect = Run(SafePart(text.program, *failure), reference);
  const Reproduction reproduction{text, *failure, expect,
                                  differential.FreeOperands(text.program, *failure)};
  const std::array<Output, 3> outputs{
      Output{Beside(file, "_repro.ops"), CommentedProgram(reproduction)},
      Output{Beside(file, "_test.cc"), GoogleTest(reproduction)},
      Output{Beside(file, "_qemu.c"), QemuCalls(reproduction)}};
  if (const auto error = WriteFiles(outputs)) {
    Complain(error->message);
    return kUnusable;
  }
  for (const auto& [path, content] : outputs) {
    if (!WriteOut(path.string() + '\n')) return kUnusable;
  }
  return kOk;
}

}  // namespace

void AddRepro(CLI::App& app, int& status) {
  CLI::App* const command = app.add_subcommand(
      "repro",
      "Writes a failing program next to it as FILE_repro.ops, with a comment for each operation;\n"
      "as FILE_test.cc, a GoogleTest of the engine alone; and as FILE_qemu.c, the same calls of\n"
      "QEMU's memory API. Replaces such files and prints their names. Writes nothing where the\n"
      "program does not fail. Exit status: 0, or 2 where something cannot be read or written.");
  const auto options = std::make_shared<FindingOptions>();
  AddFindingOptions(*command, *options);
  command->callback([options, &status] { status = Repro(*options); });
}

}  // namespace flatcheck::cli
