#include "fuzz/program_codec.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "fuzz/operand_codec.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/program_text.h"

namespace flatcheck {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kAll = ~std::uint64_t{0};

Program ParseValid(std::string_view text) {
  auto parsed = Parse(text);
  EXPECT_TRUE(std::holds_alternative<ProgramText>(parsed));
  return std::get<ProgramText>(std::move(parsed)).program;
}

// Half of the records are of known numbers, and most lengths are near what these need.
Bytes RandomBytes(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  Bytes bytes;
  if (below(2) == 0) bytes = {'F', 'L', 'T', 'C', static_cast<std::uint8_t>(below(3))};
  const std::size_t records = below(40);
  for (std::size_t i = 0; i < records; ++i) {
    const bool is_known = below(8) != 0;
    bytes.push_back(is_known ? kOperationKinds[below(kOperationKinds.size())].number
                             : static_cast<std::uint8_t>(random()));
    const std::size_t length = below(16) == 0 ? below(256) : below(12);
    bytes.push_back(static_cast<std::uint8_t>(length));
    for (std::size_t j = 0; j < length; ++j) {
      bytes.push_back(static_cast<std::uint8_t>(below(2) == 0 ? below(8) : random()));
    }
  }
  bytes.resize(bytes.size() - below(bytes.size() + 1) / 8);
  return bytes;
}

TEST(Codec, LawsHoldForRandomBytes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    SCOPED_TRACE(i);
    const Program program = Decode(RandomBytes(random));
    const Bytes canonical = Encode(program);
    ASSERT_EQ(Decode(canonical), program);
    ASSERT_EQ(Encode(Decode(canonical)), canonical);
    const auto parsed = Parse(Print(program));
    ASSERT_TRUE(std::holds_alternative<ProgramText>(parsed));
    ASSERT_EQ(std::get<ProgramText>(parsed).program, program);
  }
}

TEST(Codec, UnstructuredBytesAreProgramsToo) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 2000; ++i) {
    Bytes bytes(random() % 600);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const Program program = Decode(bytes);
    ASSERT_EQ(Decode(Encode(program)), program);
  }
}

// A change of these bytes breaks every stored corpus.
TEST(Codec, VersionOneBytesAreWhatTheyAre) {
  constexpr std::string_view kText =
      "region r0 container 2^64\n"
      "region r1 io 0x10\n"
      "region r2 reservation 0x60000\n"
      "region r3 ram 0x100000\n"
      "region r4 rom 0x61000\n"
      "region r5 romd 0xfec00000\n"
      "region r6 ramdevice 0x1000\n"
      "region r7 alias 0x8000 r3 0x800\n"
      "as as0 r0\n"
      "listen l0 as0 4294967295\n"
      "begin\n"
      "add r0 0x1000 r1\n"
      "add r0 0x1001 r3 -1\n"
      "commit\n"
      "del r0 r1\n"
      "enable r3 0\n"
      "readonly r3 1\n"
      "nonvolatile r3 1\n"
      "unmergeable r3 1\n"
      "romdmode r5 0\n"
      "addr r3 0xffffffffffff1234\n"
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
      "destroy -\n"
      "unknown 200 00ff\n";
  const Bytes bytes = {
      'F', 'L', 'T',  'C',  1,                                                           //
      1,   1,   0xf8,                                                                    //
      2,   1,   0x10,                                                                    //
      3,   1,   0x9f,                                                                    //
      4,   1,   0xb4,                                                                    //
      5,   2,   0xf0, 0x61,                                                              //
      6,   4,   0xf2, 0x00, 0xec, 0x0f,                                                  //
      7,   1,   0x40,                                                                    //
      8,   3,   0x47, 3,    0xab,                                                        //
      56,  1,   0,                                                                       //
      58,  6,   0,    0xe3, 0xff, 0xff, 0xff, 0xff,                                      //
      40,  0,                                                                            //
      16,  4,   0,    0x40, 1,    0,                                                     //
      16,  6,   0,    0xe1, 0x01, 0x10, 3,    0xf8,                                      //
      41,  0,                                                                            //
      17,  2,   0,    1,                                                                 //
      18,  2,   3,    0,                                                                 //
      19,  2,   3,    1,                                                                 //
      20,  2,   3,    1,                                                                 //
      21,  2,   3,    1,                                                                 //
      22,  2,   5,    0,                                                                 //
      23,  4,   3,    0xe9, 0xcb, 0xed,                                                  //
      24,  3,   0,    0xe8, 0xff,                                                        //
      25,  2,   7,    0,                                                                 //
      32,  2,   3,    1,                                                                 //
      33,  1,   1,                                                                       //
      34,  0,                                                                            //
      35,  3,   3,    0x10, 0xf8,                                                        //
      48,  8,   1,    8,    4,    1,    0xe1, 0xcd, 0xab, 0x3f,                          //
      49,  8,   1,    8,    4,    1,    0xe1, 0xcd, 0xab, 0x3f,                          //
      50,  3,   1,    0,    9,                                                           //
      51,  1,   1,                                                                       //
      64,  3,   0,    0x41, 1,                                                           //
      65,  4,   0,    0x41, 0x40, 1,                                                     //
      66,  3,   0,    0x41, 0xa6,                                                        //
      67,  12,  0,    0x41, 8,    0xe7, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,  //
      59,  1,   0,                                                                       //
      57,  1,   0,                                                                       //
      9,   1,   0xf8,                                                                    //
      200, 2,   0x00, 0xff,                                                              //
  };
  EXPECT_EQ(Encode(ParseValid(kText)), bytes);
  EXPECT_EQ(Print(Decode(bytes)), kText);
}

