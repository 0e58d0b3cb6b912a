// RAM blocks: their places, their order, their hosts (memory-map section 7).

#include "engine/ram/ram_list.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "tests/memory_fixture.h"

namespace flatcheck::engine {
namespace {

class RamListTest : public MemoryTest {
 protected:
  MemoryRegion& Ram(std::uint64_t size) { return Granted(map_.CreateRam("ram", size)); }
  std::uint64_t OffsetOfNew(std::uint64_t size) { return Ram(size).ram()->offset(); }
};

// memory-map 7.1, 7.5: lengths are whole pages, up to the greatest.
TEST_F(RamListTest, LengthsAreRoundedUpToPages) {
  MemoryRegion& ram = Granted(map_.CreateResizeableRam("ram", 0x1801, 0x2001));
  EXPECT_EQ(ram.ram()->used_length(), 0x2000u);
  EXPECT_EQ(ram.ram()->max_length(), 0x3000u);
  EXPECT_TRUE(ram.size() == 0x1801);
  EXPECT_EQ(map_.CreateResizeableRam("ram", 0, 0).refusal, Refusal::kBadSize);
  EXPECT_EQ(map_.CreateResizeableRam("ram", 2, 1).refusal, Refusal::kBadSize);
  EXPECT_EQ(map_.CreateResizeableRam("ram", 1, UINT64_MAX).refusal, Refusal::kNoMemory);
}

// memory-map 7.2, its examples.
TEST_F(RamListTest, BlocksBeginAtMultiplesOf64Pages) {
  EXPECT_EQ(OffsetOfNew(0x100000), 0u);
  EXPECT_EQ(OffsetOfNew(0x1000), 0x100000u);
  EXPECT_EQ(OffsetOfNew(0x1000), 0x140000u);
}

TEST_F(RamListTest, TheSmallestGapThatFitsIsTaken) {
  Ram(0x1000);
  MemoryRegion& large = Ram(0x100000);
  Ram(0x1000);
  MemoryRegion& small = Ram(0x40000);
  Ram(0x1000);
  EXPECT_EQ(small.ram()->offset(), 0x180000u);
  Granted(map_.Destroy(large));
  Granted(map_.Destroy(small));
  EXPECT_EQ(OffsetOfNew(0x2000), 0x180000u);
  EXPECT_EQ(OffsetOfNew(0x2000), 0x40000u);
  EXPECT_EQ(OffsetOfNew(0x80000), 0x80000u);
  EXPECT_EQ(OffsetOfNew(0x80000), 0x200000u);
}

TEST_F(RamListTest, WhatLiesBeforeTheLowestBlockIsNotUsedAgain) {
  MemoryRegion& first = Ram(0x40000);
  MemoryRegion& second = Ram(0x40000);
  Granted(map_.Destroy(first));
  EXPECT_EQ(OffsetOfNew(0x1000), 0x80000u);
  Granted(map_.Destroy(second));
  EXPECT_EQ(OffsetOfNew(0x1000), 0xc0000u);
}

// memory-map 7.2: of equal gaps, that behind the block which is first in the list.
TEST_F(RamListTest, EqualGapsGoByTheList) {
  Ram(0x1000);                           // 0
  MemoryRegion& gap_one = Ram(0x40000);  // 0x40000
  Ram(0x2000);                           // 0x80000: before the first in the list, being longer
  MemoryRegion& gap_two = Ram(0x40000);  // 0xc0000
  Ram(0x1000);
  Granted(map_.Destroy(gap_one));
  Granted(map_.Destroy(gap_two));
  EXPECT_EQ(OffsetOfNew(0x1000), 0xc0000u);
  EXPECT_EQ(OffsetOfNew(0x1000), 0x40000u);
}

// memory-map 7.3.
TEST_F(RamListTest, TheListIsByDescendingLengthThenAge) {
  std::vector<const RamBlock*> expect;
  const std::uint64_t sizes[] = {0x2000, 0x3000, 0x2000, 0x1000, 0x3000};
  for (const std::uint64_t size : sizes) expect.push_back(Ram(size).ram());
  std::stable_sort(expect.begin(), expect.end(), [](const RamBlock* a, const RamBlock* b) {
    return a->max_length() > b->max_length();
  });
  EXPECT_TRUE(std::ranges::equal(map_.ram_list(), expect));
}

// A list that does what the rule says word by word, in linear time.
std::uint64_t PlaceByTheRule(const std::vector<const RamBlock*>& list, std::uint64_t size) {
  std::uint64_t best = 0;
  std::uint64_t smallest = UINT64_MAX;
  for (const RamBlock* block : list) {
    const std::uint64_t candidate = (block->offset() + block->max_length() + 0x3ffff) & ~0x3ffffull;
    std::uint64_t next = RamList::kAddressesEnd;
    for (const RamBlock* other : list) {
      if (other->offset() >= candidate) next = std::min(next, other->offset());
    }
    const std::uint64_t gap = next - candidate;
    if (gap >= size && gap < smallest) {
      smallest = gap;
      best = candidate;
    }
  }
  return best;
}

// memory-map 7.2, 7.3.
TEST_F(RamListTest, PlacesAreThoseOfTheRuleHoweverBlocksComeAndGo) {
  std::uint64_t state = 1;
  const auto below = [&](std::uint64_t bound) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return (state >> 33) % bound;
  };
  std::vector<MemoryRegion*> live;
  for (int i = 0; i < 2000; ++i) {
    if (!live.empty() && below(5) < (live.size() > 40 ? 4u : 2u)) {
      const std::size_t victim = below(live.size());
      Granted(map_.Destroy(*live[victim]));
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(victim));
      continue;
    }
    const std::uint64_t size = (1 + below(6) * 37) * kPage;
    const std::vector<const RamBlock*> list(map_.ram_list().begin(), map_.ram_list().end());
    const std::uint64_t expect = PlaceByTheRule(list, size);
    MemoryRegion& ram = Ram(size);
    live.push_back(&ram);
    ASSERT_EQ(ram.ram()->offset(), expect) << i;
  }
}

