#include "fuzz/cli/program_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include "fuzz/program_codec.h"

namespace flatcheck::cli {
namespace {

using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

FileError Failed(const Path& path, std::string_view what) {
  return {fmt::format("{}: cannot be {}: {}", path.string(), what,
                      std::generic_category().message(errno))};
}

bool WriteAll(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// A device or a pipe cannot be replaced, so it takes the content as it comes.
std::optional<FileError> WriteInPlace(const Path& path, std::string_view content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return Failed(path, "written");
  const bool written = WriteAll(file, content);
  const std::optional<FileError> error =
      written ? std::nullopt : std::optional(Failed(path, "written"));
  ::close(file);
  return error;
}

// What the file has, or what a new file gets.
mode_t Permissions(const Path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return status.st_mode & 07777;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

std::optional<FileError> Replace(const Path& path, std::string_view content) {
  std::string name = path.string() + ".XXXXXX";
  const int file = ::mkstemp(name.data());
  if (file < 0) return Failed(path, "written");
  const bool written = WriteAll(file, content) && ::fchmod(file, Permissions(path)) == 0;
  const bool closed = ::close(file) == 0;
  if (written && closed && ::rename(name.c_str(), path.c_str()) == 0) return std::nullopt;
  const FileError error = Failed(path, "written");
  ::unlink(name.c_str());
  return error;
}

}  // namespace

bool IsText(const Path& path) { return path == "-" || path.extension() == ".ops"; }

std::variant<std::string, FileError> ReadFile(const Path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return FileError{fmt::format("{}: found a folder, expected a file", path.string())};
  }
  const bool is_stdin = path == "-";
  const Stream opened(is_stdin ? nullptr : std::fopen(path.c_str(), "rb"),
                      [](std::FILE* file) { return std::fclose(file); });
  std::FILE* const stream = is_stdin ? stdin : opened.get();
  if (stream == nullptr) return Failed(path, "read");
  std::string content;
  std::array<char, 65536> block;
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), stream)) {
    content.append(block.data(), count);
  }
  if (std::ferror(stream) != 0) return Failed(path, "read");
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

std::optional<FileError> WriteFile(const Path& path, std::string_view content) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const bool replaceable =
      !std::filesystem::exists(status) || std::filesystem::is_regular_file(status);
  if (std::filesystem::is_directory(status)) {
    return FileError{fmt::format("{}: found a folder, expected a file", path.string())};
  }
  if (!replaceable) return WriteInPlace(path, content);
  // Through a link, the file that it leads to is replaced and not the link.
  const Path target = std::filesystem::weakly_canonical(path, error);
  return Replace(error ? path : target, content);
}

}  // namespace flatcheck::cli
