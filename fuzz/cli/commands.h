// The subcommands of flatcheck. Each adds itself to the command line and, when it is chosen, runs
// and leaves its exit status.

#pragma once

#include <CLI/CLI.hpp>

namespace flatcheck::cli {

inline constexpr int kOk = 0;
inline constexpr int kDisagrees = 1;  // What was compared or asked for differs.
inline constexpr int kUnusable = 2;   // Bad usage, unreadable input or unwritable output.

void AddCheck(CLI::App& app, int& status);
void AddConvert(CLI::App& app, int& status);
void AddEnumerate(CLI::App& app, int& status);
void AddExplain(CLI::App& app, int& status);
void AddKvm(CLI::App& app, int& status);
void AddMap(CLI::App& app, int& status);
void AddMutants(CLI::App& app, int& status);
void AddReplay(CLI::App& app, int& status);
void AddRepro(CLI::App& app, int& status);
void AddShrink(CLI::App& app, int& status);
void AddTrace(CLI::App& app, int& status);

}  // namespace flatcheck::cli
