#include "fuzz/cli/program_file.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

#include "fuzz/cli/streams.h"
#include "fuzz/program_codec.h"

namespace flatcheck::cli {
namespace {

constexpr std::size_t kProgramBytesMax = std::size_t{16} << 20;  // Far more than any is useful.

FileError Failed(const Path& path, std::string_view what, int reason) {
  return {fmt::format("{}: cannot be {}: {}", path.string(), what,
                      std::generic_category().message(reason))};
}

// Writes all and closes. Returns 0 or the reason why not.
int Finish(std::FILE* stream, std::string_view content) {
  const bool written = std::fwrite(content.data(), 1, content.size(), stream) == content.size();
  const int reason = errno;
  const bool closed = std::fclose(stream) == 0;
  if (!written) return reason;
  return closed ? 0 : errno;
}

// A device or a pipe cannot be replaced and takes the content as it comes.
int WriteInPlace(const Path& path, std::string_view content) {
  std::FILE* const stream = std::fopen(path.c_str(), "wb");
  return stream == nullptr ? errno : Finish(stream, content);
}

// Opens a file that was not there, next to `path`, and tells its name. Null, with errno, if it
// cannot.
std::FILE* OpenBeside(const Path& path, Path& opened) {
  constexpr int kAttempts = 100;  // Others, or a run that was killed, may have left some.
  std::FILE* stream = nullptr;
  for (int i = 0; stream == nullptr && i < kAttempts; ++i) {
    opened = path;
    opened += fmt::format(".part{}", i);
    stream = std::fopen(opened.c_str(), "wbx");
    if (stream == nullptr && errno != EEXIST) break;
  }
  return stream;
}

// Where the new content of a file waits, and where it belongs.
struct Part {
  Path path;
  Path target;
};

// Returns 0 or the reason why not; nothing is left then.
int Prepare(const Output& output, Part& part) {
  // Through a link, the file that it leads to is replaced and not the link.
  std::error_code error;
  const Path target = std::filesystem::weakly_canonical(output.path, error);
  part.target = error ? output.path : target;
  std::FILE* const stream = OpenBeside(part.target, part.path);
  if (stream == nullptr) return errno;
  const auto old = std::filesystem::status(part.target, error);
  if (std::filesystem::exists(old)) {
    std::filesystem::permissions(part.path, old.permissions(), error);
  }
  const int reason = Finish(stream, output.content);
  if (reason != 0) std::filesystem::remove(part.path, error);
  return reason;
}

}  // namespace

bool IsText(const Path& path) { return path == "-" || path.extension() == ".ops"; }

std::variant<std::string, FileError> ReadFile(const Path& path, std::size_t bytes_max) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return FileError{fmt::format("{}: found a folder, expected a file", path.string())};
  }
  const bool is_stdin = path == "-";
  std::FILE* const stream = is_stdin ? stdin : std::fopen(path.c_str(), "rb");
  if (stream == nullptr) return Failed(path, "read", errno);
  std::string content;
  std::array<char, 65536> block;
  while (content.size() <= bytes_max) {
    const std::size_t count = std::fread(block.data(), 1, block.size(), stream);
    if (count == 0) break;
    content.append(block.data(), count);
  }
  const int reason = std::ferror(stream) != 0 ? errno : 0;
  if (!is_stdin) std::fclose(stream);
  if (reason != 0) return Failed(path, "read", reason);
  if (content.size() > bytes_max) {
    return FileError{
        fmt::format("{}: found more than {} bytes, expected fewer", path.string(), bytes_max)};
  }
  return content;
}

std::variant<ProgramText, FileError> ReadProgram(const Path& path,
                                                 std::size_t operations_of_bytes_max) {
  auto content = ReadFile(path, kProgramBytesMax);
  if (auto* error = std::get_if<FileError>(&content)) return std::move(*error);
  const std::string& bytes = std::get<std::string>(content);
  if (!IsText(path)) {
    Program program = Decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (program.operations.size() > operations_of_bytes_max) {
      program.operations.resize(operations_of_bytes_max);
    }
    return Spell(program);
  }
  auto parsed = Parse(bytes);
  if (const auto* error = std::get_if<ParseError>(&parsed)) {
    return FileError{fmt::format("{}:{}: found {}, expected {}", path.string(), error->line,
                                 error->found, error->expected)};
  }
  return std::get<ProgramText>(std::move(parsed));
}

std::string InFormOf(const Path& path, const Program& program) {
  if (IsText(path)) return Print(program);
  const std::vector<std::uint8_t> bytes = Encode(program);
  return {bytes.begin(), bytes.end()};
}

std::optional<FileError> WriteFiles(std::span<const Output> outputs) {
  std::vector<Part> parts;
  std::optional<FileError> wrong;
  std::error_code error;
  for (const Output& output : outputs) {
    Part part;
    if (std::filesystem::is_directory(output.path, error)) {
      wrong = FileError{fmt::format("{}: found a folder, expected a file", output.path.string())};
    } else if (const int reason = Prepare(output, part); reason != 0) {
      wrong = Failed(output.path, "written", reason);
    }
    if (wrong) break;
    parts.push_back(std::move(part));
  }
  for (const Part& part : parts) {
    if (!wrong) std::filesystem::rename(part.path, part.target, error);
    if (!wrong && error) wrong = Failed(part.target, "written", error.value());
    if (wrong) std::filesystem::remove(part.path, error);
  }
  return wrong;
}

bool Write(const Path& path, std::string_view content) {
  if (path == "-") return WriteOut(content);
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  std::optional<FileError> error;
  if (is_other(status)) {
    if (const int reason = WriteInPlace(path, content); reason != 0) {
      error = Failed(path, "written", reason);
    }
  } else {
    error = WriteFiles(std::array{Output{path, std::string(content)}});
  }
  if (error) Complain(error->message);
  return !error;
}

}  // namespace flatcheck::cli
