// A finding is a program that may fail: what fuzzers leave, and what people make of it.

#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "fuzz/cli/program_file.h"
#include "fuzz/failure.h"
#include "fuzz/guarded_differential.h"

namespace flatcheck::cli {

inline constexpr double kTimeoutSeconds = 5;

// --timeout. REQUIRES: the seconds outlive the command.
void AddTimeout(CLI::App& command, double& seconds);

GuardedDifferential GuardedDifferentialOf(double timeout_seconds);

// What commands about one finding have in common.
struct FindingOptions {
  std::string path;
  double timeout_seconds = kTimeoutSeconds;
};

// FILE and --timeout. REQUIRES: the options outlive the command.
void AddFindingOptions(CLI::App& command, FindingOptions& options);

// As ReadProgram; of bytes only as many operations as fuzz targets run. An empty program is an
// error.
std::variant<ProgramText, FileError> ReadFinding(const Path& path);

// What both machines are known to live through: the operations up to the failing step, without it
// if it crashes or hangs.
Program SafePart(const Program& program, const Failure& failure);

}  // namespace flatcheck::cli
