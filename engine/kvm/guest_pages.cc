#include "engine/kvm/guest_pages.h"

#include <sys/mman.h>

#include <cassert>
#include <cstring>

namespace flatcheck::engine {
namespace {

constexpr std::uint64_t kPage = GuestPages::kPageSize;
constexpr std::uint64_t kEntry = 0x63;  // Present, writable, accessed and dirty already.
constexpr std::size_t kTableEntries = 512;
constexpr std::uint64_t kWindowAt = kTableEntries * kPage;
// Pages of the slot: a table of each level, then code and results, then the window's tables.
constexpr std::size_t kLastLevelTable = 3;
constexpr std::size_t kWindowTables = 6;
constexpr std::size_t kWindowTableCount = GuestPages::kBytes / kPage - kWindowTables;
constexpr std::size_t kPlaces = kWindowTableCount * kTableEntries / 2;

}  // namespace

GuestPages::GuestPages(std::uint64_t first) : first_(first) {
  void* const mapped =
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return;
  host_ = static_cast<std::uint8_t*>(mapped);
  MapOwnPages();
}

GuestPages::~GuestPages() {
  if (host_ != nullptr) munmap(host_, kBytes);
}

std::span<std::uint8_t, GuestPages::kPageSize> GuestPages::code() const {
  return std::span<std::uint8_t, kPage>(host_ + kCodeAt, kPage);
}

std::uint64_t GuestPages::ResultOf(std::size_t access) const {
  std::uint64_t result = 0;
  std::memcpy(&result, host_ + result_at(access), sizeof result);
  return result;
}

std::optional<std::uint64_t> GuestPages::Reach(std::uint64_t address) {
  const std::uint64_t page = address & ~(kPage - 1);
  const auto [found, is_new] = window_.try_emplace(page, window_.size());
  const std::size_t place = found->second;
  if (is_new && place == kPlaces) {
    window_.erase(found);
    return std::nullopt;
  }
  if (is_new) {
    std::uint64_t* const entries = table(kWindowTables) + 2 * place;
    entries[0] = page | kEntry;
    entries[1] = (page + kPage) | kEntry;
  }
  return kWindowAt + 2 * place * kPage + (address - page);
}

void GuestPages::EmptyWindow() {
  std::memset(table(kWindowTables), 0, kWindowTableCount * kPage);
  window_.clear();
}

// The window's tables are adjacent, and so are their entries.
std::uint64_t* GuestPages::table(std::size_t page) const {
  // SAFETY: pages of the slot hold 64-bit entries, and are aligned for them.
  return reinterpret_cast<std::uint64_t*>(host_ + page * kPage);
}

void GuestPages::MapOwnPages() {
  for (std::size_t level = 0; level < kLastLevelTable; ++level) {
    table(level)[0] = (first_ + (level + 1) * kPage) | kEntry;
  }
  for (std::size_t i = 0; i < kWindowTableCount; ++i) {
    table(kLastLevelTable - 1)[1 + i] = (first_ + (kWindowTables + i) * kPage) | kEntry;
  }
  for (const std::uint64_t own : {kCodeAt, kResultsAt}) {
    table(kLastLevelTable)[own / kPage] = (first_ + own) | kEntry;
  }
}

}  // namespace flatcheck::engine
