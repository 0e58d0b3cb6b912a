#include "reference/ram_block.h"

#include <algorithm>
#include <iterator>

namespace flatcheck::reference {

PageRun PagesOf(std::uint64_t start, std::uint64_t length, std::uint64_t page_size) {
  return {start / page_size, (start + length + page_size - 1) / page_size};
}

void DirtyPages::Set(const PageRun& pages, std::uint8_t clients) {
  if (pages.first >= pages.end || clients == 0) return;
  BorderAt(pages.end);
  for (auto border = BorderAt(pages.first); border->page < pages.end; ++border) {
    border->clients = static_cast<std::uint8_t>(border->clients | clients);
  }
}

void DirtyPages::Clear(const PageRun& pages, std::uint8_t clients) {
  if (pages.first >= pages.end) return;
  BorderAt(pages.end);
  for (auto border = BorderAt(pages.first); border->page < pages.end; ++border) {
    border->clients = static_cast<std::uint8_t>(border->clients & ~clients);
  }
}

void DirtyPages::Find(const PageRun& pages, std::uint8_t client,
                      std::vector<PageRun>& found) const {
  found.clear();
  auto border = std::ranges::upper_bound(borders_, pages.first, {}, &Border::page);
  if (border != borders_.begin()) --border;
  for (; border != borders_.end() && border->page < pages.end; ++border) {
    if ((border->clients & client) == 0) continue;
    const PageRun dirty{std::max(border->page, pages.first),
                        std::min(std::next(border)->page, pages.end)};
    if (dirty.first >= dirty.end) continue;
    if (!found.empty() && found.back().end == dirty.first) {
      found.back().end = dirty.end;
    } else {
      found.push_back(dirty);
    }
  }
}

std::vector<DirtyPages::Border>::iterator DirtyPages::BorderAt(std::uint64_t page) {
  const auto next = std::ranges::lower_bound(borders_, page, {}, &Border::page);
  if (next != borders_.end() && next->page == page) return next;
  const std::uint8_t clients =
      next == borders_.begin() ? std::uint8_t{0} : std::prev(next)->clients;
  return borders_.insert(next, {page, clients});
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
