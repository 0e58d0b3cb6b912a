// A RamBlock is the host memory behind a RAM, ROM, ROM device or RAM device region, and its place
// in the ram_addr space, in which dirty pages are counted (memory-map section 7).
//
// Anonymous memory is zeroed, mapped when it is first touched (a block of kMappedAtOnce bytes and
// more when it is created) and backed by the host page by page, so that a map may hold far more
// than the host has. Where the host then has no room, host() is null and accesses fail
// (kMemTxError). Up to kFromHeap bytes come from the heap, at a border of the host's pages: a
// mapping costs more than they do, and AddressSanitizer sees who leaves them.
//
// The first touch of a block maps it, and is no matter of const: it must not run beside any other
// use of the map.
//
// Invariants:
//   1. used_length() <= max_length(), both multiples of the page size.
//   2. offset() and max_length() never change; no other block meets [offset, offset + max_length).
// Lifetime: of its region. A caller's memory outlives the block and is not freed.

#pragma once

#include <cstdint>
#include <string>
#include <system_error>
#include <variant>

namespace flatcheck::engine {

class MemoryRegion;
class RamList;

// Where the bytes come from.
struct AnonymousMemory {};
struct MemfdMemory {};  // Shared with whoever gets RamBlock::fd.
struct FileMemory {
  // Of a regular file or a device. A missing file is created, an empty one made long enough; any
  // other must be. Where the block is refused, the file is left as it was.
  std::string path;
  // A multiple of the host's page size, as mmap wants it; any other is its error (kHostError).
  std::uint64_t offset = 0;
  bool shared = true;  // Writes go to the file.
  // The file must exist, and the region begins read-only. What is written to it all the same
  // (WriteRom) stays with the block.
  bool readonly = false;
};
// Memory that is null, or that meets another block's, is refused (kBadRange): a rule of our own, by
// which a host address names one byte.
struct CallerMemory {
  std::uint8_t* host = nullptr;  // As many bytes as the region has, rounded up to pages.
};
using RamBacking = std::variant<AnonymousMemory, MemfdMemory, FileMemory, CallerMemory>;

class RamBlock {
 public:
  static constexpr std::uint64_t kFromHeap = 1ull << 16;
  static constexpr std::uint64_t kMappedAtOnce = 1ull << 40;

  RamBlock(const MemoryRegion& region, std::uint64_t used_length, std::uint64_t max_length)
      : region_(&region), used_length_(used_length), max_length_(max_length) {}
  ~RamBlock();
  RamBlock(const RamBlock&) = delete;
  RamBlock& operator=(const RamBlock&) = delete;

  const MemoryRegion& region() const { return *region_; }
  std::uint64_t offset() const { return offset_; }            // In the ram_addr space.
  std::uint64_t used_length() const { return used_length_; }  // Bytes.
  std::uint64_t max_length() const { return max_length_; }
  // Of a memfd or file; else -1. The block closes it.
  int fd() const { return fd_; }

  // The first byte; stays where it is. Null if the host has no room for the block.
  std::uint8_t* host() const { return host_ != nullptr ? host_ : Map(); }
  // The same, or null while the block is not mapped.
  std::uint8_t* mapped() const { return host_; }

 private:
  friend class MemoryMap;
  friend class RamList;

  // Opens and maps what must be there from the beginning.
  std::error_code Open(const RamBacking& backing);
  std::error_code OpenMemfd();
  std::error_code OpenFile(const FileMemory& file);
  std::error_code MapFile(const FileMemory& file, std::uint64_t end);
  std::error_code MapFd(const FileMemory& file);
  std::uint8_t* Map() const;
  bool IsFromHeap() const { return !is_callers_ && fd_ < 0 && max_length_ <= kFromHeap; }
  // Null if the host has no room.
  void* NewHost() const;

  const MemoryRegion* region_;
  mutable std::uint8_t* host_ = nullptr;
  bool is_callers_ = false;
  int fd_ = -1;
  std::uint64_t offset_ = 0;
  std::uint64_t used_length_;
  std::uint64_t max_length_;
  std::uint64_t sequence_ = 0;  // Of its place in the list: later is greater.
  const RamList* list_ = nullptr;
};

}  // namespace flatcheck::engine
