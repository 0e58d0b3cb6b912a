#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "engine/print/dispatch_tree.h"
#include "engine/print/hex.h"
#include "engine/print/mtree.h"
#include "engine/print/region_words.h"
#include "engine/print/space_groups.h"

namespace flatcheck::engine {
namespace {

std::string Heading(const AddressSpace& space) {
  std::string line = " AS \"" + space.name() + "\", root: " + space.root().name();
  if (const MemoryRegion* target = space.root().alias_target()) line += ", alias " + target->name();
  return line + '\n';
}

std::string Line(const FlatRange& range) {
  const MemoryRegion& region = *range.region;
  std::string line = "  " + HexRange(range.first, range.last);
  line += " (prio " + std::to_string(region.priority()) + ", ";
  line += range.nonvolatile ? "nv-" : "";
  line.append(range.readonly ? "rom" : TypeWord(region)) += "): " + region.name();
  if (range.offset != 0) line += " @" + Hex(range.offset, 16);
  return line + '\n';
}

// The labels of the first four sections are what QEMU prints, whatever the sections are
// (memory-map 9.3).
std::string_view LabelOf(std::size_t section) {
  constexpr std::string_view kLabels[] = {" [unassigned]", " [not dirty]", " [ROM]", " [watch]"};
  return section < std::size(kLabels) ? kLabels[section] : "";
}

std::string Sections(const DispatchTree& tree, const MemoryRegion* root) {
  std::string text = "    Physical sections\n";
  for (std::size_t i = 0; i < tree.sections().size(); ++i) {
    const DispatchTree::Section& section = tree.sections()[i];
    text += "      #" + std::to_string(i) + " @" + Hex(section.first, 16) + ".." +
            Hex(section.last, 16) + ' ';
    text += section.region == nullptr ? "(noname)" : section.region->name();
    text += LabelOf(i);
    if (section.region != nullptr && section.region == root) text += " [ROOT]";
    if (section.region != nullptr && section.region->iommu() != nullptr) text += " [iommu]";
    text += '\n';
  }
  return text;
}

std::string LeftAligned(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string RightAligned(const std::string& text, std::size_t width) {
  return std::string(width - std::min(text.size(), width), ' ') + text;
}

std::string Line(const DispatchTree::Run& run) {
  const DispatchTree::Entry entry = run.entry;
  std::string line = '\t' + RightAligned(std::to_string(run.first), 3);
  line += run.first == run.last ? "      " : ".." + LeftAligned(std::to_string(run.last), 3) + ' ';
  line += " skip=" + std::to_string(entry.skip) + "  ptr=";
  const std::string pointer = std::to_string(entry.pointer);
  if (entry.pointer == DispatchTree::kNothing) return line + "NIL\n";
  return line + (entry.skip == 0 ? '#' + pointer : '[' + pointer + ']') + '\n';
}

std::string Nodes(const DispatchTree& tree) {
  std::string text = "    Nodes (" + std::to_string(DispatchTree::kLevelBits) +
                     " bits per level, " + std::to_string(DispatchTree::kLevels) +
                     " levels) ptr=[" + std::to_string(tree.root().pointer) +
                     "] skip=" + std::to_string(tree.root().skip) + '\n';
  for (std::size_t node = 0; node < tree.node_count(); ++node) {
    text += "      [" + std::to_string(node) + "]\n";
    for (const DispatchTree::Run& run : tree.RunsOf(node)) text += Line(run);
  }
  return text;
}

// QEMU also marks the section it used last; here none was.
std::string Dispatch(const FlatView& view) {
  const DispatchTree tree(view);
  return "  Dispatch\n" + Sections(tree, view.root()) + Nodes(tree);
}

std::string Content(const FlatView& view, DispatchTrees dispatch) {
  if (view.size() == 0) return "  No rendered FlatView\n";
  std::string text;
  for (const FlatRange& range : view) text += Line(range);
  if (dispatch == DispatchTrees::kShown) text += Dispatch(view);
  return text;
}

}  // namespace

std::string PrintFlatViews(const SpaceList& spaces, DispatchTrees dispatch) {
  std::string text;
  std::size_t number = 0;
  const auto view_of = [](const AddressSpace& space) { return &space.view(); };
  for (const SpaceList& group : GroupedBy(view_of, spaces)) {
    const FlatView& view = group.front()->view();
    text += "FlatView #" + std::to_string(number++) + '\n';
    for (const AddressSpace* space : group) text += Heading(*space);
    text += " Root memory region: " + (view.root() == nullptr ? "(none)" : view.root()->name());
    text += '\n' + Content(view, dispatch) + '\n';
  }
  return text;
}

}  // namespace flatcheck::engine