TEST_F(RamListTest, TenThousandBlocks) {
  std::vector<MemoryRegion*> blocks;
  for (std::uint64_t i = 0; i < 10'000; ++i) blocks.push_back(&Ram(kPage * (1 + i % 3)));
  EXPECT_EQ(map_.ram_list().size(), 10'000u);
  for (std::size_t i = 0; i < blocks.size(); i += 97) {
    const RamBlock& block = *blocks[i]->ram();
    ASSERT_EQ(map_.ram_list().FromRamAddress(block.offset() + 5).block, &block);
  }
  for (std::size_t i = 0; i < blocks.size(); i += 2) Granted(map_.Destroy(*blocks[i]));
  // Each hole is filled again.
  const std::uint64_t last = blocks.back()->ram()->offset();
  for (std::size_t i = 2; i < blocks.size(); i += 2) ASSERT_LT(OffsetOfNew(kPage), last);
}

TEST(RamList, EndsSomewhere) {
  MemoryMap map({.ram_bytes_max = UINT64_MAX});
  EXPECT_EQ(map.CreateRam("ram", std::uint64_t{1} << 63).refusal, Refusal::kNoMemory);
  EXPECT_EQ(map.CreateRam("ram", UINT64_MAX).refusal, Refusal::kNoMemory);
  EXPECT_EQ(map.ram_list().size(), 0u);
  // Reserved, not used.
  const Created<MemoryRegion> large = map.CreateRam("ram", std::uint64_t{1} << 41);
  if (large.object != nullptr) {
    EXPECT_NE(large.object->ram()->mapped(), nullptr);
  }
}

// memory-map 7.8.
TEST_F(RamListTest, HostPointersLeadBack) {
  MemoryRegion& ram = Ram(4 * kPage);
  MemoryRegion& inner = Granted(map_.CreateAlias("inner", kPage, ram, 2 * kPage));
  MemoryRegion& outer = Granted(map_.CreateAlias("outer", kPage, inner, 0x10));
  EXPECT_EQ(ram.ram()->mapped(), nullptr);
  const HostPointer pointer = HostPointerOf(outer);
  EXPECT_EQ(pointer.host, ram.ram()->host() + 2 * kPage + 0x10);
  const RamList::Place place = map_.ram_list().FromHost(pointer.host);
  EXPECT_EQ(place.block, ram.ram());
  EXPECT_EQ(place.offset, 2 * kPage + 0x10);
  EXPECT_EQ(map_.ram_list().FromHost(ram.ram()->host() + 4 * kPage).block, nullptr);
  Granted(map_.SetAliasOffset(outer, 2 * kPage));
  EXPECT_EQ(HostPointerOf(outer).refusal, Refusal::kBadRange);
  EXPECT_EQ(HostPointerOf(system_).refusal, Refusal::kNoBlock);
}

TEST_F(RamListTest, ACallersMemoryIsUsedAndKept) {
  std::vector<std::uint8_t> bytes(2 * kPage, 7);
  MemoryRegion& ram = At(0, map_.CreateRam("ram", 2 * kPage, CallerMemory{bytes.data()}));
  EXPECT_EQ(ReadText(kPage, 2), "0 0707");
  WriteBytes(3, {1});
  EXPECT_EQ(bytes[3], 1);
  EXPECT_EQ(map_.ram_list().FromHost(&bytes[9]).offset, 9u);
  // Twice the same memory would make that ambiguous.
  EXPECT_EQ(map_.CreateRam("again", kPage, CallerMemory{&bytes[kPage]}).refusal,
            Refusal::kBadRange);
  EXPECT_EQ(map_.CreateRam("null", kPage, CallerMemory{}).refusal, Refusal::kBadRange);
  MemoryRegion& bar = Granted(map_.CreateRamDevice("bar", kPage));
  EXPECT_EQ(bar.ram()->max_length(), kPage);
  Granted(map_.DelSubregion(system_, ram));
  Granted(map_.Destroy(ram));
  EXPECT_EQ(bytes[kPage], 7);
  Granted(map_.CreateRam("again", kPage, CallerMemory{&bytes[kPage]}));
}

TEST_F(RamListTest, AMemfdIsShared) {
  MemoryRegion& ram = At(0, map_.CreateRam("ram", kPage, MemfdMemory{}));
  WriteBytes(8, {1, 2});
  std::uint8_t byte = 0;
  ASSERT_EQ(pread(ram.ram()->fd(), &byte, 1, 9), 1);
  EXPECT_EQ(byte, 2);
}

TEST_F(RamListTest, FilesAreOpenedOrTheReasonIsTold) {
  const std::string path = testing::TempDir() + "/flatcheck_ram_" + std::to_string(getpid());
  At(0, map_.CreateRam("file", kPage, FileMemory{.path = path}));
  WriteBytes(0, {'r', 'a', 'm'});
  std::string start(3, ' ');
  std::ifstream(path).read(start.data(), 3);
  EXPECT_EQ(start, "ram");
  EXPECT_EQ(map_.CreateRam("long", 2 * kPage, FileMemory{.path = path}).refusal,
            Refusal::kHostError);
  EXPECT_EQ(map_.CreateRam("behind", kPage, FileMemory{.path = path, .offset = kPage}).refusal,
            Refusal::kHostError);
  MemoryRegion& rom =
      At(kPage, map_.CreateRam("ro", kPage, FileMemory{.path = path, .readonly = true}));
  EXPECT_TRUE(rom.readonly());
  EXPECT_EQ(WriteBytes(kPage, {1}), kMemTxDecodeError);
  WriteRom(map_, memory_, kPage, std::vector<std::uint8_t>{1});
  EXPECT_EQ(ReadText(0, 1), "0 72");
  const Created<MemoryRegion> missing =
      map_.CreateRam("none", kPage, FileMemory{.path = "/nowhere/at/all"});
  EXPECT_EQ(missing.refusal, Refusal::kHostError);
  EXPECT_EQ(missing.host_error, std::errc::no_such_file_or_directory);
  EXPECT_EQ(map_.ram_list().size(), 2u);
  std::remove(path.c_str());
}

struct stat StatusOf(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) status.st_size = -1;
  return status;
}

TEST_F(RamListTest, ARefusedFileIsLeftAsItWas) {
  const std::string path = testing::TempDir() + "/flatcheck_new_" + std::to_string(getpid());
  const auto refused = [&](std::uint64_t size, const FileMemory& file) {
    return map_.CreateRam("ram", size, file).refusal == Refusal::kHostError;
  };
  EXPECT_TRUE(refused(kPage, {.path = path, .offset = 1}));
  EXPECT_TRUE(refused(kPage, {.path = path, .offset = INT64_MAX / kPage * kPage}));
  EXPECT_EQ(StatusOf(path).st_size, -1);
  std::ofstream(path).flush();
  EXPECT_TRUE(refused(kPage, {.path = path, .offset = kPage - 1}));
  EXPECT_EQ(StatusOf(path).st_size, 0);
  Granted(map_.CreateRam("ram", kPage, FileMemory{.path = path, .offset = kPage}));
  EXPECT_EQ(StatusOf(path).st_size, 2 * kPage);
  std::remove(path.c_str());
}

// More than any host maps; the file itself may be that long.
TEST(RamFileTest, AFileThatCannotBeMappedIsLeftAsItWas) {
  constexpr std::uint64_t kTooLong = 1ull << 47;
  MemoryMap map({.ram_bytes_max = 1ull << 48});
  const int fd = memfd_create("empty", MFD_CLOEXEC);
  ASSERT_GE(fd, 0);
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  EXPECT_NE(map.CreateRam("ram", kTooLong, FileMemory{.path = path}).refusal, Refusal::kNone);
  EXPECT_EQ(StatusOf(path).st_size, 0);
  close(fd);
  const std::string missing = testing::TempDir() + "/flatcheck_long_" + std::to_string(getpid());
  EXPECT_NE(map.CreateRam("ram", kTooLong, FileMemory{.path = missing}).refusal, Refusal::kNone);
  EXPECT_EQ(StatusOf(missing).st_size, -1);
}

TEST_F(RamListTest, OnlyFilesAndDevicesAreMemory) {
  const std::string fifo = testing::TempDir() + "/flatcheck_fifo_" + std::to_string(getpid());
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path : {fifo, testing::TempDir()}) {
    for (const bool readonly : {false, true}) {
      const FileMemory file = {.path = path, .readonly = readonly};
      EXPECT_EQ(map_.CreateRam("ram", kPage, file).refusal, Refusal::kHostError) << path;
    }
  }
  EXPECT_TRUE(S_ISFIFO(StatusOf(fifo).st_mode));
  std::remove(fifo.c_str());
  At(0, map_.CreateRam("zero", kPage, FileMemory{.path = "/dev/zero"}));
  WriteBytes(0, {7});
  EXPECT_EQ(ReadText(0, 1), "0 07");
}

