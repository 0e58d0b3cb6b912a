#include "fuzz/program_text.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/program.h"
#include "fuzz/slot_table.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};

ProgramText ParseValid(std::string_view text) {
  auto parsed = Parse(text);
  if (const auto* error = std::get_if<ParseError>(&parsed)) {
    ADD_FAILURE() << "line " << error->line << ": found " << error->found << ", expected "
                  << error->expected;
    return {};
  }
  return std::get<ProgramText>(std::move(parsed));
}

// What a text becomes when it is read and printed.
std::string Canonical(std::string_view text) { return Print(ParseValid(text).program); }

TEST(Parse, EveryOperationHasItsLine) {
  constexpr std::string_view kText =
      "region r0 container 2^64\n"
      "region r1 io 0x1000\n"
      "region r2 reservation 0x1000\n"
      "region r3 ram 0x1000\n"
      "region r4 rom 0x1000\n"
      "region r5 romd 0x1000\n"
      "region r6 ramdevice 0x1000\n"
      "region r7 alias 0x1000 r3 0x800\n"
      "as as0 r0\n"
      "listen l0 as0 4294967295\n"
      "begin\n"
      "add r0 0x1000 r1\n"
      "add r0 0x1000 r3 -2147483648\n"
      "commit\n"
      "del r0 r1\n"
      "enable r3 0\n"
      "readonly r3 1\n"
      "nonvolatile r3 1\n"
      "unmergeable r3 1\n"
      "romdmode r5 0\n"
      "addr r3 0x2000\n"
      "size r0 0xffffffffffffff00\n"
      "aliasoff r7 0\n"
      "log r3 1\n"
      "globallog 1\n"
      "logsync\n"
      "logclear r3 0x10 0xffffffffffffffff\n"
      "eventfd add r1 8 4 1 0xabcd 63\n"
      "eventfd del r1 8 4 1 0xabcd 63\n"
      "coalesce r1 0 9\n"
      "uncoalesce r1\n"
      "find r0 0x2000 1\n"
      "xlat as0 0x2000 0x1000 1\n"
      "read as0 0x2000 64\n"
      "write as0 0x2000 8 0x1122334455667788\n"
      "unlisten l0\n"
      "asdestroy as0\n"
      "destroy r6\n"
      "unknown 200 00ff\n"
      "unknown 0 -\n";
  EXPECT_EQ(Canonical(kText), kText);
}

TEST(Parse, EveryOperationOnMemoryHasItsLine) {
  constexpr std::string_view kText =
      "region r0 resizeable 0x1800 0x4000\n"
      "region r1 iommu 0x10000\n"
      "region r2 iommu 0x10000 trace\n"
      "region r3 iommu 2^64 nomap\n"
      "region r4 iommu 0x10000 trace nomap\n"
      "region r5 io 0x1000 valid=1..2 impl=4..8 unaligned big accepts=reject-odd fail=0x10\n"
      "region r6 romd 0x1000 impl=0..8 impl_unaligned native accepts=reject-read "
      "accepts=reject-8 fail=0\n"
      "region r7 io 0x10 fail=0xffffffffffffffff\n"
      "as as0 r1\n"
      "ramresize r0 0x2001\n"
      "load as0 0x2000 8 native\n"
      "store as0 0x2000 1 be 0xff\n"
      "accessvalid as0 0x2000 0x10000 1\n"
      "writerom as0 0x2000 64 1\n"
      "blocks\n"
      "dirty r0 0 0x4000 code\n"
      "testclear r0 0 0x1000 migration\n"
      "snapshot r0 0x1000 1 vga\n"
      "setdirty r0 0xfff 2\n"
      "map m0 as0 0x2000 0x1000 1\n"
      "peek m0 0xff8 8\n"
      "poke m0 0 64 0x1122334455667788\n"
      "unmap m0 0x1000\n"
      "hostof as0 0x2000\n"
      "regptr r0\n"
      "iomap r1 0x2000 0x1fff as0 0x5000 3\n"
      "iomap r1 0 2^64 as0 0 1\n"
      "iounmap r1 0x2000\n"
      "iotlb as0 0x2000 0\n"
      "notifier n0 r1 0 0xffffffffffffffff 7\n"
      "ionotify r1 0x2000 0xfff 0x5000 3 2\n"
      "ioreplay n0\n"
      "unnotifier n0\n";
  EXPECT_EQ(Canonical(kText), kText);
}

