#include "reference/listings.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

namespace flatcheck::reference {
namespace {

std::string Hex(Wide value) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value));
  return digits;
}

// In front of a name. The end is inclusive.
std::string Place(std::uint64_t start, std::uint64_t end, std::int32_t priority, bool nonvolatile,
                  std::string_view type) {
  return Hex(start) + "-" + Hex(end) + " (prio " + std::to_string(priority) + ", " +
         (nonvolatile ? "nv-" : "") + std::string(type) + "): ";
}

std::uint64_t LastOffset(Wide size) { return size == 0 ? 0 : static_cast<std::uint64_t>(size - 1); }

std::string_view TypeOf(const std::vector<Region>& regions, const Region& region) {
  switch (region.kind) {
    case Kind::kAlias:
      return TypeOf(regions, regions[region.target]);
    case Kind::kRamDevice:
      return "ramd";
    case Kind::kRomDevice:
      return region.romd_mode ? "romd" : "i/o";
    case Kind::kRam:
    case Kind::kRom:
      return region.readonly ? "rom" : "ram";
    case Kind::kContainer:
    case Kind::kIo:
    case Kind::kReservation:
    case Kind::kIommu:
      return "i/o";
  }
  return {};
}

// Sections of trees, one below the other.
class TreeList {
 public:
  TreeList(const std::vector<Region>& regions, const ObjectNames& names, bool shows_disabled)
      : regions_(regions), names_(names), shows_disabled_(shows_disabled) {}

  void Write(std::string_view heading, RegionId root) {
    text_ += heading;
    WriteTree(root, 0, 1);
    text_ += "\n";
  }

  // What aliases show, and what the aliases in that show.
  void WriteTargets() {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      Write("memory-region: " + names_.regions[targets_[i]] + "\n", targets_[i]);
    }
  }

  std::string Take() { return std::move(text_); }

 private:
  void WriteTree(RegionId id, std::uint64_t base, std::size_t level) {
    const Region& region = regions_[id];
    const std::uint64_t start = base + region.address;
    const std::uint64_t end = start + LastOffset(region.size);
    if (start < base || end < start) text_ += "[DETECTED OVERFLOW!] ";
    if (region.enabled || shows_disabled_) {
      text_ += std::string(2 * level, ' ') +
               Place(start, end, region.priority, region.nonvolatile, TypeOf(regions_, region));
      if (region.kind == Kind::kAlias) {
        const std::uint64_t offset = region.target_offset;
        text_ += "alias " + names_.regions[id] + " @" + names_.regions[region.target] + " " +
                 Hex(offset) + "-" + Hex(offset + LastOffset(region.size));
      } else {
        text_ += names_.regions[id];
      }
      text_ += region.enabled ? "\n" : " [disabled]\n";
    }
    if (region.kind == Kind::kAlias &&
        std::ranges::find(targets_, region.target) == targets_.end()) {
      targets_.push_back(region.target);
    }
    std::vector<RegionId> children = region.children;
    std::ranges::stable_sort(children, [this](RegionId left, RegionId right) {
      const Region& a = regions_[left];
      const Region& b = regions_[right];
      return a.address != b.address ? a.address < b.address : a.priority > b.priority;
    });
    for (const RegionId child : children) WriteTree(child, start, level + 1);
  }

  const std::vector<Region>& regions_;
  const ObjectNames& names_;
  const bool shows_disabled_;
  std::vector<RegionId> targets_;
  std::string text_;
};

// The live spaces whose `key` is that of the first of them, for each first one.
template <class Key>
std::vector<std::vector<SpaceId>> Groups(const Model& model, Key Space::*key) {
  std::vector<std::vector<SpaceId>> groups;
  const std::vector<Space>& spaces = model.spaces();
  for (SpaceId id = 0; id < spaces.size(); ++id) {
    if (!spaces[id].is_live) continue;
    const auto group = std::ranges::find_if(groups, [&](const std::vector<SpaceId>& other) {
      return spaces[other.front()].*key == spaces[id].*key;
    });
    if (group == groups.end()) {
      groups.push_back({id});
    } else {
      group->push_back(id);
    }
  }
  return groups;
}

