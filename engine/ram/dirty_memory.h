// DirtyMemory says which pages of the ram_addr space were written, for each of three clients that
// ask and clear on their own (memory-map 7.4 to 7.7).
//
// It is sparse: a chunk of pages that are all clean or all dirty is one word, so that a block of
// any size becomes dirty in no time; it gets a bitmap when some of its pages change. It grows with
// the blocks and never shrinks: what a destroyed block left dirty is so for the block that takes
// its place, beyond the used length that this one marks.
//
// Pages are numbers of the ram_addr space; ranges of pages are half-open.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace flatcheck::engine {

enum class DirtyClient : std::uint8_t { kVga = 0, kCode = 1, kMigration = 2 };
inline constexpr std::size_t kDirtyClients = 3;

// Clients as bits of a log mask.
constexpr std::uint8_t MaskOf(DirtyClient client) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(client));
}
inline constexpr std::uint8_t kAllDirtyClients = 0x7;

struct PageRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;  // Behind the last.
  bool operator==(const PageRange&) const = default;
};

// The pages of one client.
class DirtyPages {
 public:
  // Pages from the old end on are clean.
  void GrowTo(std::uint64_t end);

  void Set(PageRange pages);
  // Was any of them dirty?
  bool TestAndClear(PageRange pages);
  bool Any(PageRange pages) const;
  // The dirty ones as maximal runs, ascending.
  std::vector<PageRange> Runs(PageRange pages) const;
  // The same in place of what `runs` held.
  void FindRuns(PageRange pages, std::vector<PageRange>& runs) const;

 private:
  static constexpr std::uint64_t kChunkPages = 1u << 16;
  static constexpr std::uint64_t kGrowthPages = 1u << 12;

  struct Chunk {
    bool dirty = false;               // All of its pages, where it has no bitmap.
    std::vector<std::uint64_t> bits;  // Of its pages before end_; empty: they are uniform.
  };

  // Calls visit(chunk, pages within it, its first page) for each chunk that the pages touch, until
  // one returns false.
  template <class Self, class Visit>
  static void ForEachChunk(Self& self, PageRange pages, Visit visit);
  // `base` is the chunk's first page.
  std::uint64_t* Materialise(Chunk& chunk, std::uint64_t base) const;
  std::size_t WordsOf(std::uint64_t base) const;

  std::uint64_t end_ = 0;  // Of the pages that there are; a multiple of kGrowthPages.
  std::vector<Chunk> chunks_;
};

class DirtyMemory {
 public:
  void GrowTo(std::uint64_t end_page);

  // Marks the pages for the clients of the mask.
  void Set(std::uint8_t mask, PageRange pages);
  DirtyPages& Of(DirtyClient client) { return clients_[static_cast<std::size_t>(client)]; }
  const DirtyPages& Of(DirtyClient client) const {
    return clients_[static_cast<std::size_t>(client)];
  }

 private:
  std::array<DirtyPages, kDirtyClients> clients_;
};

}  // namespace flatcheck::engine
