#include "fuzz/engine_backings.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "fuzz/backing_of_length.h"
#include "fuzz/limits.h"

namespace flatcheck {
namespace {

constexpr std::size_t kGivenMax = 64;  // Descriptors are few.
constexpr std::size_t kBadMax = 8;

}  // namespace

EngineBackings::~EngineBackings() {
  for (const int file : files_) close(file);
}

engine::RamBacking EngineBackings::Of(std::uint64_t size) {
  if (size == 0 || size > limits::kRamBytesMax) return engine::AnonymousMemory{};  // Refused.
  const Backing backing = BackingOfLength(size);
  given_ += backing == Backing::kAnonymous ? 0 : 1;
  if (host_page_size_ > limits::kPageSize) return NewMemory(size);
  if (backing == Backing::kCaller) return NewMemory(size);
  if (given_ > kGivenMax) return engine::AnonymousMemory{};
  switch (backing) {
    case Backing::kMemfd:
      return engine::MemfdMemory{};
    case Backing::kFile:
      return NewFile(0);
    default:
      return engine::AnonymousMemory{};
  }
}

bool EngineBackings::RefusesBad(engine::MemoryMap& map, std::uint64_t size) {
  const Backing backing = BackingOfLength(size);
  if (given_ > kBadMax || (backing != Backing::kFile && backing != Backing::kCaller)) return true;
  for (const engine::RamBacking& bad : Bad(size, map.ram_list())) {
    if (map.CreateRam({}, size, bad).object != nullptr) return false;
  }
  std::uint64_t left = limits::kRamBytesMax;
  for (const engine::RamBlock* block : map.ram_list()) left -= block->max_length();
  const auto refuses_all_that_is_left = [&](const engine::RamBacking& bad) {
    const engine::Refusal first = map.CreateRam({}, left, bad).refusal;
    return first != engine::Refusal::kNone && map.CreateRam({}, left, bad).refusal == first;
  };
  return refuses_all_that_is_left(engine::CallerMemory{}) &&
         refuses_all_that_is_left(engine::FileMemory{.path = "/proc/self/fd/-"});
}

std::vector<engine::RamBacking> EngineBackings::Bad(std::uint64_t size,
                                                    const engine::RamList& blocks) {
  const std::uint64_t length = PagesFor(size) * limits::kPageSize;
  std::vector<engine::RamBacking> bad;
  if (BackingOfLength(size) == Backing::kFile) {
    bad.emplace_back(NewFile(kBackingFileOffset + length - 1));  // Too short.
    engine::FileMemory readonly = NewFile(0);
    readonly.readonly = true;
    bad.emplace_back(std::move(readonly));
    engine::FileMemory cut = NewFile(0);
    cut.offset = kBackingFileOffset + 1;
    bad.emplace_back(std::move(cut));
  } else if (BackingOfLength(size) == Backing::kCaller) {
    bad.emplace_back(engine::CallerMemory{});
    const auto taken = std::ranges::find_if(
        blocks, [](const engine::RamBlock* block) { return block->mapped() != nullptr; });
    if (taken != blocks.end()) bad.emplace_back(engine::CallerMemory{(*taken)->mapped()});
  }
  return bad;
}

bool EngineBackings::ReadShared(const engine::RamBlock& block, std::uint64_t offset,
                                std::span<std::uint8_t> bytes) {
  if (block.fd() < 0) return false;
  const bool is_file = BackingOfLength(block.max_length()) == Backing::kFile;
  const std::uint64_t start = is_file ? kBackingFileOffset : 0;
  const ssize_t read =
      pread(block.fd(), bytes.data(), bytes.size(), static_cast<off_t>(start + offset));
  // What the file lacks is no zeros.
  std::fill(bytes.begin() + std::max<ssize_t>(read, 0), bytes.end(), std::uint8_t{0xff});
  return true;
}

// The map makes an empty one as long as it needs it.
engine::FileMemory EngineBackings::NewFile(std::uint64_t length) {
  const int file = memfd_create("file", MFD_CLOEXEC);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  files_.push_back(file);
  if (ftruncate(file, static_cast<off_t>(length)) != 0) {
    throw std::system_error(errno, std::generic_category(), "ftruncate");
  }
  return engine::FileMemory{.path = fmt::format("/proc/self/fd/{}", file),
                            .offset = kBackingFileOffset};
}

engine::RamBacking EngineBackings::NewMemory(std::uint64_t size) {
  const std::uint64_t start = StartInHostPage(size);
  const std::uint64_t length = start + PagesFor(size) * limits::kPageSize;
  void* memory = nullptr;
  if (posix_memalign(&memory, host_page_size_, length) != 0) throw std::bad_alloc();
  auto* const bytes = static_cast<std::uint8_t*>(memory);
  memories_.emplace_back(bytes);
  std::fill_n(bytes, length, std::uint8_t{0});
  return engine::CallerMemory{bytes + start};
}

}  // namespace flatcheck
