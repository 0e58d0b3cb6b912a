// IMPLEMENTATION
// Ranges come in ascending order, so what is being built is always at the right edge of the tree: a
// node's last run is the only one that may still grow or be entered.

#include "engine/print/dispatch_tree.h"

#include <algorithm>

namespace flatcheck::engine {

namespace {

constexpr unsigned kPageBits = 12;
constexpr std::uint64_t kInPage = (1u << kPageBits) - 1;

}  // namespace

DispatchTree::DispatchTree(const FlatView& view) {
  NewSection({0, UINT64_MAX, nullptr});
  for (const FlatRange& range : view) Add(range);
  Compact(root_);
}

std::vector<DispatchTree::Run> DispatchTree::RunsOf(std::size_t node) const {
  const Entry unset = nodes_[node].level == 0 ? Entry{0, 0} : Entry{};
  std::vector<Run> runs;
  const auto append = [&](const Run& run) {
    if (!runs.empty() && runs.back().entry == run.entry) {
      runs.back().last = run.last;
    } else {
      runs.push_back(run);
    }
  };
  unsigned next = 0;
  for (const Run& run : nodes_[node].runs) {
    if (next < run.first) append({next, run.first - 1, unset});
    append(run);
    next = run.last + 1;
  }
  if (next < kEntries) append({next, kEntries - 1, unset});
  return runs;
}

void DispatchTree::Add(const FlatRange& range) {
  Section rest{range.first, range.last, range.region};
  if ((rest.first & kInPage) != 0) {
    const std::uint64_t last = std::min(rest.last, rest.first | kInPage);
    AddPart({rest.first, last, rest.region});
    if (last == range.last) return;
    rest.first = last + 1;
  }
  if (rest.last - rest.first >= kInPage) {
    const bool is_whole = (rest.last & kInPage) == kInPage;
    const std::uint64_t last = is_whole ? rest.last : (rest.last & ~kInPage) - 1;
    SetPages(rest.first, last, NewSection({rest.first, last, rest.region}));
    if (is_whole) return;
    rest.first = last + 1;
  }
  AddPart(rest);
}

void DispatchTree::AddPart(const Section& part) {
  const std::uint64_t page = part.first & ~kInPage;
  // Behind a page's section come its parts, each within it.
  const Section& before = sections_.back();
  const bool is_begun = sections_.size() > 1 && (before.first & ~kInPage) == page;
  if (!is_begun) SetPages(page, page, NewSection({page, page | kInPage, nullptr}));
  NewSection(part);
}

std::uint32_t DispatchTree::NewSection(const Section& section) {
  sections_.push_back(section);
  return static_cast<std::uint32_t>(sections_.size() - 1);
}

// The addresses are in the first and in the last page.
void DispatchTree::SetPages(std::uint64_t first, std::uint64_t last, std::uint32_t section) {
  Pages pages{first >> kPageBits, (last >> kPageBits) - (first >> kPageBits) + 1};
  if (root_.pointer == kNothing) root_.pointer = NewNode(kLevels - 1);
  SetBelow(root_.pointer, pages, section);
}

// Sets as many of the pages as the node has entries for.
void DispatchTree::SetBelow(std::uint32_t node, Pages& pages, std::uint32_t section) {
  const unsigned shift = nodes_[node].level * kLevelBits;
  const std::uint64_t step = std::uint64_t{1} << shift;
  auto index = static_cast<unsigned>((pages.first >> shift) % kEntries);
  for (; pages.count > 0 && index < kEntries; ++index) {
    if (pages.first % step == 0 && pages.count >= step) {
      Set(node, index, {0, section});
      pages.first += step;
      pages.count -= step;
    } else {
      SetBelow(ChildAt(node, index), pages, section);
    }
  }
}

std::uint32_t DispatchTree::ChildAt(std::uint32_t node, unsigned index) {
  const std::vector<Run>& runs = nodes_[node].runs;
  if (!runs.empty() && runs.back().last == index) return runs.back().entry.pointer;
  const std::uint32_t child = NewNode(nodes_[node].level - 1);
  Set(node, index, {1, child});
  return child;
}

std::uint32_t DispatchTree::NewNode(unsigned level) {
  nodes_.push_back({level, {}});
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

void DispatchTree::Set(std::uint32_t node, unsigned index, Entry entry) {
  std::vector<Run>& runs = nodes_[node].runs;
  if (!runs.empty() && runs.back().last + 1 == index && runs.back().entry == entry) {
    runs.back().last = index;
  } else {
    runs.push_back({index, index, entry});
  }
}

// The lowest level has no empty entries (what is not set leads to the first section), so it never
// is without a choice.
void DispatchTree::Compact(Entry& entry) {
  if (entry.pointer == kNothing || nodes_[entry.pointer].level == 0) return;
  std::vector<Run>& runs = nodes_[entry.pointer].runs;
  for (Run& run : runs) {
    if (run.entry.skip != 0) Compact(run.entry);
  }
  if (runs.size() != 1 || runs[0].first != runs[0].last) return;
  const Entry only = runs[0].entry;
  entry.pointer = only.pointer;
  entry.skip = only.skip == 0 ? 0 : entry.skip + only.skip;
}

}  // namespace flatcheck::engine
