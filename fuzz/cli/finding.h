// A finding is a program that may fail: what fuzzers leave, and what people make of it.

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "fuzz/cli/program_file.h"
#include "fuzz/failure.h"
#include "fuzz/guarded_differential.h"

namespace CLI {
class App;
}

namespace flatcheck::cli {

// What commands about findings have in common.
struct FindingOptions {
  std::string path;
  double timeout_seconds = 5;

  GuardedDifferential Differential() const;
};

// FILE and --timeout. REQUIRES: the options outlive the command.
void AddFindingOptions(CLI::App& command, FindingOptions& options);

// As ReadProgram; of bytes only as many operations as fuzz targets run.
std::variant<ProgramText, FileError> ReadFinding(const Path& path);

}  // namespace flatcheck::cli
