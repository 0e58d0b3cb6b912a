#include "fuzz/repro/test_parts.h"

#include <algorithm>
#include <vector>

#include "fuzz/repro/source_text.h"
#include "fuzz/repro/test_devices.h"
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
    {"Granted(", R"(void Granted(Refusal refusal) { EXPECT_EQ(ToString(refusal), ""); }

)",
     "map.Create"},
    {"Refused(map.Create", R"(template <class T>
void Refused(Created<T> created) {
  EXPECT_EQ(created.object, nullptr);
}

)"},
    {"Refused(", R"(void Refused(Refusal refusal) { EXPECT_NE(ToString(refusal), ""); }

)",
     "map.Create"},
    {"Outcome(", R"(std::string Outcome(Refusal refusal) {
  return refusal == Refusal::kNone ? "ok" : "error";
}

)"},
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
    {"ProfiledDevice", kProfiledDevice},
    {"RecordingDevice ", kRecordingDevice},
    {"Resized(", kResized},
    {"TableIommu", kTableIommu},
    {"RecordingIommu ", kRecordingIommu},
    {"DeafNotifier ", kDeafNotifier},
    {"RecordingNotifier ", kRecordingNotifier},
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
    {"FirmwareMaps(map)", R"(// Of each space; an empty line behind each.
std::string FirmwareMaps(const MemoryMap& map) {
  std::string text;
  for (const AddressSpace* space : AllSpaces(map)) text += PrintE820(space->view()) + "\n";
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
    {"Text(Load(", R"(std::string Text(const Loaded& loaded) {
  return "res=" + std::to_string(loaded.result) + " val=0x" + Hex(loaded.value);
}

)"},
    {"Text(MapMemory(", R"(std::string Text(const Mapping& mapping) {
  const std::string length = "len=0x" + Hex(mapping.bytes().size());
  if (!mapping) return "none " + length;
  if (mapping.region() == nullptr) return "bounce " + length;
  return "mr=" + mapping.region()->name() + " off=0x" + Hex(mapping.offset()) + " " + length;
}

)"},
    {"Text(IotlbEntry(", R"(std::string Text(const IommuEntry& entry) {
  return "as=" + (entry.target == nullptr ? "-" : entry.target->name()) + " iova=0x" +
         Hex(entry.iova) + " xlat=0x" + Hex(entry.translated) + " mask=0x" + Hex(entry.mask) +
         " perm=" + std::to_string(entry.permission);
}

)"},
    {"Text(map, HostPointerOf(",
     R"(std::string Text(const MemoryMap& map, const HostPointer& pointer) {
  EXPECT_EQ(ToString(pointer.refusal), "");
  const RamList::Place place = map.ram_list().FromHost(pointer.host);
  return "mr=" + place.block->region().name() + " off=0x" + Hex(place.offset);
}

)"},
    {"NewFile(", R"(// An empty one, which the map makes as long as it needs it.
std::string NewFile() {
  return "/proc/self/fd/" + std::to_string(memfd_create("file", MFD_CLOEXEC));
}

)"},
    {"NewMemory(", R"(// Zeroed; it outlives the map.
std::uint8_t* NewMemory(std::size_t length) {
  return static_cast<std::uint8_t*>(
      mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

)"},
    {"SharedByte(",
     R"(// What another one sees that shares the memory, which begins there in its file.
int SharedByte(const RamBlock& block, std::uint64_t start, std::uint64_t offset) {
  if (block.fd() < 0) return block.host()[offset];
  std::uint8_t byte = 0;
  return pread(block.fd(), &byte, 1, static_cast<off_t>(start + offset)) == 1 ? byte : -1;
}

)"},
    {"HostOf(map", R"(// The host memory of a byte of guest memory, if it has some.
std::string HostOf(const MemoryMap& map, const AddressSpace& space, std::uint64_t address) {
  const Translation leads = Translate(map, space, address, 1);
  if (leads.region == nullptr || !leads.region->IsDirect(false)) return "none";
  const RamList& ram = map.ram_list();
  const RamList::Place by_host = ram.FromHost(leads.region->ram()->host() + leads.offset);
  const RamList::Place place = ram.FromRamAddress(by_host.block->offset() + by_host.offset);
  if (place.block != by_host.block || place.offset != by_host.offset) return "two places";
  return "mr=" + place.block->region().name() + " off=0x" + Hex(place.offset) + " ramaddr=0x" +
         Hex(place.block->offset() + place.offset);
}

)"},
    {"Blocks(map)", R"(// The RAM blocks: how many, and a line for each.
std::string Blocks(const MemoryMap& map) {
  std::string text = "n=" + std::to_string(map.ram_list().size()) + "\n";
  for (const RamBlock* block : map.ram_list()) {
    text += "  " + block->region().name() + " off=0x" + Hex(block->offset()) + " used=0x" +
            Hex(block->used_length()) + " max=0x" + Hex(block->max_length()) + "\n";
  }
  return text;
}

)"},
    {"Pages(", R"(// Runs of pages, with both ends.
std::string Pages(const std::vector<PageRange>& runs) {
  std::string text;
  for (const PageRange& run : runs) {
    text += (text.empty() ? "" : ",") + std::to_string(run.first);
    if (run.first + 1 < run.end) text += "-" + std::to_string(run.end - 1);
  }
  return text.empty() ? "-" : text;
}

)"},
    {"Data(", R"(std::string Data(std::span<const std::uint8_t> bytes) {
  std::string text = "data=";
  for (const std::uint8_t byte : bytes) text += Hex(byte, 2);
  return text;
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
    {"IsInOneSection(",
     R"(// Whether one section has the bytes, and those up to the multiple of 16 before them.
bool IsInOneSection(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                    std::size_t size) {
  const std::uint64_t first = address - address % 16;
  const SectionPiece piece = FindPiece(map, space.view(), first);
  return piece.region != nullptr && piece.last - first >= address % 16 + size - 1;
}

)"},
    {"CachedBytes(map", R"(// By a translation that is kept; one made for writing may read, too.
std::string CachedBytes(MemoryMap& map, AddressSpace& space, std::uint64_t address,
                        std::size_t length, bool is_for_writing) {
  if (!IsInOneSection(map, space, address, length)) return Bytes(map, space, address, length);
  const std::uint64_t offset = address % 16;
  const CachedTranslation cached(map, space, address - offset, offset + length, is_for_writing);
  std::vector<std::uint8_t> bytes(length);
  const MemTx result = cached.Read(offset, bytes);
  return "res=" + std::to_string(result) + " " + Data(bytes);
}

)"},
    {"CachedWrite(map", R"(// By a translation that is kept.
MemTx CachedWrite(MemoryMap& map, AddressSpace& space, std::uint64_t address,
                  const std::vector<std::uint8_t>& bytes) {
  const std::size_t size = bytes.size();
  if (!IsInOneSection(map, space, address, size)) return Write(map, space, address, bytes);
  const std::uint64_t offset = address % 16;
  return CachedTranslation(map, space, address - offset, offset + size, true).Write(offset, bytes);
}

)"},
    {"MarkDirty(map",
     R"(// By a hypervisor's log, where that marks for all clients that log the region.
Refusal MarkDirty(MemoryMap& map, const MemoryRegion& region, ByteRange range,
                  std::uint64_t log_page_size) {
  const bool logs_all = map.global_logging();
  const int imported = MaskOf(DirtyClient::kVga) | (logs_all ? MaskOf(DirtyClient::kMigration) : 0);
  if (region.LogMask(logs_all) != imported) return SetDirty(map, region, range);
  const std::vector<std::uint64_t> log(64, ~std::uint64_t{0});
  return ImportDirty(map, region, range, log, log_page_size);
}

)"},
    {"MoveDirty(map", R"(// Whether pages were dirty, which are moved to a bitmap.
Answered<bool> MoveDirty(MemoryMap& map, MemoryRegion& region, ByteRange range) {
  std::vector<std::uint64_t> expect(64, 0x5555555555555555);  // Set before.
  std::vector<std::uint64_t> pages = expect;
  std::uint64_t count = 0;
  const auto dirty = DirtyRuns(map, region, range, DirtyClient::kMigration);
  for (const PageRange& run : dirty.value) {
    for (std::uint64_t page = run.first; page < run.end; ++page) {
      const std::uint64_t bit = std::uint64_t{1} << page % 64;
      count += (expect[page / 64] & bit) == 0 ? 1 : 0;
      expect[page / 64] |= bit;
    }
  }
  const Answered<std::uint64_t> moved = MoveMigrationDirty(map, region, range, pages);
  EXPECT_EQ(pages, expect);
  EXPECT_EQ(moved.value, count);
  return {!dirty.value.empty(), moved.refusal};
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
            Translate(map, *space, address, length);
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
      {{"<gtest/gtest.h>", {"TEST("}},
       {"<sys/mman.h>", {"memfd_create(", "mmap("}},
       {"<unistd.h>", {"alarm(", "pread("}}},
      {{"<algorithm>", {"std::find_if", "std::erase", "std::ranges::copy"}},
       {"<cstddef>", {"std::size_t"}},
       {"<cstdint>", {"std::uint", "INT32_MIN", "UINT64_MAX"}},
       {"<functional>", {"std::function"}},
       {"<iterator>", {"std::prev", "std::next"}},
       {"<map>", {"std::map"}},
       {"<optional>", {"std::optional"}},
       {"<span>", {"std::span"}},
       {"<string>", {"std::string"}},
       {"<utility>", {"std::move"}},
       {"<vector>", {"std::vector"}}},
      {{"\"engine/map/memory_map.h\"", {"MemoryMap"}},
       {"\"engine/print/e820.h\"", {"PrintE820("}},
       {"\"engine/print/mtree.h\"", {"PrintTrees(", "PrintFlatViews("}},
       {"\"engine/print/space_list.h\"", {"AllSpaces("}},
       {"\"engine/ram/access.h\"",
        {"Read(map", "Write(map", "Load(map", "Store(map", "AccessValid(map", "WriteRom(map",
         "HostPointerOf("}},
       {"\"engine/ram/cached_translation.h\"", {"CachedTranslation"}},
       {"\"engine/ram/dirty_log.h\"",
        {"DirtyRuns(", "SetDirty(map", "TestAndClearDirty(", "SnapshotAndClearDirty("}},
       {"\"engine/ram/dirty_transfer.h\"", {"MoveMigrationDirty", "ImportDirty"}},
       {"\"engine/ram/iommu.h\"", {"Iommu"}},
       {"\"engine/ram/mapping.h\"", {"MapMemory("}},
       {"\"engine/ram/translate.h\"", {"Find(map", "FindPiece(map", "Translate(map", "OriginOf("}}},
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
