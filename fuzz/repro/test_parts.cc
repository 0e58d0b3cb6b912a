#include "fuzz/repro/test_parts.h"

#include <algorithm>
#include <vector>

#include "fuzz/repro/source_text.h"

namespace flatcheck {
namespace {

constexpr std::string_view kMirror =
    R"(// Keeps a copy of its space's view, made of nothing but what it hears.
class Mirror final : public MemoryListener {
 public:
  using Section = MemoryRegionSection;

  void Begin() override {
    EXPECT_NE(space(), nullptr) << "called and not registered";
    EXPECT_FALSE(within_commit_);
    within_commit_ = true;
    is_adding_ = false;
    for (auto& [address, range] : ranges_) range.is_kept = false;
  }
  void Commit() override {
    EXPECT_TRUE(within_commit_);
    within_commit_ = false;
    for (const auto& [address, range] : ranges_) {
      EXPECT_TRUE(range.is_kept || is_leaving_) << "stays and is not confirmed: " << range.text;
    }
  }
  void RegionAdd(const Section& s) override {
    EXPECT_TRUE(within_commit_);
    is_adding_ = true;
    const auto behind = ranges_.lower_bound(s.address);
    const bool fits = (behind == ranges_.end() || s.address + s.size <= behind->first) &&
                      (behind == ranges_.begin() || std::prev(behind)->second.end <= s.address);
    EXPECT_TRUE(fits) << "added where there is one: " << Text(s);
    ranges_[s.address] = {Text(s), s.address + s.size, true, std::nullopt, 0};
  }
  void RegionDel(const Section& s) override {
    EXPECT_TRUE(within_commit_);
    EXPECT_FALSE(is_adding_ && !is_leaving_) << "a deletion after an addition";
    if (Known(s) != nullptr) ranges_.erase(s.address);
  }
  void RegionNop(const Section& s) override {
    EXPECT_TRUE(within_commit_);
    is_adding_ = true;
    Range* const range = Known(s);
    if (range == nullptr) return;
    EXPECT_FALSE(range->is_kept) << "confirmed twice: " << range->text;
    range->is_kept = true;
  }
  void LogStart(const Section& s, std::uint8_t before, std::uint8_t after) override {
    ChangeMask(s, before, after, false);
  }
  void LogStop(const Section& s, std::uint8_t before, std::uint8_t after) override {
    ChangeMask(s, before, after, true);
  }

  // From here on it is told that everything goes.
  void Leave() { is_leaving_ = true; }
  void ExpectEmpty() const { EXPECT_TRUE(ranges_.empty()) << "it leaves and still has ranges"; }

  // The copy is the published view. The mask of an added range is told nowhere else.
  void ExpectPublished() {
    EXPECT_FALSE(within_commit_);
    std::string published;
    for (const FlatRange& range : space()->view()) {
      const Section section = {space(),     range.region,   range.offset,      range.size(),
                               range.first, range.readonly, range.nonvolatile, range.unmergeable};
      published += Text(section);
      const auto copy = ranges_.find(range.first);
      if (copy == ranges_.end()) continue;
      EXPECT_EQ(copy->second.mask.value_or(range.log_mask), range.log_mask) << Text(section);
      copy->second.mask = range.log_mask;
    }
    std::string copied;
    for (const auto& [address, range] : ranges_) copied += range.text;
    EXPECT_EQ(copied, published);
  }

 private:
  struct Range {
    std::string text;
    Size end = 0;
    bool is_kept = false;
    std::optional<std::uint8_t> mask;
    std::uint8_t mask_before = 0;
  };

  static std::string Text(const Section& s) {
    return Hex(s.address, 16) + " size=0x" + Hex(s.size) + " " + Name(s.region) + " off=0x" +
           Hex(s.offset) + " ro=" + std::to_string(s.readonly) +
           " nv=" + std::to_string(s.nonvolatile) + " um=" + std::to_string(s.unmergeable) + "\n";
  }

  Range* Known(const Section& s) {
    const auto found = ranges_.find(s.address);
    const bool is_known = found != ranges_.end() && found->second.text == Text(s);
    EXPECT_TRUE(is_known) << "never added: " << Text(s);
    return is_known ? &found->second : nullptr;
  }

