#include <fmt/core.h>

#include <memory>
#include <string>

#include "fuzz/cli/commands.h"
#include "fuzz/cli/program_file.h"
#include "fuzz/cli/streams.h"
#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/reference_machine.h"
#include "fuzz/trace_text.h"

namespace flatcheck::cli {
namespace {

struct TraceOptions {
  std::string machine = "engine";
  std::string file;
};

std::unique_ptr<Machine> NewMachine(const std::string& name) {
  if (name == "reference") return std::make_unique<ReferenceMachine>();
  return std::make_unique<EngineMachine>();
}

int PrintTraceOf(const TraceOptions& options) {
  const auto read = ReadProgram(options.file);
  if (const auto* error = std::get_if<FileError>(&read)) {
    Complain(error->message);
    return kUnusable;
  }
  const auto& text = std::get<ProgramText>(read);
  const std::unique_ptr<Machine> machine = NewMachine(options.machine);
  return WriteOut(PrintTrace(text, Run(text.program, *machine))) ? kOk : kUnusable;
}

}  // namespace

void AddTrace(CLI::App& app, int& status) {
  CLI::App* const command =
      app.add_subcommand("trace", "Runs a program and prints what the map did, step by step.");
  const auto options = std::make_shared<TraceOptions>();
  command->add_option("--machine", options->machine, "Who runs it: engine (default) or reference")
      ->check(CLI::IsMember({"engine", "reference"}))
      ->type_name("NAME");
  command
      ->add_option("FILE", options->file,
                   "A program: text (.ops, or - for standard input) or bytes")
      ->required();
  command->callback([options, &status] { status = PrintTraceOf(*options); });
}

}  // namespace flatcheck::cli
