// What the oracles of memory compare, and when: machines with one fault that shows in one place.

#include "fuzz/oracles/memory_agrees.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/program_text.h"
#include "tests/planted_faults.h"

namespace flatcheck {
namespace {

Program Parsed(const std::string& text) {
  auto parsed = Parse(text);
  EXPECT_TRUE(std::holds_alternative<ProgramText>(parsed)) << text;
  return std::get<ProgramText>(std::move(parsed)).program;
}

// What is found, as "oracle field", and whether the last operation shows it.
std::string FoundIn(const Program& program, const Fault& fault, Where where = Where::kEngine) {
  const auto found = With(fault, where).Check(program);
  if (!found) return "nothing";
  const std::string place = found->step + 1 == program.operations.size() ? "" : " elsewhere";
  return std::string(found->oracle) + " " + std::string(found->field) + place;
}

// A device of 16 bytes, RAM behind and beside it, another device.
constexpr const char* kScene =
    "region root container 0x4000\n"
    "region d io 0x10\n"
    "region e io 0x10\n"
    "region m ram 0x2000\n"
    "region o rom 0x1000\n"
    "add root 0 m\n"
    "add root 0 d 1\n"
    "add root 0x20 e 1\n"
    "add root 0x2000 o\n"
    "as a root\n";

TEST(MemoryAgrees, BytesAreComparedWhereverSomethingWrites) {
  Fault fault;
  fault.bytes = [](std::span<std::uint8_t> bytes) {
    for (std::uint8_t& byte : bytes) byte ^= 1;
  };
  const std::vector<std::string> programs = {
      "write a 0x100 8 1",
      "write a 0 48 1",  // RAM in the middle alone.
      "store a 0x100 4 le 1",
      "writerom a 0x2000 8 1",
      "map p a 0x100 0x10 1\npoke p 8 4 1",
      "map p a 0 0x20 1\npoke p 0x10 4 1\nunmap p 0x20",  // By a bounce buffer.
  };
  for (const std::string& program : programs) {
    SCOPED_TRACE(program);
    EXPECT_EQ(FoundIn(Parsed(kScene + program), fault), "memory_agrees bytes");
  }
  EXPECT_EQ(FoundIn(Parsed(kScene + std::string("read a 0x100 8")), fault), "nothing");
}

TEST(MemoryAgrees, DirtyPagesAreComparedForEachClient) {
  constexpr std::string_view kFields[] = {"dirty.vga", "dirty.code", "dirty.migration"};
  for (std::size_t client = 0; client < 3; ++client) {
    Fault fault;
    fault.memory = [client](MemorySeen& seen) {
      if (seen.dirty.empty()) return;
      Extent& runs = seen.dirty.front().runs[client];
      if (runs.end - runs.begin > 1) --runs.end;
    };
    // Two runs, once the page between is clean.
    const std::string client_word(client == 0 ? "vga" : client == 1 ? "code" : "migration");
    const Program program = Parsed("region m ram 0x3000\ntestclear m 0x1000 0x1000 " + client_word);
    EXPECT_EQ(FoundIn(program, fault), "memory_agrees " + std::string(kFields[client]));
  }
}

TEST(MemoryAgrees, BlocksAreComparedInTheirOrder) {
  Fault fault;
  fault.memory = [](MemorySeen& seen) {
    if (seen.blocks.size() > 1) std::swap(seen.blocks[0], seen.blocks[1]);
  };
  EXPECT_EQ(FoundIn(Parsed("region m ram 0x1000\nregion n ram 0x2000\nlogsync"), fault),
            "memory_agrees blocks");
}

TEST(LookupsAgree, HostsAreComparedAndFollowTheRange) {
  Fault fault;
  fault.host = [](HostPlace& place) { place.offset += 0x1000; };
  const Program program = Parsed("region m ram 0x3000\nas a m");
  EXPECT_EQ(FoundIn(program, fault), "lookups_agree host");
  EXPECT_EQ(FoundIn(program, fault, Where::kBoth), "lookups_agree host.range");
}

// Translates one address of a region, or of no region, wrongly.
Fault MistranslatedAt(RegionSlot region, std::uint64_t address) {
  Fault fault;
  fault.translate = [region, address](Translated& translated) {
    if (translated.region == region && translated.address == address) ++translated.address;
  };
  return fault;
}

TEST(LookupsAgree, WhatIsNewInAViewIsAskedAbout) {
  const std::string three =
      "region root container 0x4000\n"
      "region a ram 0x1000\n"
      "region b ram 0x1000\n"
      "region c ram 0x1000\n"
      "add root 0 a\n"
      "add root 0x1000 b\n"
      "add root 0x2000 c\n";
  const Program hole = Parsed(three + "as s root\ndel root b");
  for (const std::uint64_t address : {0x1000u, 0x1800u, 0x1fffu}) {
    EXPECT_EQ(FoundIn(hole, MistranslatedAt({}, address)), "lookups_agree xlat") << address;
  }
  const Program range = Parsed(three + "del root b\nas s root\nadd root 0x1000 b");
  for (const std::uint64_t offset : {0x0u, 0xfffu}) {
    EXPECT_EQ(FoundIn(range, MistranslatedAt({2}, offset)), "lookups_agree xlat") << offset;
  }
}

}  // namespace
}  // namespace flatcheck
