#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "fuzz/cli/commands.h"
#include "fuzz/cli/finding.h"
#include "fuzz/cli/streams.h"

namespace flatcheck::cli {
namespace {

struct CheckOptions {
  FindingOptions finding;
  std::optional<std::string> signature;
};

int Check(const CheckOptions& options) {
  const auto read = ReadFinding(options.finding.path);
  if (const auto* error = std::get_if<FileError>(&read)) {
    Complain(error->message);
    return kUnusable;
  }
  const ProgramText& text = std::get<ProgramText>(read);
  const auto failure = GuardedDifferentialOf(options.finding.timeout_seconds).Check(text.program);
  const std::string found = failure ? ToString(failure->signature) : "does not fail";
  if (!WriteOut(found + '\n')) return kUnusable;
  if (!failure) return kDisagrees;
  return options.signature.value_or(found) == found ? kOk : kDisagrees;
}

}  // namespace

void AddCheck(CLI::App& app, int& status) {
  CLI::App* const command = app.add_subcommand(
      "check",
      "Says how a program fails, in one word: its signature. For cvise, shrinkray and git bisect.\n"
      "Exit status: 0 it fails with the signature asked for, 1 it fails otherwise or not at all,\n"
      "2 it cannot be read.");
  const auto options = std::make_shared<CheckOptions>();
  AddFindingOptions(*command, options->finding);
  command->add_option("--signature", options->signature,
                      "The signature that counts; without it any does");
  command->callback([options, &status] { status = Check(*options); });
}

}  // namespace flatcheck::cli
