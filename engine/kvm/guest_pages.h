// GuestPages are the pages that a GuestProbe keeps for itself in the guest: its page tables, its
// code and the results of reads. They lie in a memory slot of their own:
//
//   linear          guest physical
//   0x4000          first + 0x4000    code
//   0x5000          first + 0x5000    results
//   0x200000..      any page          the window: two pages of it for each page that is reached
//
// A page is mapped together with the one behind it, so that an access may cross their border.
//
// A mapping stays until the window is full, and the processor and the kernel may keep a copy. A
// table entry is therefore never changed from one page to another: a full window is emptied only
// with the slot removed, which drops all copies. The host writes the tables without the guest's
// knowledge; that too is safe for entries that were empty alone, since only these are never copied.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

namespace flatcheck::engine {

class GuestPages {
 public:
  static constexpr std::uint64_t kPageSize = 0x1000;
  static constexpr std::uint64_t kCodeAt = 0x4000;
  static constexpr std::uint64_t kResultsAt = 0x5000;
  static constexpr std::uint64_t kBytes = 0xe000;

  // Without memory, host() is null and nothing else may be called. `first` is a multiple of the
  // page size.
  explicit GuestPages(std::uint64_t first);
  ~GuestPages();
  GuestPages(const GuestPages&) = delete;
  GuestPages& operator=(const GuestPages&) = delete;

  std::uint64_t first() const { return first_; }
  std::uint64_t page_table() const { return first_; }  // Guest physical: cr3.
  std::uint8_t* host() const { return host_; }

  std::span<std::uint8_t, kPageSize> code() const;
  std::uint64_t ResultOf(std::size_t access) const;
  static std::uint64_t result_at(std::size_t access) { return kResultsAt + 8 * access; }

  // The linear address of a guest physical one below first(); nothing when the window is full.
  std::optional<std::uint64_t> Reach(std::uint64_t address);
  // REQUIRES: the slot is not in the guest, nor will be before the guest runs.
  void EmptyWindow();

 private:
  std::uint64_t* table(std::size_t page) const;
  void MapOwnPages();

  const std::uint64_t first_;
  std::uint8_t* host_ = nullptr;
  std::unordered_map<std::uint64_t, std::size_t> window_;  // Places by the address of the page.
};

}  // namespace flatcheck::engine
