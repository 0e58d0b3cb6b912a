#include "engine/ram/ram_block.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>

#include "engine/map/memory_region.h"
#include "engine/ram/ram_list.h"

namespace flatcheck::engine {

namespace {

std::error_code LastError() { return {errno, std::generic_category()}; }

std::uint64_t HostPageSize() { return static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)); }

struct OpenedFile {
  int fd = -1;
  bool is_made = false;  // It was not there before.
};

// Never waits for a FIFO's other end.
OpenedFile OpenPath(const FileMemory& file) {
  const int flags = (file.readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK;
  const int fd = open(file.path.c_str(), flags);
  if (fd >= 0 || errno != ENOENT || file.readonly) return {.fd = fd};
  const int made = open(file.path.c_str(), flags | O_CREAT | O_EXCL, 0600);
  return {.fd = made, .is_made = made >= 0};
}

// Of a regular file or a device, as far as it tells before it is mapped; of nothing else.
std::optional<std::uint64_t> LengthOf(int fd, const struct stat& status) {
  if (S_ISREG(status.st_mode)) return static_cast<std::uint64_t>(status.st_size);
  if (S_ISCHR(status.st_mode)) return INT64_MAX;
  const off_t end = S_ISBLK(status.st_mode) ? lseek(fd, 0, SEEK_END) : -1;
  return end < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(end));
}

}  // namespace

RamBlock::~RamBlock() {
  if (IsFromHeap()) {
    ::operator delete (host_, std::align_val_t{HostPageSize()});
  } else if (host_ != nullptr && !is_callers_) {
    munmap(host_, max_length_);
  }
  if (fd_ >= 0) close(fd_);
}

std::error_code RamBlock::Open(const RamBacking& backing) {
  if (const auto* caller = std::get_if<CallerMemory>(&backing)) {
    host_ = caller->host;
    is_callers_ = true;
    return {};
  }
  if (const auto* file = std::get_if<FileMemory>(&backing)) return OpenFile(*file);
  if (std::holds_alternative<MemfdMemory>(backing)) return OpenMemfd();
  const bool mapped_later = max_length_ < kMappedAtOnce;
  if (mapped_later || Map() != nullptr) return {};
  return std::make_error_code(std::errc::not_enough_memory);
}

std::error_code RamBlock::OpenMemfd() {
  fd_ = memfd_create("guest-ram", MFD_CLOEXEC);
  if (fd_ < 0) return LastError();
  if (ftruncate(fd_, static_cast<off_t>(max_length_)) != 0) return LastError();
  return MapFd({.path = {}, .offset = 0, .shared = true, .readonly = false});
}

std::error_code RamBlock::OpenFile(const FileMemory& file) {
  std::uint64_t end = 0;
  if (__builtin_add_overflow(file.offset, max_length_, &end) || end > INT64_MAX) {
    return std::make_error_code(std::errc::file_too_large);
  }
  if (file.offset % HostPageSize() != 0) return std::make_error_code(std::errc::invalid_argument);
  const OpenedFile opened = OpenPath(file);
  fd_ = opened.fd;
  if (fd_ < 0) return LastError();
  const std::error_code error = MapFile(file, end);
  if (error && opened.is_made) unlink(file.path.c_str());
  return error;
}

std::error_code RamBlock::MapFile(const FileMemory& file, std::uint64_t end) {
  struct stat status {};
  if (fstat(fd_, &status) != 0) return LastError();
  const std::optional<std::uint64_t> length = LengthOf(fd_, status);
  const bool grows = length == 0 && S_ISREG(status.st_mode) && !file.readonly;
  if (!length || (*length < end && !grows)) {
    return std::make_error_code(std::errc::invalid_argument);
  }
  if (grows && ftruncate(fd_, static_cast<off_t>(end)) != 0) return LastError();
  const std::error_code error = MapFd(file);
  if (error && grows && ftruncate(fd_, 0) != 0) return LastError();
  return error;
}

std::error_code RamBlock::MapFd(const FileMemory& file) {
  const int sharing = file.shared && !file.readonly ? MAP_SHARED : MAP_PRIVATE;
  void* const mapped = mmap(nullptr, max_length_, PROT_READ | PROT_WRITE, sharing | MAP_NORESERVE,
                            fd_, static_cast<off_t>(file.offset));
  if (mapped == MAP_FAILED) return LastError();
  host_ = static_cast<std::uint8_t*>(mapped);
  return {};
}

void* RamBlock::NewHost() const {
  if (IsFromHeap()) {
    void* const bytes =
        ::operator new (max_length_, std::align_val_t{HostPageSize()}, std::nothrow);
    return bytes == nullptr ? nullptr : std::memset(bytes, 0, max_length_);
  }
  void* const mapped = mmap(nullptr, max_length_, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return mapped == MAP_FAILED ? nullptr : mapped;
}

std::uint8_t* RamBlock::Map() const {
  void* const bytes = NewHost();
  if (bytes == nullptr) return nullptr;
  host_ = static_cast<std::uint8_t*>(bytes);
  if (list_ != nullptr) list_->NoteHost(*this);
  region_->UpdateDirect();
  return host_;
}

}  // namespace flatcheck::engine
