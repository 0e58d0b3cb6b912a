#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/print/hex.h"
#include "engine/print/mtree.h"
#include "engine/print/region_words.h"
#include "engine/print/space_groups.h"

namespace flatcheck::engine {
namespace {

std::uint64_t LastOf(std::uint64_t first, Size size) {
  return size == 0 ? first : first + static_cast<std::uint64_t>(size - 1);
}

// By address, at one address the higher priority first, and at one priority as they lie.
std::vector<const MemoryRegion*> InPrintOrder(const MemoryRegion::Children& children) {
  std::vector<const MemoryRegion*> order;
  for (const auto& [rank, child] : children) order.push_back(child);
  std::ranges::stable_sort(order, {}, &MemoryRegion::address);
  return order;
}

class TreePrinter {
 public:
  explicit TreePrinter(DisabledRegions disabled) : disabled_(disabled) {}

  // REQUIRES: at least one, all with one root.
  void PrintSection(const SpaceList& spaces) {
    for (const AddressSpace* space : spaces) text_ += "address-space: " + space->name() + '\n';
    PrintRegion(spaces.front()->root(), 1, 0);
    text_ += '\n';
  }

  // What aliases show; printing one may find more.
  void PrintTargets() {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      text_ += "memory-region: " + targets_[i]->name() + '\n';
      PrintRegion(*targets_[i], 1, 0);
      text_ += '\n';
    }
  }

  std::string TakeText() { return std::move(text_); }

 private:
  // Recurses as deep as regions nest, which MapLimits bounds.
  void PrintRegion(const MemoryRegion& region, std::size_t level, std::uint64_t base) {
    const std::uint64_t first = base + region.address();
    const std::uint64_t last = LastOf(first, region.size());
    if (first < base || last < first) text_ += "[DETECTED OVERFLOW!] ";
    if (const MemoryRegion* target = region.alias_target()) {
      if (met_.insert(target).second) targets_.push_back(target);
    }
    if (region.enabled() || disabled_ == DisabledRegions::kShown) {
      text_.append(2 * level, ' ') += Line(region, first, last) + '\n';
    }
    for (const MemoryRegion* child : InPrintOrder(region.children())) {
      PrintRegion(*child, level + 1, first);
    }
  }

  static std::string Line(const MemoryRegion& region, std::uint64_t first, std::uint64_t last) {
    std::string line = HexRange(first, last) + " (prio " + std::to_string(region.priority()) + ", ";
    line += region.nonvolatile() ? "nv-" : "";
    line.append(TypeWord(region)) += "): ";
    if (const MemoryRegion* target = region.alias_target()) {
      const std::uint64_t offset = region.alias_offset();
      line += "alias " + region.name() + " @" + target->name() + ' ' +
              HexRange(offset, LastOf(offset, region.size()));
    } else {
      line += region.name();
    }
    return line + (region.enabled() ? "" : " [disabled]");
  }

  const DisabledRegions disabled_;
  std::string text_;
  std::vector<const MemoryRegion*> targets_;  // In the order in which they were met.
  std::unordered_set<const MemoryRegion*> met_;
};

// The spaces of each root; within a root by name, and of one name the newest first.
std::vector<SpaceList> GroupedByRoot(const SpaceList& spaces) {
  const auto root_of = [](const AddressSpace& space) { return &space.root(); };
  std::vector<SpaceList> groups = GroupedBy(root_of, spaces);
  for (SpaceList& group : groups) {
    std::ranges::reverse(group);
    std::ranges::stable_sort(group, {}, &AddressSpace::name);
  }
  return groups;
}

}  // namespace

std::string PrintTrees(const SpaceList& spaces, DisabledRegions disabled) {
  TreePrinter printer(disabled);
  for (const SpaceList& group : GroupedByRoot(spaces)) printer.PrintSection(group);
  printer.PrintTargets();
  return printer.TakeText();
}

}  // namespace flatcheck::engine