TEST(Codec, VersionOneBytesOfOperationsOnMemoryAreWhatTheyAre) {
  constexpr std::string_view kText =
      "region r0 resizeable 0x1800 0x4000\n"
      "region r1 iommu 2^64\n"
      "region r2 iommu 0x10000 trace nomap\n"
      "region r3 io 0x1000 valid=1..2 impl=4..8 unaligned big accepts=reject-odd fail=0x10\n"
      "region r4 romd 0x1000 impl=0..8 impl_unaligned native accepts=reject-8\n"
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
      "poke m0 0 64 0xabcd\n"
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
  const Bytes bytes = {
      'F', 'L', 'T',  'C',  1,                             //
      10,  4,   0xe1, 0,    0x18, 0x43,                    //
      11,  2,   0xf8, 0,                                   //
      11,  2,   0x4f, 3,                                   //
      2,   5,   0x40, 0xe1, 0x61, 0x73, 0x10,              //
      6,   5,   0x40, 0xe2, 0x7a, 0x63, 0x1d,              //
      56,  1,   1,                                         //
      26,  4,   0,    0xe1, 1,    0x20,                    //
      68,  4,   0,    0x41, 3,    2,                       //
      69,  6,   0,    0x41, 0,    1,    0xe0, 0xff,        //
      70,  4,   0,    0x41, 0x4f, 1,                       //
      71,  4,   0,    0x41, 0xa6, 1,                       //
      72,  0,                                              //
      73,  4,   0,    0,    0x43, 1,                       //
      74,  4,   0,    0,    0x40, 2,                       //
      75,  4,   0,    0x40, 1,    0,                       //
      76,  5,   0,    0xe1, 0xff, 0x0f, 2,                 //
      80,  4,   0,    0x41, 0x40, 1,                       //
      82,  5,   0,    0xe1, 0xf8, 0x0f, 8,                 //
      83,  6,   0,    0,    0xa6, 0xe1, 0xcd, 0xab,        //
      81,  2,   0,    0x40,                                //
      84,  2,   0,    0x41,                                //
      85,  1,   0,                                         //
      88,  6,   1,    0x41, 0x0d, 0,    0x44, 3,           //
      88,  6,   1,    0,    0xa6, 0,    0,    1,           //
      89,  2,   1,    0x41,                                //
      90,  3,   0,    0x41, 0,                             //
      91,  4,   1,    0,    0xf8, 7,                       //
      93,  8,   1,    0x41, 0xe1, 0xff, 0x0f, 0x44, 3, 1,  //
      94,  1,   0,                                         //
      92,  1,   0,                                         //
  };
  EXPECT_EQ(Encode(ParseValid(kText)), bytes);
  EXPECT_EQ(Print(Decode(bytes)), kText);
}

