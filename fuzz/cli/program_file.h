// A program file holds one program as text or as bytes, whichever its name says: `.ops` files are
// text, as are standard input and output, named `-`; all others are bytes, such as what libFuzzer
// leaves.

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
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

// Of more than bytes_max it is an error.
std::variant<std::string, FileError> ReadFile(const Path& path, std::size_t bytes_max);

// The program with its own names and lines. A program from bytes gets canonical ones, and ends
// after so many operations.
std::variant<ProgramText, FileError> ReadProgram(const Path& path,
                                                 std::size_t operations_of_bytes_max = SIZE_MAX);

// As text or as bytes, whichever the name says.
std::string InFormOf(const Path& path, const Program& program);

struct Output {
  Path path;
  std::string content;
};

// Writes all of all files or leaves each as it was.
std::optional<FileError> WriteFiles(std::span<const Output> outputs);

// Writes the file, or standard output where the name is `-`. Complains if that does not work.
[[nodiscard]] bool Write(const Path& path, std::string_view content);

}  // namespace flatcheck::cli
