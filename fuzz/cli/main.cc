// flatcheck: runs programs on the engine and the reference, and compares.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <string>

#include "fuzz/cli/commands.h"
#include "fuzz/cli/streams.h"
#include "fuzz/mutants/mutant_list.h"

namespace {

using namespace flatcheck::cli;

constexpr const char* kVersion = "flatcheck 0.1, byte format 1";

// Help and version are output; all else that ends the reading of a command line is bad usage.
int Answer(const CLI::App& app, const CLI::ParseError& request) {
  if (request.get_exit_code() == 0) {
    std::ostringstream text;
    app.exit(request, text, text);
    return WriteOut(text.str()) ? kOk : kUnusable;
  }
  std::string message = request.what();
  std::ranges::replace(message, '\n', ' ');
  Complain(message + " (flatcheck --help tells more)");
  return kUnusable;
}

// A fault that sleeps on would look like one that no program shows.
bool WakesWhatItShould() {
  const char* const name = std::getenv("FLATCHECK_MUTANT");
  if (name == nullptr || *name == '\0') return true;
  if (std::ranges::count(flatcheck::Mutants(), name, &flatcheck::Mutant::name) != 0) return true;
  Complain(std::string("FLATCHECK_MUTANT: this build has no mutant ") + name);
  return false;
}

int Run(int argument_count, const char* const* arguments) {
  CLI::App app("Runs guest memory map programs on the engine and on the reference, and compares.",
               "flatcheck");
  int status = kOk;
  AddTrace(app, status);
  AddMap(app, status);
  AddKvm(app, status);
  AddReplay(app, status);
  AddEnumerate(app, status);
  AddCheck(app, status);
  AddShrink(app, status);
  AddRepro(app, status);
  AddExplain(app, status);
  AddConvert(app, status);
  AddMutants(app, status);
  app.require_subcommand(1);
  app.set_version_flag("--version", kVersion);
  for (CLI::App* const command : app.get_subcommands({})) {
    command->set_version_flag("--version", kVersion);
  }
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::ParseError& request) {
    return Answer(app, request);
  }
  return status;
}

}  // namespace

int main(int argument_count, char** arguments) {
  // A reader that leaves early is an error of writing, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    if (!WakesWhatItShould()) return kUnusable;
    return Run(argument_count, arguments);
  } catch (const std::exception& error) {  // Such as memory that ran out.
    std::fprintf(stderr, "flatcheck: %s\n", error.what());
    return kUnusable;
  }
}
