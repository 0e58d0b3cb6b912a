#include "engine/ram/ram_block.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/map/memory_region.h"
#include "engine/ram/ram_list.h"

namespace flatcheck::engine {

namespace {

std::error_code LastError() { return {errno, std::generic_category()}; }

}  // namespace

RamBlock::~RamBlock() {
  if (host_ != nullptr && !is_callers_) munmap(host_, max_length_);
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
  const int access = file.readonly ? O_RDONLY : O_RDWR | O_CREAT;
  fd_ = open(file.path.c_str(), access | O_CLOEXEC, 0600);
  struct stat status {};
  if (fd_ < 0 || fstat(fd_, &status) != 0) return LastError();
  std::uint64_t end = 0;
  if (__builtin_add_overflow(file.offset, max_length_, &end) || end > INT64_MAX) {
    return std::make_error_code(std::errc::file_too_large);
  }
  const auto length = static_cast<std::uint64_t>(status.st_size);
  if (length < end) {
    if (length != 0 || file.readonly) return std::make_error_code(std::errc::invalid_argument);
    if (ftruncate(fd_, static_cast<off_t>(end)) != 0) return LastError();
  }
  return MapFd(file);
}

std::error_code RamBlock::MapFd(const FileMemory& file) {
  const int sharing = file.shared && !file.readonly ? MAP_SHARED : MAP_PRIVATE;
  void* const mapped = mmap(nullptr, max_length_, PROT_READ | PROT_WRITE, sharing | MAP_NORESERVE,
                            fd_, static_cast<off_t>(file.offset));
  if (mapped == MAP_FAILED) return LastError();
  host_ = static_cast<std::uint8_t*>(mapped);
  return {};
}

std::uint8_t* RamBlock::Map() const {
  void* const mapped = mmap(nullptr, max_length_, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  host_ = static_cast<std::uint8_t*>(mapped);
  if (list_ != nullptr) list_->NoteHost(*this);
  region_->UpdateDirect();
  return host_;
}

}  // namespace flatcheck::engine