// One that failed leaves its name free, which the text does not show.
TEST(Parse, NamesOfMappingsAndNotifiersMayBeGivenAgain) {
  EXPECT_EQ(Canonical("map m s 0 1 0\nmap m s 0 2 0\npeek m 0 1\n"
                      "notifier m a 0 1 1\nnotifier m a 0 2 1\nioreplay m\n"),
            "map m0 - 0 1 0\nmap m1 - 0 2 0\npeek m1 0 1\n"
            "notifier n0 - 0 1 1\nnotifier n1 - 0 2 1\nioreplay n1\n");
}

TEST(Parse, WordsOfAProfileComeInAnyOrderAndPlainOnesGo) {
  EXPECT_EQ(Canonical("region a io 1 big impl=2..4 accepts=reject-8 fail=010 accepts=reject-1\n"
                      "region b io 1 little valid=0..0 impl=0..0 accepts=reject-2 "
                      "accepts=reject-2\n"
                      "region c iommu 1 nomap trace\n"),
            "region r0 io 1 impl=2..4 big accepts=reject-1 accepts=reject-8 fail=8\n"
            "region r1 io 1 accepts=reject-2\n"
            "region r2 iommu 1 trace nomap\n");
}

TEST(Parse, NumbersAreThoseOfC) {
  struct Case {
    std::string_view token;
    std::uint64_t value;
  };
  const std::vector<Case> cases = {
      {"0", 0},
      {"00", 0},
      {"7", 7},
      {"010", 8},
      {"10", 10},
      {"0x10", 16},
      {"0X1f", 31},
      {"0xFFFFFFFFFFFFFFFF", kAll},
      {"2^64", kAll},
      {"18446744073709551615", kAll},
      {"0x0000000000000000000000001", 1},
      {"01777777777777777777777", kAll},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.token);
    const ProgramText text = ParseValid("addr r " + std::string(c.token));
    ASSERT_EQ(text.program.operations.size(), 1u);
    EXPECT_EQ(std::get<op::MoveTo>(text.program.operations[0]).address.value, c.value);
  }
}

TEST(Parse, AddPriorityIsDecimalWhateverItBeginsWith) {
  const ProgramText text = ParseValid("add a 0 b 010\nadd a 0 b -010\nadd a 0 b");
  ASSERT_EQ(text.program.operations.size(), 3u);
  EXPECT_EQ(std::get<op::Add>(text.program.operations[0]).priority.value, 10);
  EXPECT_EQ(std::get<op::Add>(text.program.operations[1]).priority.value, -10);
  EXPECT_EQ(std::get<op::Add>(text.program.operations[2]).priority.value, 0);
}

TEST(Parse, LinesKeepTheirNumberAndInnerBlanks) {
  const ProgramText text = ParseValid("# a comment\n\n \tregion  a\tram 0x1000 \t# b\n  begin#c\n");
  const std::vector<SourceLine> lines = {{3, "region  a\tram 0x1000"}, {4, "begin"}};
  EXPECT_EQ(text.lines, lines);
}

TEST(Parse, CarriageReturnsAreBlanks) {
  const ProgramText text = ParseValid("region a ram 0x1000\r\n\r\nbegin\r");
  const std::vector<SourceLine> lines = {{1, "region a ram 0x1000"}, {3, "begin"}};
  EXPECT_EQ(text.lines, lines);
}

TEST(Parse, AnythingWithoutBlanksIsAName) {
  using namespace std::string_view_literals;
  const ProgramText text =
      ParseValid("region 2^64 ram 1\nregion \0 ram 1\nregion \xc3\xa9, ram 1\n"sv);
  const std::vector<std::string> names = {"2^64", std::string(1, '\0'), "\xc3\xa9,"};
  EXPECT_EQ(text.names.regions, names);
}

TEST(Parse, KindsHaveTheirOwnNames) {
  EXPECT_EQ(
      Canonical("region x ram 1\nas x x\nlisten x x 0\nunlisten x\nasdestroy x\ndestroy x\n"),
      "region r0 ram 1\nas as0 r0\nlisten l0 as0 0\nunlisten l0\nasdestroy as0\ndestroy r0\n");
}

TEST(Parse, UnknownNamesAndTheDashAreAbsent) {
  EXPECT_EQ(Canonical("destroy nobody\nas a -\nlisten l - 1\n"),
            "destroy -\nas as0 -\nlisten l0 - 1\n");
}

TEST(Parse, ARegionDoesNotNameItself) {
  EXPECT_EQ(Canonical("region a alias 1 a 0\n"), "region r0 alias 1 - 0\n");
}

