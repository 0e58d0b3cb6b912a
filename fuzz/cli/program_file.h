// A program file holds one program as text or as bytes, whichever its name says: `.ops` files are
// text, as are standard input and output, named `-`; all others are bytes, such as what libFuzzer
// leaves.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "fuzz/program_text.h"

namespace flatcheck::cli {

using Path = std::filesystem::path;

// One line: the file, the place in it, what was found and what was expected.
struct FileError {
  std::string message;
};

bool IsText(const Path& path);

std::variant<std::string, FileError> ReadFile(const Path& path);

// The program with its own names and lines; a program from bytes gets canonical ones.
std::variant<ProgramText, FileError> ReadProgram(const Path& path);

// As text or as bytes, whichever the name says.
std::string InFormOf(const Path& path, const Program& program);

// Writes all of the file or leaves it as it was.
std::optional<FileError> WriteFile(const Path& path, std::string_view content);

// Writes the file, or standard output where the name is `-`. Complains if that does not work.
[[nodiscard]] bool Write(const Path& path, std::string_view content);

}  // namespace flatcheck::cli