  void ChangeMask(const Section& s, std::uint8_t before, std::uint8_t after, bool is_stop) {
    EXPECT_TRUE(within_commit_);
    Range* const range = Known(s);
    if (range == nullptr) return;
    // Of a change that sets and clears bits, both calls tell the same two masks.
    const bool is_second = is_stop && range->mask_before == before && range->mask == after;
    if (range->mask && !is_second) {
      EXPECT_EQ(*range->mask, before) << Text(s);
    }
    range->mask_before = before;
    range->mask = after;
  }

  std::map<std::uint64_t, Range> ranges_;
  bool within_commit_ = false;
  bool is_adding_ = false;
  bool is_leaving_ = false;
};

)";

// Each needs only parts before it.
constexpr SourcePart kParts[] = {
    {"Granted(map.Create", R"(template <class T>
T& Granted(Created<T> created) {
  EXPECT_EQ(ToString(created.refusal), "");
  return *created.object;
}

)"},
    {"Granted(map.",
     R"(void Granted(Refusal refusal) { EXPECT_EQ(ToString(refusal), ""); }

)",
     "Create"},
    {"Refused(map.Create", R"(template <class T>
void Refused(Created<T> created) {
  EXPECT_EQ(created.object, nullptr);
}

)"},
    {"Refused(map.",
     R"(void Refused(Refusal refusal) { EXPECT_NE(ToString(refusal), ""); }

)",
     "Create"},
    {"Device device;", R"(// Reads give a value that tells the offset.
class Device final : public MmioDevice {
 public:
  std::uint64_t Read(std::uint64_t offset, unsigned) override {
    return offset * 0x0101010101010101 + 0x1122334455667788;
  }
  void Write(std::uint64_t, unsigned, std::uint64_t) override {}
};

)"},
    {"Hex(", R"(// At least that many digits.
std::string Hex(Size value, std::size_t digits_min = 1) {
  std::string digits;
  for (; value != 0 || digits.size() < digits_min; value /= 16) {
    digits.insert(digits.begin(), "0123456789abcdef"[static_cast<unsigned>(value % 16)]);
  }
  return digits;
}

)"},
    {"Name(", R"(std::string Name(const MemoryRegion* region) {
  return region == nullptr ? "-" : region->name();
}

)"},
    {"RecordingDevice ",
     R"(// Writes down each call in a line. Reads give a value that tells the offset.
class RecordingDevice final : public MmioDevice {
 public:
  RecordingDevice(std::string name, std::string& heard) : name_(std::move(name)), heard_(heard) {}

  std::uint64_t Read(std::uint64_t offset, unsigned size) override {
    heard_ += "io " + name_ + " read off=0x" + Hex(offset) + " size=" + std::to_string(size) + "\n";
    return offset * 0x0101010101010101 + 0x1122334455667788;
  }
  void Write(std::uint64_t offset, unsigned size, std::uint64_t value) override {
    heard_ += "io " + name_ + " write off=0x" + Hex(offset) + " size=" + std::to_string(size) +
              " val=0x" + Hex(value) + "\n";
  }

 private:
  std::string name_;
  std::string& heard_;
};

)"},
    {"RecordingListener ", R"(// Writes down each call in a line.
class RecordingListener final : public MemoryListener {
 public:
  using Section = MemoryRegionSection;

  RecordingListener(std::string name, std::string& heard) : name_(std::move(name)), heard_(heard) {}

  void Begin() override { Hear("begin"); }
  void Commit() override { Hear("commit"); }
  void LogGlobalStart() override { Hear("log_global_start"); }
  void LogGlobalStop() override { Hear("log_global_stop"); }
  void RegionAdd(const Section& s) override { Hear("region_add", s); }
  void RegionDel(const Section& s) override { Hear("region_del", s); }
  void RegionNop(const Section& s) override { Hear("region_nop", s); }
  void LogSync(const Section& s) override { Hear("log_sync", s); }
  void LogClear(const Section& s) override { Hear("log_clear", s); }
  void LogStart(const Section& s, std::uint8_t before, std::uint8_t after) override {
    Hear("log_start", s, " old=0x" + Hex(before) + " new=0x" + Hex(after));
  }
  void LogStop(const Section& s, std::uint8_t before, std::uint8_t after) override {
    Hear("log_stop", s, " old=0x" + Hex(before) + " new=0x" + Hex(after));
  }
  void EventfdAdd(const Section& s, const IoEventfd& e) override {
    Hear("eventfd_add", s, Text(e));
  }
  void EventfdDel(const Section& s, const IoEventfd& e) override {
    Hear("eventfd_del", s, Text(e));
  }
  void CoalescedIoAdd(const Section& s, std::uint64_t start, std::uint64_t length) override {
    Hear("coalesced_io_add", s, " start=0x" + Hex(start) + " len=0x" + Hex(length));
  }
  void CoalescedIoDel(const Section& s, std::uint64_t start, std::uint64_t length) override {
    Hear("coalesced_io_del", s, " start=0x" + Hex(start) + " len=0x" + Hex(length));
  }

 private:
  static std::string Text(const IoEventfd& entry) {
    return " match=" + std::to_string(entry.match_data) + " data=0x" + Hex(entry.data) +
           " fd=" + std::to_string(entry.notifier);
  }

  void Hear(const std::string& call) { heard_ += "cb " + name_ + " " + call + "\n"; }
  void Hear(const std::string& call, const Section& s, const std::string& extra = "") {
    Hear(call + " as=" + s.space->name() + " mr=" + Name(s.region) + " addr=0x" + Hex(s.address) +
         " size=0x" + Hex(s.size) + " off=0x" + Hex(s.offset) + " ro=" +
         std::to_string(s.readonly) + " nv=" + std::to_string(s.nonvolatile) + extra +
         (s.unmergeable ? " um=1" : ""));
  }

  std::string name_;
  std::string& heard_;
};

)"},
    {"Text(range)", R"(std::string Text(const FlatRange& range) {
  return "  " + Hex(range.first, 16) + "-" + Hex(range.last, 16) + " " + Name(range.region) +
         " off=0x" + Hex(range.offset) + " ro=" + std::to_string(range.readonly) +
         " nv=" + std::to_string(range.nonvolatile) + " romd=" + std::to_string(range.romd_mode) +
         " log=0x" + Hex(range.log_mask) + (range.unmergeable ? " um=1" : "") + "\n";
}

)"},
    {"Views(map", R"(// Of each space a line, and one for each range that it shows.
std::string Views(const MemoryMap& map) {
  std::string text;
  for (const auto& space : map.spaces()) {
    const FlatView& view = space->view();
    text += "as " + space->name() + " root=" + Name(&space->root()) +
            " fvroot=" + Name(view.root()) + " nr=" + std::to_string(view.size()) + "\n";
    for (const FlatRange& range : view) text += Text(range);
  }
  return text;
}

)"},
    {"ViewsByRoot(map)",
     R"(// What each space shows, by its name and that of the region that its root resolves to.
std::map<std::string, std::string> ViewsByRoot(const MemoryMap& map) {
  std::map<std::string, std::string> views;
  for (const auto& space : map.spaces()) {
    std::string& view = views[space->name() + " fvroot=" + Name(space->view().root())];
    for (const FlatRange& range : space->view()) view += Text(range);
  }
  return views;
}

)"},
    {"Places(map)", R"(// Of each space a line: where offset 0 of its root lies.
std::string Places(const MemoryMap& map) {
  std::string text;
  for (const auto& space : map.spaces()) {
    text += "as " + space->name() + " origin=0x" + Hex(OriginOf(space->root())) + "\n";
  }
  return text;
}

)"},
    {"Sharing(map)", R"(// Of each space a line: the oldest one that shows the same view object.
std::string Sharing(const MemoryMap& map) {
  std::string text;
  for (const auto& space : map.spaces()) {
    std::size_t oldest = 0;
    while (&map.spaces()[oldest]->view() != &space->view()) ++oldest;
    text += "as " + space->name() + " view_of=" + map.spaces()[oldest]->name() + "\n";
  }
  return text;
}

)"},
    {"Text(Find(", R"(std::string Text(const Finding& finding) {
  if (finding.region == nullptr) return "none";
  return "mr=" + finding.region->name() + " addr=0x" + Hex(finding.address) + " size=0x" +
         Hex(finding.size) + " off=0x" + Hex(finding.offset) +
         " ro=" + std::to_string(finding.readonly) + " nv=" + std::to_string(finding.nonvolatile);
}

)"},
    {"Text(Translate(", R"(std::string Text(const Translation& translation) {
  return "mr=" + Name(translation.region) + " xlat=0x" + Hex(translation.offset) + " len=0x" +
         Hex(translation.length);
}

)"},
    {"Bytes(map", R"(// The result of a read, and two digits for each byte.
std::string Bytes(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                  std::size_t length) {
  std::vector<std::uint8_t> bytes(length);
  std::string text = "res=" + std::to_string(Read(map, space, address, bytes)) + " data=";
  for (const std::uint8_t byte : bytes) text += Hex(byte, 2);
  return text;
}

)"},
    {"Repeated(", R"(// The 8 bytes of the value, little-endian, again and again.
std::vector<std::uint8_t> Repeated(std::uint64_t value, std::size_t length) {
  std::vector<std::uint8_t> bytes(length);
  for (std::size_t i = 0; i < length; ++i) {
    bytes[i] = static_cast<std::uint8_t>(value >> (8 * (i % 8)));
  }
  return bytes;
}

)"},
    {"Mirror ", kMirror},
    {"ExpectCanonical(map)", R"(// Ranges are sorted, disjoint, not empty and as few as can be.
void ExpectCanonical(const MemoryMap& map) {
  for (const auto& space : map.spaces()) {
    const FlatRange* before = nullptr;
    for (const FlatRange& range : space->view()) {
      SCOPED_TRACE(space->name() + ": 0x" + Hex(range.first) + "-0x" + Hex(range.last));
      EXPECT_LE(range.first, range.last) << "an empty range";
      if (before != nullptr) {
        const bool is_joined =
            before->last + 1 == range.first && before->region == range.region &&
            before->offset + (before->last - before->first) + 1 == range.offset &&
            range.offset != 0 && before->readonly == range.readonly &&
            before->nonvolatile == range.nonvolatile && before->romd_mode == range.romd_mode &&
            before->log_mask == range.log_mask && !before->unmergeable && !range.unmergeable;
        EXPECT_LT(before->last, range.first) << "not behind the one before";
        EXPECT_FALSE(is_joined) << "continues the one before";
      }
      before = &range;
    }
  }
}

)"},
    {"LookAround(map)",
     R"(// Reads all views, and asks who answers at each edge of each range and beside it.
void LookAround(const MemoryMap& map) {
  Views(map);
  for (const auto& space : map.spaces()) {
    const std::uint64_t origin = OriginOf(space->root());
    for (const FlatRange& range : space->view()) {
      for (const std::uint64_t edge : {range.first, range.last}) {
        for (const std::uint64_t address : {edge - 1, edge, edge + 1}) {
          for (const std::uint64_t length : {UINT64_C(0), UINT64_C(1), UINT64_C(0x2001), UINT64_MAX}) {
            Translate(*space, address, length, map.limits().page_size);
            Find(map, space->root(), address - origin, length);
          }
        }
      }
      Find(map, *range.region, 1, 1);
    }
  }
}

)"},
    {"Rebuild(map)",
     R"(// The next commit renders all views anew: disabling counts even where a region hangs nowhere.
void Rebuild(MemoryMap& map) {
  Granted(map.SetEnabled(Granted(map.CreateContainer("lone", 0)), false));
}

)"},
};