TEST(Parse, ANameMeansItsLastDefinition) {
  EXPECT_EQ(Canonical("region a ram 1\ndestroy a\nenable a 0\nregion a alias 1 a 0\nenable a 1\n"),
            "region r0 ram 1\ndestroy r0\nenable r0 0\nregion r1 alias 1 r0 0\nenable r1 1\n");
}

TEST(Parse, ErrorsSayWhereAndWhatAndWhatInstead) {
  struct Case {
    std::string text;
    std::size_t line;
    std::string found;
    std::string expected;
  };
  constexpr const char* kKinds =
      "container, io, reservation, ram, rom, romd, ramdevice, alias, resizeable, iommu";
  constexpr const char* kEnd = "the end of the line";
  constexpr const char* kNumber = "a number below 2^64";
  constexpr const char* kPriority = "a decimal priority, -2147483648 to 2147483647";
  constexpr const char* kListenerPriority = "a priority, 0 to 4294967295";
  constexpr const char* kProfile =
      "words of a profile: valid=MIN..MAX impl=MIN..MAX unaligned impl_unaligned "
      "little|big|native accepts=reject-X fail=MASK";
  constexpr const char* kOneByteOrder = "at most one of little, big and native";
  constexpr const char* kTraits = "trace, nomap or the end of the line";
  constexpr const char* kNotKnown = "a number up to 255 that is no known operation's";
  constexpr const char* kPayload = "up to 255 bytes of two hexadecimal digits, or -";
  const std::vector<Case> cases = {
      {"begin\n\nfoo\n", 3, "'foo'", "an operation"},
      {"begin x", 1, "'x'", kEnd},
      {"region", 1, kEnd, kKinds},
      {"region a tape 1", 1, "'tape'", kKinds},
      {"region a ram", 1, kEnd, "a size, 0 to 2^64"},
      {"region a ram 0x", 1, "'0x'", "a size, 0 to 2^64"},
      {"region a ram -1", 1, "'-1'", "a size, 0 to 2^64"},
      {"region a ram 1 2", 1, "'2'", kEnd},
      {"region - ram 1", 1, "'-'", "the new region's name"},
      {"region a ram 1\nregion a ram 1", 2, "'a'", "a name that no region has"},
      {"as s -\nas s -", 2, "'s'", "a name that no address space has"},
      {"listen l - 0\nlisten l - 0", 2, "'l'", "a name that no listener has"},
      {"destroy", 1, kEnd, "the region's name"},
      {"addr a 08", 1, "'08'", kNumber},
      {"addr a 1k", 1, "'1k'", kNumber},
      {"addr a +1", 1, "'+1'", kNumber},
      {"addr a 18446744073709551616", 1, "'18446744073709551616'", kNumber},
      {"addr a 2^65", 1, "'2^65'", kNumber},
      {"add a 0 b 0x1", 1, "'0x1'", kPriority},
      {"add a 0 b 2147483648", 1, "'2147483648'", kPriority},
      {"listen l a -1", 1, "'-1'", kListenerPriority},
      {"listen l a 4294967296", 1, "'4294967296'", kListenerPriority},
      {"enable a 2", 1, "'2'", "0 or 1"},
      {"enable a 01", 1, "'01'", "0 or 1"},
      {"eventfd", 1, kEnd, "add, del"},
      {"eventfd add a 0 4 1 0 64", 1, "'64'", "a notifier, 0 to 63"},
      {"read a 0 65", 1, "'65'", "a length, 0 to 64"},
      {"region a io 1 valid=1", 1, "'valid=1'", kProfile},
      {"region a io 1 valid=4..2", 1, "'valid=4..2'", kProfile},
      {"region a io 1 impl=1..3", 1, "'impl=1..3'", kProfile},
      {"region a romd 1 big accepts=reject-16", 1, "'accepts=reject-16'", kProfile},
      {"region a io 1 big bogus unaligned", 1, "'bogus'", kProfile},
      {"region a io 1 fail=", 1, "'fail='", kProfile},
      {"region a io 1 valid=4..8 valid=1..2", 1, "'valid=1..2'", "at most one valid=MIN..MAX"},
      {"region a romd 1 impl=1..2 impl=1..2", 1, "'impl=1..2'", "at most one impl=MIN..MAX"},
      {"region a io 1 fail=0 big fail=0x10", 1, "'fail=0x10'", "at most one fail=MASK"},
      {"region a io 1 unaligned unaligned", 1, "'unaligned'", "at most one unaligned"},
      {"region a io 1 impl_unaligned impl_unaligned", 1, "'impl_unaligned'",
       "at most one impl_unaligned"},
      {"region a io 1 big little", 1, "'little'", kOneByteOrder},
      {"region a io 1 native fail=0 native", 1, "'native'", kOneByteOrder},
      {"region a io 1 big big=", 1, "'big='", kProfile},
      {"region a iommu 1 trace trace", 1, "'trace'", "at most one trace"},
      {"region a iommu 1 nomap trace nomap", 1, "'nomap'", "at most one nomap"},
      {"region a iommu 1 trace map nomap", 1, "'map'", kTraits},
      {"region a io 1 0", 1, "'0'", kProfile},
      {"region a iommu 1 map", 1, "'map'", kTraits},
      {"region a resizeable 1", 1, kEnd, "a size, 0 to 2^64"},
      {"load a 0 3 le", 1, "'3'", "a width, 1, 2, 4 or 8"},
      {"load a 0 16 le", 1, "'16'", "a width, 1, 2, 4 or 8"},
      {"load a 0 4 little", 1, "'little'", "le, be or native"},
      {"dirty a 0 1 tcg", 1, "'tcg'", "vga, code or migration"},
      {"iomap a 0 0x1000 b 0 3", 1, "'0x1000'", "a mask, 2^k - 1, or 2^64 for all ones"},
      {"iomap a 0 0xfff b 0 4", 1, "'4'", "a permission, 0 to 3"},
      {"notifier n a 0 1 8", 1, "'8'", "flags, 0 to 7"},
      {"ionotify a 0 0 0 0 3", 1, "'3'", "a type, 1, 2 or 4"},
      {"peek m 0 65", 1, "'65'", "a length, 0 to 64"},
      {"unknown 1 -", 1, "'1'", kNotKnown},
      {"unknown 256 -", 1, "'256'", kNotKnown},
      {"unknown 200", 1, kEnd, kPayload},
      {"unknown 200 abc", 1, "'abc'", kPayload},
      {"unknown 200 0g", 1, "'0g'", kPayload},
      {"unknown 200 " + std::string(512, '0'), 1, "'" + std::string(40, '0') + "...'", kPayload},
      {"unknown 200 - -", 1, "'-'", kEnd},
      {std::string("\x01\0", 2), 1, "'\\x01\\x00'", "an operation"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto parsed = Parse(c.text);
    const auto* error = std::get_if<ParseError>(&parsed);
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(error->line, c.line);
    EXPECT_EQ(error->found, c.found);
    EXPECT_EQ(error->expected, c.expected);
  }
}

TEST(Parse, AKindHasSlotsFor65535Objects) {
  std::string text;
  for (std::size_t i = 0; i < SlotTable::kObjectsMax; ++i) text += "as x -\nasdestroy x\n";
  EXPECT_EQ(ParseValid(text).names.spaces.size(), 65535u);
  const auto parsed = Parse(text + "region r ram 1\nas one_more -");
  const auto* error = std::get_if<ParseError>(&parsed);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->line, 131072u);
  EXPECT_EQ(error->expected, "at most 65535 address spaces");
}

