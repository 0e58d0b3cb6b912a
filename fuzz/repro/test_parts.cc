#include "fuzz/repro/test_parts.h"

#include <algorithm>
#include <vector>

#include "fuzz/repro/source_text.h"
#include "fuzz/repro/test_listeners.h"

namespace flatcheck {
namespace {

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
    {"Name(",
     R"(std::string Name(const MemoryRegion* region) { return region == nullptr ? "-" : region->name(); }

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
    {"RecordingListener ", kRecordingListener},
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
          for (const std::uint64_t length : {UINT64_C(0), UINT64_C(1), UINT64_MAX}) {
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
