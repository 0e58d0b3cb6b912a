#include "reference/ram_block.h"

#include <algorithm>
#include <iterator>

namespace flatcheck::reference {

PageRun PagesOf(std::uint64_t start, std::uint64_t length, std::uint64_t page_size) {
  return {start / page_size, (start + length + page_size - 1) / page_size};
}

void DirtyPages::Set(const PageRun& pages, std::uint8_t clients) {
  if (pages.first >= pages.end || clients == 0) return;
  SplitAt(pages.first);
  SplitAt(pages.end);
  for (auto run = clients_from_.find(pages.first); run->first < pages.end; ++run) {
    run->second = static_cast<std::uint8_t>(run->second | clients);
  }
}

void DirtyPages::Clear(const PageRun& pages, std::uint8_t clients) {
  if (pages.first >= pages.end) return;
  SplitAt(pages.first);
  SplitAt(pages.end);
  for (auto run = clients_from_.find(pages.first); run->first < pages.end; ++run) {
    run->second = static_cast<std::uint8_t>(run->second & ~clients);
  }
}

void DirtyPages::Find(const PageRun& pages, std::uint8_t client,
                      std::vector<PageRun>& found) const {
  found.clear();
  auto run = clients_from_.upper_bound(pages.first);
  if (run != clients_from_.begin()) --run;
  for (; run != clients_from_.end() && run->first < pages.end; ++run) {
    // The last key stands behind all dirty pages.
    const auto next = std::next(run);
    if ((run->second & client) == 0) continue;
    const PageRun dirty{std::max(run->first, pages.first), std::min(next->first, pages.end)};
    if (dirty.first >= dirty.end) continue;
    if (!found.empty() && found.back().end == dirty.first) {
      found.back().end = dirty.end;
    } else {
      found.push_back(dirty);
    }
  }
}

void DirtyPages::SplitAt(std::uint64_t page) {
  const auto next = clients_from_.upper_bound(page);
  const std::uint8_t clients =
      next == clients_from_.begin() ? std::uint8_t{0} : std::prev(next)->second;
  clients_from_.emplace(page, clients);
}

void RamBlock::CopyOut(std::uint64_t start, std::span<std::uint8_t> bytes) const {
  for (std::uint8_t& byte : bytes) {
    const auto line = lines.find(start / kLineSize);
    byte = line == lines.end() ? 0 : line->second[start % kLineSize];
    ++start;
  }
}

void RamBlock::CopyIn(std::uint64_t start, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    lines[start / kLineSize][start % kLineSize] = byte;
    ++start;
  }
}

}  // namespace flatcheck::reference