TEST(Print, SlotsThatNothingDefinesAreAbsent) {
  const Program program{{op::Destroy{{5}}, op::Ram{}, op::Destroy{{0}}, op::Destroy{{1}}}};
  EXPECT_EQ(Print(program), "destroy -\nregion r0 ram 0\ndestroy r0\ndestroy -\n");
}

TEST(Print, OnlyASizeIsTwoToThe64) {
  const Program program{{op::Container{{}, {kAll}}, op::LogClear{{0}, {kAll}, {kAll}},
                         op::Write{{}, {kAll}, {}, {kAll}}}};
  EXPECT_EQ(Print(program),
            "region r0 container 2^64\n"
            "logclear r0 0xffffffffffffffff 0xffffffffffffffff\n"
            "write - 0xffffffffffffffff 0 0xffffffffffffffff\n");
}

TEST(Print, HexadecimalBeginsAtTen) {
  const Program program{{op::MoveTo{{}, {9}}, op::MoveTo{{}, {10}}}};
  EXPECT_EQ(Print(program), "addr - 9\naddr - 0xa\n");
}

TEST(Spell, NamesAndLinesAreCanonical) {
  const ProgramText text = Spell({{op::Ram{}, op::Space{{}, {0}}, op::Listen{{}, {0}, {1}}}});
  const Names names{{"r0"}, {"as0"}, {"l0"}};
  EXPECT_EQ(text.names, names);
  const std::vector<SourceLine> lines = {
      {1, "region r0 ram 0"}, {2, "as as0 r0"}, {3, "listen l0 as0 1"}};
  EXPECT_EQ(text.lines, lines);
}

}  // namespace
}  // namespace flatcheck
