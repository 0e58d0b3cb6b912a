#include <memory>
#include <string>

#include "fuzz/cli/commands.h"
#include "fuzz/cli/program_file.h"
#include "fuzz/cli/streams.h"

namespace flatcheck::cli {
namespace {

struct ConvertOptions {
  std::string in;
  std::string out;
};

int Convert(const ConvertOptions& options) {
  const auto read = ReadProgram(options.in);
  if (const auto* error = std::get_if<FileError>(&read)) {
    Complain(error->message);
    return kUnusable;
  }
  const std::string content = InFormOf(options.out, std::get<ProgramText>(read).program);
  return Write(options.out, content) ? kOk : kUnusable;
}

}  // namespace

void AddConvert(CLI::App& app, int& status) {
  CLI::App* const command = app.add_subcommand(
      "convert",
      "Writes a program in its other form, or in the canonical spelling of the same. A name that\n"
      "ends in .ops, or -, is text; any other is bytes. Comments and names are not kept.");
  const auto options = std::make_shared<ConvertOptions>();
  command->add_option("IN", options->in, "The program to read")->required();
  command->add_option("OUT", options->out, "The file to write; it is replaced as a whole")
      ->required();
  command->callback([options, &status] { status = Convert(*options); });
}

}  // namespace flatcheck::cli
