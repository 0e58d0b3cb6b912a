// A RamBlock is the memory behind a region, at a place in ram_addr space. DirtyPages are the pages
// of that space that were written, for each client that watches (section 7 of the rules).
//
// Blocks may be large and mostly untouched, so bytes are kept by line, and dirtiness by run of
// pages. A page stays dirty when its block goes: a later block at its place may show it, beyond the
// length in use at the start.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace flatcheck::reference {

// Clients of dirty logging, as bits of a mask.
inline constexpr std::uint8_t kVgaMask = 0x1;
inline constexpr std::uint8_t kCodeMask = 0x2;
inline constexpr std::uint8_t kMigrationMask = 0x4;
inline constexpr std::uint8_t kAllClients = kVgaMask | kCodeMask | kMigrationMask;

// Pages [first, end).
struct PageRun {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

// The pages that [start, start + length) touches. No byte at an address inside a page still touches
// that page; at the start of one, none.
PageRun PagesOf(std::uint64_t start, std::uint64_t length, std::uint64_t page_size);

class DirtyPages {
 public:
  void Set(const PageRun& pages, std::uint8_t clients);
  void Clear(const PageRun& pages, std::uint8_t clients);
  // The parts of `pages` that are dirty for the client, as few as possible, in place of what
  // `found` held.
  void Find(const PageRun& pages, std::uint8_t client, std::vector<PageRun>& found) const;

 private:
  // From this page to the next border, pages are dirty for these clients.
  struct Border {
    std::uint64_t page = 0;
    std::uint8_t clients = 0;
  };

  // Returns where the border at the page is, which it makes if there is none.
  std::vector<Border>::iterator BorderAt(std::uint64_t page);

  std::vector<Border> borders_;  // Sorted by page. The last stands behind all dirty pages.
};

inline constexpr std::uint64_t kLineSize = 64;

struct RamBlock {
  std::uint64_t offset = 0;  // In ram_addr space, for life.
  std::uint64_t used_length = 0;
  std::uint64_t max_length = 0;
  bool is_resizeable = false;
  std::map<std::uint64_t, std::array<std::uint8_t, kLineSize>> lines;  // Others are all 0.

  void CopyOut(std::uint64_t start, std::span<std::uint8_t> bytes) const;
  void CopyIn(std::uint64_t start, std::span<const std::uint8_t> bytes);
};

}  // namespace flatcheck::reference
