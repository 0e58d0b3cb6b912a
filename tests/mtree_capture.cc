#include "tests/mtree_capture.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <utility>

#include "tests/mtree_lines.h"

namespace flatcheck {
namespace {

using engine::MemoryRegion;

class SilentDevice final : public engine::MmioDevice {
 public:
  std::uint64_t Read(std::uint64_t, unsigned) override { return 0; }
  void Write(std::uint64_t, unsigned, std::uint64_t) override {}
};

struct SpaceHeading {
  std::string name;
  std::string root;
};

// What the flat views tell besides.
struct FlatKnowledge {
  std::vector<SpaceHeading> spaces;                         // In order.
  std::set<std::pair<std::string, std::string>> answering;  // Names and priorities of ranges.
};

// ` AS "NAME", root: ROOT[, alias TARGET]`
SpaceHeading ParseHeading(const std::string& line) {
  const std::string_view between = "\", root: ";
  const std::size_t end = line.rfind(between);
  SpaceHeading heading{line.substr(5, end - 5), line.substr(end + between.size())};
  heading.root.resize(std::min(heading.root.rfind(", alias "), heading.root.size()));
  return heading;
}

FlatKnowledge ReadFlatViews(const std::string& text) {
  FlatKnowledge knowledge;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(" AS \"")) knowledge.spaces.push_back(ParseHeading(line));
    const std::size_t priority = line.find(" (prio ");
    const std::size_t name = line.find("): ");
    if (priority == std::string::npos || name == std::string::npos) continue;
    const std::size_t offset = line.rfind(" @");
    const bool has_offset = offset != std::string::npos && offset + 18 == line.size();
    knowledge.answering.emplace(
        line.substr(name + 3, (has_offset ? offset : line.size()) - name - 3),
        line.substr(priority + 7, line.find(',', priority) - priority - 7));
  }
  return knowledge;
}

}  // namespace

class MtreeCapture::Builder {
 public:
  Builder(MtreeText text, FlatKnowledge knowledge, engine::MemoryMap& map,
          engine::MmioDevice& device)
      : text_(std::move(text)),
        knowledge_(std::move(knowledge)),
        map_(map),
        device_(device),
        regions_(text_.lines.size()),
        targets_(text_.lines.size()),
        stands_for_(text_.lines.size()) {}

  std::string Build() {
    if (!text_.problem.empty()) return "not understood: " + text_.problem;
    FindTargets();
    if (!problem_.empty()) return problem_;
    FindTwins();
    Expect(map_.Begin());
    CreateRegions();
    if (!problem_.empty()) return problem_;
    for (std::size_t i = 0; i < text_.lines.size(); ++i) {
      if (IsOwn(i)) Place(i);
    }
    Expect(map_.Commit());
    CreateSpaces();
    return problem_;
  }

 private:
  // Sections of targets stand in the order in which the lines first refer to them. Of several with
  // one name, a target has its alias's owner. Where that leaves two, the one that was met before is
  // tried first.
  void FindTargets() {
    std::vector<std::size_t> aliases;
    for (std::size_t i = 0; i < text_.lines.size(); ++i) {
      if (text_.lines[i].is_alias) aliases.push_back(i);
    }
    std::vector<std::size_t> waiting;
    for (std::size_t i = 0; i < text_.sections.size(); ++i) {
      if (text_.sections[i].spaces.empty()) waiting.push_back(i);
    }
    std::vector<std::size_t> as_next;  // Aliases for which the next section was chosen after all.
    while (!TryTargets(aliases, waiting, as_next)) {
      if (as_next.size() == waiting.size() || undecided_.empty()) {
        problem_ = "sections do not follow the aliases";
        return;
      }
      as_next.push_back(undecided_.back());
    }
  }

  bool TryTargets(const std::vector<std::size_t>& aliases, const std::vector<std::size_t>& waiting,
                  const std::vector<std::size_t>& as_next) {
    std::size_t met = 0;  // Of the waiting ones.
    undecided_.clear();
    for (const std::size_t i : aliases) {
      const MtreeLine& line = text_.lines[i];
      const bool may_be_next =
          met < waiting.size() && text_.sections[waiting[met]].target == line.target;
      auto section = Met({waiting.data(), met}, line, may_be_next);
      if (section && may_be_next && std::ranges::count(as_next, i) > 0) section.reset();
      if (section && may_be_next) undecided_.push_back(i);
      if (!section && !may_be_next) return false;
      targets_[i] = text_.sections[section ? *section : waiting[met++]].root;
    }
    return met == waiting.size();
  }

  std::optional<std::size_t> Met(std::span<const std::size_t> met, const MtreeLine& line,
                                 bool by_owner_only) const {
    std::optional<std::size_t> other;
    for (const std::size_t section : met) {
      if (text_.sections[section].target != line.target) continue;
      if (text_.lines[text_.sections[section].root].owner == line.owner) return section;
      if (!by_owner_only) other = section;
    }
    return other;
  }

