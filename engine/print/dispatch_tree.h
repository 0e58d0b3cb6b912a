// A DispatchTree is what QEMU 7.2 builds of a flat view to find who answers at an address: a radix
// tree over pages of 4 KiB, six levels of 512 entries, whose leaves are sections (memory-map 6.1).
//
// A range becomes up to three sections: the part of a page that it begins in, whole pages, and the
// part of a page that it ends in. A page with such parts has a section of its own in front of them.
// Nodes are numbered as they come to be, ranges ascending; compaction then lets an entry skip the
// levels that offer no choice, and leaves the nodes that nothing leads to any more in place.
//
// The engine does not look addresses up in it. It is here to be printed, and takes room for what
// the ranges are, not for what pages or entries there are.

#pragma once

#include <cstdint>
#include <vector>

#include "engine/map/flat_view.h"

namespace flatcheck::engine {

class DispatchTree {
 public:
  static constexpr unsigned kLevelBits = 9;
  static constexpr unsigned kLevels = 6;
  static constexpr unsigned kEntries = 1u << kLevelBits;
  static constexpr std::uint32_t kNothing = (1u << 26) - 1;  // A pointer to no node.

  struct Section {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    const MemoryRegion* region = nullptr;  // Null where nothing answers, and for a page of parts.
  };
  struct Entry {
    std::uint32_t skip = 1;            // Levels to go down; none leads to a section.
    std::uint32_t pointer = kNothing;  // A node's number, or a section's.
    bool operator==(const Entry&) const = default;
  };
  // Neighbouring entries that are equal.
  struct Run {
    unsigned first = 0;
    unsigned last = 0;
    Entry entry;
  };

  explicit DispatchTree(const FlatView& view);

  // The first is the one where nothing answers.
  const std::vector<Section>& sections() const { return sections_; }
  Entry root() const { return root_; }
  std::size_t node_count() const { return nodes_.size(); }
  // All entries of a node.
  std::vector<Run> RunsOf(std::size_t node) const;

 private:
  struct Node {
    unsigned level = 0;     // 0 is the lowest.
    std::vector<Run> runs;  // What was set, ascending.
  };
  // Pages that are left to be set.
  struct Pages {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
  };

  void Add(const FlatRange& range);
  void AddPart(const Section& part);
  std::uint32_t NewSection(const Section& section);
  void SetPages(std::uint64_t first, std::uint64_t last, std::uint32_t section);
  void SetBelow(std::uint32_t node, Pages& pages, std::uint32_t section);
  std::uint32_t ChildAt(std::uint32_t node, unsigned index);
  std::uint32_t NewNode(unsigned level);
  void Set(std::uint32_t node, unsigned index, Entry entry);
  void Compact(Entry& entry);

  std::vector<Section> sections_;
  std::vector<Node> nodes_;
  Entry root_;
};

}  // namespace flatcheck::engine