enum class E820Type { kNone, kUsable, kPersistent, kReserved };

E820Type E820TypeOf(const Region& region, const Range& range) {
  switch (region.kind) {
    case Kind::kRam:
    case Kind::kRom:
      if (range.readonly) return E820Type::kReserved;
      return range.nonvolatile ? E820Type::kPersistent : E820Type::kUsable;
    case Kind::kRomDevice:
    case Kind::kRamDevice:
    case Kind::kReservation:
      return E820Type::kReserved;
    case Kind::kContainer:
    case Kind::kIo:
    case Kind::kIommu:
    case Kind::kAlias:
      break;
  }
  return E820Type::kNone;
}

}  // namespace

std::string ListTrees(const Model& model, const ObjectNames& names, bool shows_disabled) {
  TreeList list(model.regions(), names, shows_disabled);
  for (const std::vector<SpaceId>& group : Groups(model, &Space::root)) {
    std::vector<std::string> sharers;
    sharers.reserve(group.size());
    for (const SpaceId id : group) sharers.push_back(names.spaces[id]);
    std::ranges::sort(sharers);
    std::string heading;
    for (const std::string& name : sharers) heading += "address-space: " + name + "\n";
    list.Write(heading, model.spaces()[group.front()].root);
  }
  list.WriteTargets();
  return list.Take();
}

std::string ListViews(const Model& model, const ObjectNames& names) {
  const std::vector<Region>& regions = model.regions();
  std::string text;
  std::size_t number = 0;
  for (const std::vector<SpaceId>& group : Groups(model, &Space::view)) {
    text += "FlatView #" + std::to_string(number++) + "\n";
    for (const SpaceId id : group) {
      const RegionId root = model.spaces()[id].root;
      text += " AS \"" + names.spaces[id] + "\", root: " + names.regions[root];
      const bool is_alias = regions[root].kind == Kind::kAlias;
      text += is_alias ? ", alias " + names.regions[regions[root].target] + "\n" : "\n";
    }
    const View& view = *model.spaces()[group.front()].view;
    text += " Root memory region: ";
    text += view.root == kNone ? "(none)\n" : names.regions[view.root] + "\n";
    if (view.ranges.empty()) text += "  No rendered FlatView\n";
    for (const Range& range : view.ranges) {
      const Region& region = regions[range.region];
      text += "  " + Place(static_cast<std::uint64_t>(range.start),
                           static_cast<std::uint64_t>(range.end - 1), region.priority,
                           range.nonvolatile, range.readonly ? "rom" : TypeOf(regions, region));
      text += names.regions[range.region];
      if (range.offset != 0) text += " @" + Hex(range.offset);
      text += "\n";
    }
    text += "\n";
  }
  return text;
}

std::string ListE820(const Model& model, SpaceId space) {
  struct Entry {
    Wide start;
    Wide end;
    E820Type type;
  };
  std::vector<Entry> entries;
  for (const Range& range : model.spaces()[space].view->ranges) {
    const E820Type type = E820TypeOf(model.regions()[range.region], range);
    if (type == E820Type::kNone) continue;
    if (!entries.empty() && entries.back().end == range.start && entries.back().type == type) {
      entries.back().end = range.end;
    } else {
      entries.push_back({range.start, range.end, type});
    }
  }
  std::string text;
  for (auto [start, end, type] : entries) {
    if (type != E820Type::kReserved) {
      start = (start + 4095) / 4096 * 4096;
      end = end / 4096 * 4096;
    }
    if (start >= end) continue;
    text += "BIOS-e820: [mem 0x" + Hex(start) + "-0x" + Hex(end - 1) + "] ";
    text += type == E820Type::kUsable       ? "usable\n"
            : type == E820Type::kPersistent ? "persistent (type 7)\n"
                                            : "reserved\n";
  }
  return text;
}

}  // namespace flatcheck::reference