  // A section that stands within a larger one too is taken for it.
  void FindTwins() {
    std::vector<std::size_t> keys(text_.lines.size());
    std::map<std::string, std::size_t> numbers;
    for (std::size_t i = text_.lines.size(); i-- > 0;) {
      keys[i] = numbers.emplace(KeyOf(i, keys), numbers.size()).first->second;
    }
    std::multimap<std::size_t, std::size_t> places;
    for (const std::size_t number : LargestFirst()) {
      const MtreeSection& section = text_.sections[number];
      const auto [begin, end] = places.equal_range(keys[section.root]);
      // Spaces of one root would stand in one section.
      const auto twin = std::find_if(begin, end, [&](const auto& place) {
        return section.spaces.empty() || text_.lines[place.second].parent;
      });
      if (twin != end) {
        stands_for_[section.root] = twin->second;
        places.erase(twin);
        foreign_.insert(number);
        continue;
      }
      for (std::size_t i = section.root; i < section.end; ++i) {
        if (i != section.root || !section.spaces.empty()) places.emplace(keys[i], i);
      }
    }
  }

  std::string KeyOf(std::size_t i, const std::vector<std::size_t>& keys) const {
    const MtreeLine& line = text_.lines[i];
    std::ostringstream key;
    key << Address(line) << ' ' << line.last - line.first << ' ' << line.priority << line.type
        << line.is_nonvolatile << line.is_disabled << line.name << '@' << line.target << ' '
        << line.offset << line.owner;
    for (const std::size_t child : line.children) key << ' ' << keys[child];
    return key.str();
  }