// memory-map 7.5.
TEST_F(RamListTest, ABlockChangesItsLength) {
  std::vector<std::uint64_t> told;
  MemoryRegion& ram = At(0, map_.CreateResizeableRam("ram", 0x1800, 0x4000,
                                                     [&](std::uint64_t n) { told.push_back(n); }));
  Granted(map_.ResizeRam(ram, 0x1800));
  Granted(map_.ResizeRam(ram, 0x1900));
  EXPECT_EQ(memory_.view().begin()->last, 0x18ffu);
  Granted(map_.ResizeRam(ram, 0x4000));
  Granted(map_.ResizeRam(ram, 0));
  EXPECT_EQ(memory_.view().size(), 0u);
  EXPECT_EQ(ram.ram()->used_length(), 0u);
  EXPECT_EQ(map_.ResizeRam(ram, 0x4001), Refusal::kBadSize);
  EXPECT_EQ(map_.ResizeRam(ram, UINT64_MAX), Refusal::kBadSize);
  EXPECT_EQ(told, (std::vector<std::uint64_t>{0x1900, 0x4000, 0}));
  MemoryRegion& fixed = Ram(0x2000);
  Granted(map_.ResizeRam(fixed, 0x1001));
  EXPECT_TRUE(fixed.size() == 0x1001);
  EXPECT_EQ(map_.ResizeRam(fixed, 0x1000), Refusal::kNotResizeable);
  EXPECT_EQ(map_.ResizeRam(system_, 0x1000), Refusal::kNoBlock);
}

}  // namespace
}  // namespace flatcheck::engine