TEST(Decode, AnyBytesAreAProgram) {
  struct Case {
    std::string_view name;
    Bytes bytes;
    std::string_view program;
  };
  const std::vector<Case> cases = {
      {"nothing", {}, ""},
      {"a header", {'F', 'L', 'T', 'C', 1}, ""},
      {"a header without its version", {'F', 'L', 'T', 'C'}, ""},
      {"another version", {'F', 'L', 'T', 'C', 9, 40, 0}, "begin\n"},
      {"no header", {40, 0, 41, 0}, "begin\ncommit\n"},
      {"half a header is a record", {'F', 'L'}, "accessvalid - 0 0 0\n"},
      {"no length", {40, 0, 41}, "begin\ncommit\n"},
      {"a cut payload", {4, 9}, "region r0 ram 0\n"},
      {"a cut unknown payload", {200, 9, 1, 2}, "unknown 200 0102\n"},
      {"a cut number", {4, 3, 0xe7, 1, 2}, "region r0 ram 0x201\n"},
      {"surplus", {4, 3, 0x40, 77, 78, 40, 0}, "region r0 ram 0x1000\nbegin\n"},
      {"surplus of an operation without operands", {40, 2, 1, 2, 41, 0}, "begin\ncommit\n"},
      {"scalars by remainder",
       {48, 8, 0xf8, 0, 0, 2, 0, 0xe0, 65, 0, 66, 4, 0xf8, 0, 0xe0, 66},
       "eventfd add - 0 0 0 0 1\nread - 0 1\n"},
      {"choices by remainder",
       {68, 4, 0xf8, 0, 7, 4, 88, 7, 0xf8, 0, 0xe0, 77, 0xf8, 0, 6, 93, 6, 0xf8, 0, 0, 0, 5, 5},
       "load - 0 8 be\niomap - 0 0xfff - 0 2\nionotify - 0 0 0 1 4\n"},
      {"the ends of a profile's sizes, in either order",
       {2, 3, 0, 0xe0, 12 * (3 + 5 * 1), 2, 3, 0, 0xe0, 12 * (1 + 5 * 3)},
       "region r0 io 0 valid=1..4\nregion r1 io 0 valid=1..4\n"},
      {"priorities by low bits",
       {16, 10, 0xf8, 0, 0xf8, 0xe4, 0xff, 0xff, 0xff, 0xff, 1, 0, 58, 2, 0xf8, 0xc1},
       "add - 0 - -1\nlisten l0 - 0\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Print(Decode(c.bytes)), c.program);
  }
}

TEST(Decode, ASlotBeyondTheDefinitionsCountsAroundTheLiveOnes) {
  const Bytes three_regions = {1, 1, 0, 1, 1, 0, 1, 1, 0, 9, 1, 1};  // The second is destroyed.
  struct Case {
    std::uint8_t code;
    std::string_view line;
  };
  for (const Case& c : std::vector<Case>{{0, "uncoalesce r0\n"},
                                         {1, "uncoalesce r1\n"},
                                         {2, "uncoalesce r2\n"},
                                         {3, "uncoalesce r2\n"},
                                         {4, "uncoalesce r0\n"},
                                         {0xf9, "uncoalesce r0\n"},
                                         {0xf8, "uncoalesce -\n"}}) {
    SCOPED_TRACE(int{c.code});
    Bytes bytes = three_regions;
    bytes.insert(bytes.end(), {51, 1, c.code});
    EXPECT_TRUE(Print(Decode(bytes)).ends_with(c.line));
  }
}

TEST(Decode, ASlotWithNothingToNameIsAbsent) {
  EXPECT_EQ(Print(Decode(Bytes{51, 1, 0, 57, 1, 3})), "uncoalesce -\nasdestroy -\n");
  EXPECT_EQ(Print(Decode(Bytes{1, 1, 0, 9, 1, 0, 51, 1, 7})),
            "region r0 container 0\ndestroy r0\nuncoalesce -\n");
}

TEST(Decode, ADefinitionWithoutASlotIsDropped) {
  Bytes bytes;
  for (int i = 0; i < 65536; ++i) bytes.insert(bytes.end(), {2, 0});
  bytes.insert(bytes.end(), {40, 0});
  const Program program = Decode(bytes);
  ASSERT_EQ(program.operations.size(), 65536u);
  EXPECT_TRUE(std::holds_alternative<op::Begin>(program.operations.back()));
  EXPECT_EQ(Decode(Encode(program)), program);
}

TEST(Encode, NormalisesWhatNoBytesSay) {
  const Program program{
      {op::Destroy{{3}}, op::Read{{}, {}, {70}}, op::Unknown{200, Bytes(300, 1)}}};
  const Program canonical{{op::Destroy{}, op::Read{{}, {}, {5}}, op::Unknown{200, Bytes(255, 1)}}};
  EXPECT_EQ(Decode(Encode(program)), canonical);
}

TEST(EncodeNumber, TakesTheShortestCode) {
  struct Case {
    std::uint64_t number;
    Bytes bytes;
  };
  const std::vector<Case> cases = {
      {0, {0x00}},
      {63, {0x3f}},
      {64, {0xa6}},
      {65, {0xe0, 65}},
      {0x1000, {0x40}},
      {0x60000, {0x9f}},
      {0x61000, {0xf0, 0x61}},
      {0x80000, {0xb3}},
      {std::uint64_t{1} << 63, {0xdf}},
      {0x12345, {0xe2, 0x45, 0x23, 0x01}},
      {0x12345000, {0xf2, 0x45, 0x23, 0x01}},
      {kAll, {0xf8}},
      {kAll - 7, {0xff}},
      {kAll - 8, {0xe8, 8}},
      {kAll - 0xfff, {0xe9, 0xff, 0x0f}},
      {0x8000000000000001, {0xe7, 1, 0, 0, 0, 0, 0, 0, 0x80}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.number);
    Bytes bytes;
    EncodeNumber(c.number, bytes);
    EXPECT_EQ(bytes, c.bytes);
    std::span<const std::uint8_t> rest = bytes;
    EXPECT_EQ(DecodeNumber(rest), c.number);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(DecodeNumber, EveryTagIsANumber) {
  for (int tag = 0; tag < 256; ++tag) {
    SCOPED_TRACE(tag);
    const Bytes bytes = {static_cast<std::uint8_t>(tag), 1, 2, 3, 4, 5, 6, 7, 8};
    std::span<const std::uint8_t> rest = bytes;
    const std::uint64_t number = DecodeNumber(rest);
    Bytes shortest;
    EncodeNumber(number, shortest);
    EXPECT_LE(shortest.size(), bytes.size() - rest.size());
    rest = shortest;
    EXPECT_EQ(DecodeNumber(rest), number);
  }
}

}  // namespace
}  // namespace flatcheck