struct Include {
  std::string_view header;
  std::vector<std::string_view> marks;
};

// Groups, with an empty line between them.
const std::vector<std::vector<Include>>& Includes() {
  static const std::vector<std::vector<Include>> includes = {
      {{"<gtest/gtest.h>", {"TEST("}}, {"<unistd.h>", {"alarm("}}},
      {{"<cstddef>", {"std::size_t"}},
       {"<cstdint>", {"std::uint", "INT32_MIN", "UINT64_MAX"}},
       {"<iterator>", {"std::prev"}},
       {"<map>", {"std::map"}},
       {"<optional>", {"std::optional"}},
       {"<string>", {"std::string"}},
       {"<utility>", {"std::move"}},
       {"<vector>", {"std::vector"}}},
      {{"\"engine/map/memory_map.h\"", {"MemoryMap"}},
       {"\"engine/ram/access.h\"",
        {"Find(map", "Translate(", "Read(map", "Write(map", "OriginOf("}}},
  };
  return includes;
}

}  // namespace

std::string PartsFor(std::string_view body) { return PartsFor(kParts, body); }

std::string IncludesFor(std::string_view source) {
  std::string lines;
  for (const std::vector<Include>& group : Includes()) {
    std::string group_lines;
    for (const auto& [header, marks] : group) {
      const bool needed = std::ranges::any_of(marks, [source](std::string_view mark) {
        return source.find(mark) != std::string_view::npos;
      });
      if (needed) group_lines.append("#include ").append(header) += '\n';
    }
    if (!lines.empty() && !group_lines.empty()) lines += '\n';
    lines += group_lines;
  }
  return lines;
}

}  // namespace flatcheck
