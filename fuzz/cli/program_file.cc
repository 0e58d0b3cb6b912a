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

constexpr std::size_t kBytesMax = std::size_t{64} << 20;  // A program or a trace, and far more.

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

int Replace(const Path& path, std::string_view content) {
  Path part;
  std::FILE* const stream = OpenBeside(path, part);
  if (stream == nullptr) return errno;
  std::error_code error;
  const auto old = std::filesystem::status(path, error);
  if (std::filesystem::exists(old)) std::filesystem::permissions(part, old.permissions(), error);
  int reason = Finish(stream, content);
  if (reason == 0) {
    std::filesystem::rename(part, path, error);
    reason = error.value();
  }
  if (reason != 0) std::filesystem::remove(part, error);
  return reason;
}

}  // namespace

bool IsText(const Path& path) { return path == "-" || path.extension() == ".ops"; }

std::variant<std::string, FileError> ReadFile(const Path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return FileError{fmt::format("{}: found a folder, expected a file", path.string())};
  }
  const bool is_stdin = path == "-";
  std::FILE* const stream = is_stdin ? stdin : std::fopen(path.c_str(), "rb");
  if (stream == nullptr) return Failed(path, "read", errno);
  std::string content;
  std::array<char, 65536> block;
  while (content.size() <= kBytesMax) {
    const std::size_t count = std::fread(block.data(), 1, block.size(), stream);
    if (count == 0) break;
    content.append(block.data(), count);
  }
  const int reason = std::ferror(stream) != 0 ? errno : 0;
  if (!is_stdin) std::fclose(stream);
  if (reason != 0) return Failed(path, "read", reason);
  if (content.size() > kBytesMax) {
    return FileError{fmt::format("{}: found more than {} bytes, expected a program or a trace",
                                 path.string(), kBytesMax)};
  }
  return content;
}

std::variant<ProgramText, FileError> ReadProgram(const Path& path) {
  auto content = ReadFile(path);
  if (auto* error = std::get_if<FileError>(&content)) return std::move(*error);
  const std::string& bytes = std::get<std::string>(content);
  if (!IsText(path)) {
    return Spell(Decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}));
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

std::optional<FileError> WriteFile(const Path& path, std::string_view content) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) {
    return FileError{fmt::format("{}: found a folder, expected a file", path.string())};
  }
  // Through a link, the file that it leads to is replaced and not the link.
  const Path target = std::filesystem::weakly_canonical(path, error);
  const bool can_replace = !std::filesystem::exists(status) || is_regular_file(status);
  const int reason =
      can_replace ? Replace(error ? path : target, content) : WriteInPlace(path, content);
  if (reason == 0) return std::nullopt;
  return Failed(path, "written", reason);
}

bool Write(const Path& path, std::string_view content) {
  if (path == "-") return WriteOut(content);
  const auto error = WriteFile(path, content);
  if (error) Complain(error->message);
  return !error;
}

}  // namespace flatcheck::cli
