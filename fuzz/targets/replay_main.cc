// Hands each file named on the command line, and each file of each folder named, to a fuzz target
// that is linked without a fuzzing engine: old findings stay checkable with any compiler.
//
// Arguments that begin with '-' are skipped, save by the target's own LLVMFuzzerInitialize, so that
// a libFuzzer command line works as it is.

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// Null where the target has none.
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argument_count, char*** arguments);

namespace {

using Path = std::filesystem::path;
using Bytes = std::vector<std::uint8_t>;

constexpr int kUnreadable = 2;

// The files in a folder and below it, by name, or the path itself; none when it cannot be listed.
std::vector<Path> FilesUnder(const Path& path);
std::optional<Bytes> ReadBytes(const Path& file);

}  // namespace

int main(int argument_count, char** arguments) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argument_count, &arguments);
  std::size_t inputs = 0;
  for (int i = 1; i < argument_count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument.starts_with('-')) continue;
    for (const Path& file : FilesUnder(argument)) {
      const std::optional<Bytes> bytes = ReadBytes(file);
      if (!bytes) {
        fmt::print(stderr, "{}: cannot be read; expected a file or a folder of files\n",
                   file.string());
        return kUnreadable;
      }
      // The last one named is the one that fails.
      fmt::print(stderr, "Running: {}\n", file.string());
      LLVMFuzzerTestOneInput(bytes->data(), bytes->size());
      ++inputs;
    }
  }
  fmt::print("{}: replayed {} inputs\n", Path(arguments[0]).filename().string(), inputs);
  return 0;
}

namespace {

std::vector<Path> FilesUnder(const Path& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return {path};
  std::vector<Path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
    if (!entry.is_directory()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return error ? std::vector{path} : files;
}

std::optional<Bytes> ReadBytes(const Path& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rb"),
                                                               &std::fclose);
  if (!stream) return std::nullopt;
  Bytes bytes;
  std::array<std::uint8_t, 4096> block;
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), stream.get())) {
    bytes.insert(bytes.end(), block.data(), block.data() + count);
  }
  if (std::ferror(stream.get()) != 0) return std::nullopt;
  return bytes;
}

}  // namespace
