// Which memory slots a range becomes (memory-map 8.1, 8.2), by hand.

#include "reference/model_slots.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flatcheck::reference {
namespace {

constexpr SlotRules kRules{.page_size = 0x1000,
                           .address_end = 1ull << 48,
                           .slot_bytes_max = 1ull << 42,
                           .has_readonly_slots = true};

Region RegionOf(Kind kind) {
  Region region;
  region.kind = kind;
  region.size = kSpaceEnd;
  region.readonly = kind == Kind::kRom;
  region.block = std::make_unique<RamBlock>();
  return region;
}

// A slot as `start+size@offset`, then r if it is read-only and d if it is logged.
std::string SlotsText(Region region, const Range& range, const SlotRules& rules,
                      std::uint8_t migration_mask = 0) {
  std::vector<Region> regions;
  regions.push_back(std::move(region));
  Range of_region = range;
  of_region.region = 0;
  std::string text;
  for (const Slot& slot : SlotsOf(regions, of_region, rules, migration_mask)) {
    EXPECT_EQ(slot.region, 0U);
    text += fmt::format("{}{:x}+{:x}@{:x}{}{}", text.empty() ? "" : " ",
                        static_cast<std::uint64_t>(slot.start),
                        static_cast<std::uint64_t>(slot.end - slot.start), slot.offset,
                        slot.is_readonly ? "r" : "", slot.is_logged ? "d" : "");
  }
  return text;
}

struct RangeCase {
  std::uint64_t start;
  std::uint64_t size;
  std::uint64_t offset;
  std::string_view slots;
};

void CheckRam(const std::vector<RangeCase>& cases, const SlotRules& rules) {
  for (const RangeCase& c : cases) {
    SCOPED_TRACE(fmt::format("[{:#x}, +{:#x}) of offset {:#x}", c.start, c.size, c.offset));
    Range range;
    range.start = c.start;
    range.end = Wide{c.start} + c.size;
    range.offset = c.offset;
    EXPECT_EQ(SlotsText(RegionOf(Kind::kRam), range, rules), c.slots);
  }
}

// The examples of 8.1, at offsets that have pages begin where those of the guest do.
TEST(ModelSlots, TakeTheWholePagesOfARange) {
  CheckRam(
      {
          {0x1000, 0x3000, 0, "1000+3000@0"},
          {0x1800, 0x3000, 0x800, "2000+2000@1000"},
          {0x1800, 0x700, 0x800, ""},
          {0x1001, 0x1fff, 1, "2000+1000@1000"},
          {0x1fff, 2, 0xfff, ""},
          {0x1800, 0x800, 0x800, ""},
          {0x1fff, 0x1001, 0xfff, "2000+1000@1000"},
          {0, 1, 0, ""},
      },
      kRules);
}

TEST(ModelSlots, AreNoneWhereThePagesOfTheBlockLieAcrossThoseOfTheGuest) {
  CheckRam(
      {
          {0x1800, 0x3000, 0, ""},
          {0x1000, 0x3000, 0x800, ""},
          {0x1000, 0x3000, 0x7000, "1000+3000@7000"},
          {0x1800, 0x3000, 0x7800, "2000+2000@8000"},
      },
      kRules);
}

TEST(ModelSlots, AreWhereThePagesOfTheHostLieInThoseOfTheGuest) {
  SlotRules rules = kRules;
  rules.start_in_page = [](const RamBlock&) { return std::uint64_t{0x800}; };
  CheckRam(
      {
          {0x1000, 0x3000, 0, ""},
          {0x1000, 0x3000, 0x800, "1000+3000@800"},
          {0x1800, 0x3000, 0, "2000+2000@800"},
          {0x1800, 0x3000, 0x800, ""},
      },
      rules);
  rules.page_size = 0x4000;
  CheckRam(
      {
          {0x4000, 0x8000, 0x800, ""},
          {0x4000, 0x8000, 0x3800, "4000+8000@3800"},
          {0x1800, 0x8000, 0x1000, "4000+4000@3800"},
      },
      rules);
}

TEST(ModelSlots, EndBelowTheEndOfAddresses) {
  SlotRules rules = kRules;
  rules.address_end = 0x4800;
  CheckRam(
      {
          {0x1000, 0x4000, 0, "1000+3000@0"},
          {0x3000, 0x1000, 0, "3000+1000@0"},
          {0x4000, 0x1000, 0, ""},
          {0x5000, 0x1000, 0, ""},
          {0xfffffffffffff000, 0x1000, 0, ""},
      },
      rules);
}

TEST(ModelSlots, AreSplitFromTheirFirstPageOn) {
  SlotRules rules = kRules;
  rules.slot_bytes_max = 0x2000;
  CheckRam(
      {
          {0x1000, 0x2000, 0, "1000+2000@0"},
          {0x1000, 0x3000, 0, "1000+2000@0 3000+1000@2000"},
          {0xfff, 0x5000, 0x4fff, "1000+2000@5000 3000+2000@7000"},
      },
      rules);
}

constexpr Range kTwoPages{.start = 0x1000, .end = 0x3000};

// 8.2; LIVE-04: a read-only range of writable RAM is for writing.
TEST(ModelSlots, FollowTheRegionAndNotTheRange) {
  struct Case {
    Kind kind;
    bool readonly;
    bool romd_mode;
    std::string_view slots;
    std::string_view slots_without_readonly_memory;
  };
  constexpr std::string_view kWritable = "1000+2000@0";
  constexpr std::string_view kReadonly = "1000+2000@0r";
  for (const Case& c : std::vector<Case>{
           {Kind::kRam, false, true, kWritable, kWritable},
           {Kind::kRam, true, true, kReadonly, kWritable},
           {Kind::kRom, true, true, kReadonly, kWritable},
           {Kind::kRom, false, true, kWritable, kWritable},
           {Kind::kRamDevice, false, true, kWritable, kWritable},
           {Kind::kRomDevice, false, true, kReadonly, ""},
           {Kind::kRomDevice, true, true, kReadonly, ""},
           {Kind::kRomDevice, false, false, "", ""},
           {Kind::kIo, true, true, "", ""},
           {Kind::kReservation, false, true, "", ""},
           {Kind::kIommu, false, true, "", ""},
       }) {
    SCOPED_TRACE(fmt::format("kind {} readonly {} romd {}", static_cast<int>(c.kind), c.readonly,
                             c.romd_mode));
    for (const bool is_range_readonly : {false, true}) {
      Range range = kTwoPages;
      range.readonly = is_range_readonly;
      const auto region = [&c] {
        Region made = RegionOf(c.kind);
        made.readonly = c.readonly;
        made.romd_mode = c.romd_mode;
        return made;
      };
      SlotRules rules = kRules;
      EXPECT_EQ(SlotsText(region(), range, rules), c.slots);
      rules.has_readonly_slots = false;
      EXPECT_EQ(SlotsText(region(), range, rules), c.slots_without_readonly_memory);
    }
  }
}

TEST(ModelSlots, AreLoggedForWhoeverLogsTheRegion) {
  const auto logged = [](Kind kind) {
    Region region = RegionOf(kind);
    region.is_vga_logged = true;
    return region;
  };
  Range range = kTwoPages;
  range.log_mask = kVgaMask;
  EXPECT_EQ(SlotsText(RegionOf(Kind::kRam), range, kRules), "1000+2000@0");
  EXPECT_EQ(SlotsText(logged(Kind::kRam), kTwoPages, kRules), "1000+2000@0d");
  EXPECT_EQ(SlotsText(logged(Kind::kRom), kTwoPages, kRules), "1000+2000@0rd");
  EXPECT_EQ(SlotsText(RegionOf(Kind::kRam), kTwoPages, kRules, kMigrationMask), "1000+2000@0d");
  EXPECT_EQ(SlotsText(RegionOf(Kind::kRamDevice), kTwoPages, kRules, kMigrationMask),
            "1000+2000@0");
}

}  // namespace
}  // namespace flatcheck::reference