  std::vector<std::size_t> LargestFirst() const {
    std::vector<std::size_t> order(text_.sections.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto size = [&](std::size_t i) {
      return text_.sections[i].root - text_.sections[i].end;  // Wraps: the larger, the less.
    };
    std::ranges::stable_sort(order, {}, size);
    return order;
  }

  bool IsOwn(std::size_t i) const { return !foreign_.contains(text_.lines[i].section); }

  std::uint64_t Address(const MtreeLine& line) const {
    return line.parent ? line.first - text_.lines[*line.parent].first : line.first;
  }

  MemoryRegion* Region(std::size_t i) const {
    return regions_[stands_for_[i] ? *stands_for_[i] : i];
  }

  // An alias when its target is there.
  void CreateRegions() {
    std::vector<std::size_t> aliases;
    for (std::size_t i = 0; i < text_.lines.size(); ++i) {
      if (!IsOwn(i)) continue;
      if (text_.lines[i].is_alias) {
        aliases.push_back(i);
      } else {
        regions_[i] = Create(text_.lines[i]);
      }
    }
    while (!aliases.empty() && problem_.empty()) {
      const auto create = [&](std::size_t i) {
        const MtreeLine& line = text_.lines[i];
        MemoryRegion* const target = targets_[i] ? Region(*targets_[i]) : nullptr;
        if (target == nullptr) return false;
        regions_[i] = Made(map_.CreateAlias(line.name, ApiSize(line), *target, line.offset));
        return true;
      };
      if (std::erase_if(aliases, create) == 0) problem_ = "aliases that lead to themselves";
    }
  }

  // As the API has it: 2^64 - 1 for 2^64.
  static std::uint64_t ApiSize(const MtreeLine& line) {
    const std::uint64_t less_one = line.last - line.first;
    return less_one == UINT64_MAX ? UINT64_MAX : less_one + 1;
  }

  MemoryRegion* Create(const MtreeLine& line) {
    const std::uint64_t size = ApiSize(line);
    const std::uint64_t pages = (size + 0xfff) & ~std::uint64_t{0xfff};
    MemoryRegion* region = nullptr;
    if (line.type == "ram") {
      region = Made(map_.CreateRam(line.name, pages));
    } else if (line.type == "rom") {
      region = Made(map_.CreateRom(line.name, pages));
    } else if (line.type == "romd") {
      region = Made(map_.CreateRomDevice(line.name, pages, device_));
    } else if (knowledge_.answering.contains({line.name, std::to_string(line.priority)})) {
      return Made(map_.CreateReservation(line.name, size));
    } else {
      return Made(map_.CreateContainer(line.name, size));
    }
    if (region != nullptr && size != pages) Expect(map_.SetSize(*region, size));
    return region;
  }

  MemoryRegion* Made(const engine::Created<MemoryRegion>& created) {
    Expect(created.refusal);
    return created.object;
  }

  void Expect(engine::Refusal refusal) {
    if (refusal != engine::Refusal::kNone) problem_ = ToString(refusal);
  }

  // Sets what the line says of its region, and puts the children into it.
  void Place(std::size_t i) {
    const MtreeLine& line = text_.lines[i];
    MemoryRegion& region = *regions_[i];
    Expect(map_.SetNonvolatile(region, line.is_nonvolatile));
    Expect(map_.SetEnabled(region, !line.is_disabled));
    if (line.is_alias && line.name == "pam-rom") Expect(map_.SetReadonly(region, true));
    if (!line.parent && (line.first != 0 || line.priority != 0)) PlaceRoot(line, region);
    for (const std::size_t child : BackToFront(line.children)) {
      const MtreeLine& below = text_.lines[child];
      Expect(map_.AddSubregion(region, Address(below), *regions_[child], below.priority));
    }
  }

  // Its container is not in the text; it keeps its place there.
  void PlaceRoot(const MtreeLine& line, MemoryRegion& region) {
    MemoryRegion* const container = Made(map_.CreateContainer("", 1));
    Expect(map_.AddSubregion(*container, line.first, region, line.priority));
    Expect(map_.DelSubregion(*container, region));
  }

  // The larger ones first, but those of one address and priority as they are printed, from the
  // last.
  std::vector<std::size_t> BackToFront(std::vector<std::size_t> children) const {
    std::ranges::reverse(children);
    std::vector<std::size_t> order = children;
    std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) {
      return text_.lines[i].last - text_.lines[i].first;
    });
    std::map<std::pair<std::uint64_t, std::int32_t>, std::vector<std::size_t>> ties;
    const auto tie = [&](std::size_t i) -> std::vector<std::size_t>& {
      return ties[{text_.lines[i].first, text_.lines[i].priority}];
    };
    for (auto i = children.rbegin(); i != children.rend(); ++i) tie(*i).push_back(*i);
    for (std::size_t& i : order) {
      std::vector<std::size_t>& left = tie(i);
      i = left.back();
      left.pop_back();
    }
    return order;
  }

  // In the order of the views, which is that of creation within each.
  void CreateSpaces() {
    std::multimap<std::string, std::size_t> sections;
    for (std::size_t i = 0; i < text_.sections.size(); ++i) {
      for (const std::string& name : text_.sections[i].spaces) sections.emplace(name, i);
    }
    for (const SpaceHeading& heading : knowledge_.spaces) {
      const auto [begin, end] = sections.equal_range(heading.name);
      const auto section = std::find_if(begin, end, [&](const auto& candidate) {
        return text_.lines[text_.sections[candidate.second].root].name == heading.root;
      });
      if (section == end) {
        problem_ = "no section for the address space " + heading.name;
        return;
      }
      Expect(map_.CreateAddressSpace(heading.name, *Region(text_.sections[section->second].root))
                 .refusal);
      sections.erase(section);
    }
  }

  const MtreeText text_;
  const FlatKnowledge knowledge_;
  engine::MemoryMap& map_;
  engine::MmioDevice& device_;
  std::string problem_;
  std::vector<MemoryRegion*> regions_;                  // By line; null in a section with a twin.
  std::vector<std::optional<std::size_t>> targets_;     // The root lines of aliases' targets.
  std::vector<std::optional<std::size_t>> stands_for_;  // Of a section's root, its twin.
  std::set<std::size_t> foreign_;                       // The sections with twins.
  std::vector<std::size_t> undecided_;  // Aliases whose target might have been the next section.
};

MtreeCapture::MtreeCapture(std::string_view trees, std::string_view flat_views)
    : device_(std::make_unique<SilentDevice>()), map_(std::make_unique<engine::MemoryMap>()) {
  problem_ =
      Builder(ParseMtree(trees), ReadFlatViews(WithoutAccelerators(flat_views)), *map_, *device_)
          .Build();
}

MtreeCapture::~MtreeCapture() = default;

std::string WithoutOwners(std::string_view trees) {
  std::string text;
  std::istringstream lines{std::string(trees)};
  for (std::string line; std::getline(lines, line);) text += line.substr(0, OwnerOf(line)) + '\n';
  return text;
}

std::string WithoutAccelerators(std::string_view flat_views) {
  std::string text;
  std::istringstream lines{std::string(flat_views)};
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(" KVM")) line.resize(line.size() - 4);
    text += line + '\n';
  }
  return text;
}

std::vector<std::string> SectionsOf(std::string_view text) {
  std::vector<std::string> sections;
  std::istringstream lines{std::string(text)};
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("FlatView #")) continue;
    if (!line.empty()) {
      section += line + '\n';
    } else {
      sections.push_back(std::exchange(section, {}));
    }
  }
  if (!section.empty()) sections.push_back(section);
  std::ranges::sort(sections);
  return sections;
}

}  // namespace flatcheck
