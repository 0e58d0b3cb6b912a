#include "fuzz/engine_backings.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>

#include "fuzz/limits.h"

namespace flatcheck {
namespace {

enum class Backing { kAnonymous, kMemfd, kFile, kCaller };

constexpr std::uint64_t kPagesMax = 64;
constexpr std::size_t kGivenMax = 64;
constexpr std::uint64_t kFileOffset = 2 * limits::kPageSize;

std::uint64_t PagesFor(std::uint64_t size) {
  return size / limits::kPageSize + (size % limits::kPageSize != 0 ? 1 : 0);
}

// Lengths of few pages are the usual ones; they stay with the map, which is faster.
Backing BackingFor(std::uint64_t pages) {
  if (pages > kPagesMax) return Backing::kAnonymous;
  switch (pages % 8) {
    case 5:
      return Backing::kMemfd;
    case 6:
      return Backing::kFile;
    case 7:
      return Backing::kCaller;
    default:
      return Backing::kAnonymous;
  }
}

}  // namespace

EngineBackings::~EngineBackings() {
  for (const int file : files_) close(file);
}

engine::RamBacking EngineBackings::Of(std::uint64_t size) {
  const std::uint64_t pages = PagesFor(size);
  const Backing backing = BackingFor(pages);
  if (backing == Backing::kAnonymous || given_ == kGivenMax) return engine::AnonymousMemory{};
  ++given_;
  switch (backing) {
    case Backing::kMemfd:
      return engine::MemfdMemory{};
    case Backing::kFile:
      return NewFile();
    case Backing::kCaller:
      return NewMemory(pages * limits::kPageSize);
    case Backing::kAnonymous:
      break;
  }
  return engine::AnonymousMemory{};
}

bool EngineBackings::ReadShared(const engine::RamBlock& block, std::uint64_t offset,
                                std::span<std::uint8_t> bytes) {
  if (block.fd() < 0) return false;
  const Backing backing = BackingFor(block.max_length() / limits::kPageSize);
  const std::uint64_t start = backing == Backing::kFile ? kFileOffset : 0;
  const ssize_t read =
      pread(block.fd(), bytes.data(), bytes.size(), static_cast<off_t>(start + offset));
  // What the file lacks is no zeros.
  std::fill(bytes.begin() + std::max<ssize_t>(read, 0), bytes.end(), std::uint8_t{0xff});
  return true;
}

// An empty one, which the map makes as long as it needs it.
engine::RamBacking EngineBackings::NewFile() {
  const int file = memfd_create("file", MFD_CLOEXEC);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  files_.push_back(file);
  return engine::FileMemory{.path = fmt::format("/proc/self/fd/{}", file), .offset = kFileOffset};
}

engine::RamBacking EngineBackings::NewMemory(std::uint64_t length) {
  auto* const bytes = static_cast<std::uint8_t*>(std::aligned_alloc(limits::kPageSize, length));
  if (bytes == nullptr) throw std::bad_alloc();
  std::fill_n(bytes, length, std::uint8_t{0});
  memories_.emplace_back(bytes);
  return engine::CallerMemory{bytes};
}

}  // namespace flatcheck
