// The engine as a library: what its public interface promises beyond what programs can say.

#include "engine/map/memory_map.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "engine/map/transaction.h"
#include "engine/ram/access.h"
#include "engine/ram/ram_block.h"

namespace flatcheck::engine {
namespace {

constexpr std::uint64_t kPage = 0x1000;

class CountingDevice final : public MmioDevice {
 public:
  std::uint64_t Read(std::uint64_t offset, unsigned size) override {
    ++reads;
    return offset + size;
  }
  void Write(std::uint64_t, unsigned, std::uint64_t value) override { last_written = value; }

  int reads = 0;
  std::uint64_t last_written = 0;
};

class MemoryMapTest : public testing::Test {
 protected:
  template <class T>
  static T& Granted(Created<T> created) {
    EXPECT_EQ(created.refusal, Refusal::kNone);
    return *created.object;
  }
  static void Granted(Refusal refusal) { EXPECT_EQ(refusal, Refusal::kNone); }

  MemoryMap map_;
  CountingDevice device_;
  MemoryRegion& system_ = Granted(map_.CreateContainer("system", UINT64_MAX));
  AddressSpace& memory_ = Granted(map_.CreateAddressSpace("memory", system_));
};

TEST_F(MemoryMapTest, BytesLieInTheRegionsBlock) {
  MemoryRegion& ram = Granted(map_.CreateRam("ram", 4 * kPage));
  MemoryRegion& alias = Granted(map_.CreateAlias("alias", kPage, ram, 2 * kPage));
  Granted(map_.AddSubregion(system_, 0x10000, alias));
  const std::array<std::uint8_t, 3> written{1, 2, 3};
  EXPECT_EQ(Write(map_, memory_, 0x10010, written), kMemTxOk);
  const std::uint8_t* const host = ram.ram()->host() + 2 * kPage + 0x10;
  EXPECT_TRUE(std::equal(written.begin(), written.end(), host));
}

TEST_F(MemoryMapTest, AnIoEventfdSignalsInPlaceOfTheDevice) {
  std::vector<std::uint32_t> signalled;
  map_.SetSignal([&](std::uint32_t notifier) { signalled.push_back(notifier); });
  MemoryRegion& mmio = Granted(map_.CreateIo("mmio", kPage, device_));
  Granted(map_.AddSubregion(system_, 0, mmio));
  Granted(map_.AddIoEventfd(
      mmio, {.address = 4, .size = 4, .match_data = true, .data = 7, .notifier = 9}));
  const std::array<std::uint8_t, 4> seven{7};
  const std::array<std::uint8_t, 4> eight{8};
  Write(map_, memory_, 4, seven);
  Write(map_, memory_, 4, eight);
  EXPECT_EQ(signalled, std::vector<std::uint32_t>{9});
  EXPECT_EQ(device_.last_written, 8u);
}

// A listener that tries to change the map from a callback.
class Meddler final : public MemoryListener {
 public:
  Meddler(MemoryMap& map, MemoryRegion& region) : map_(map), region_(region) {}

  void RegionAdd(const MemoryRegionSection&) override {
    refusals.push_back(map_.Begin());
    refusals.push_back(map_.SetEnabled(region_, false));
    refusals.push_back(map_.CreateContainer("c", kPage).refusal);
    refusals.push_back(map_.CreateAlias("a", kPage, region_, 0).refusal);
    refusals.push_back(map_.UnregisterListener(*this));
    refusals.push_back(map_.SyncLog());
  }

  std::vector<Refusal> refusals;

 private:
  MemoryMap& map_;
  MemoryRegion& region_;
};

TEST_F(MemoryMapTest, CallbacksMustNotChangeTheMap) {
  MemoryRegion& mmio = Granted(map_.CreateIo("mmio", kPage, device_));
  Meddler meddler(map_, mmio);
  Granted(map_.RegisterListener(meddler, memory_, 0));
  Granted(map_.AddSubregion(system_, 0, mmio));
  EXPECT_EQ(meddler.refusals, std::vector<Refusal>(6, Refusal::kInCallback));
  EXPECT_TRUE(mmio.enabled());
  EXPECT_EQ(map_.depth(), 0u);
  EXPECT_EQ(memory_.view().size(), 1u);
  Granted(map_.UnregisterListener(meddler));
}

class ThrowingListener final : public MemoryListener {
 public:
  void RegionAdd(const MemoryRegionSection&) override { throw std::runtime_error("refused"); }
};

// The next commit tells it all again.
TEST_F(MemoryMapTest, AListenerThatThrowsDoesNotLockTheMap) {
  MemoryRegion& mmio = Granted(map_.CreateIo("mmio", kPage, device_));
  ThrowingListener listener;
  Granted(map_.RegisterListener(listener, memory_, 0));
  EXPECT_THROW((void)map_.AddSubregion(system_, 0, mmio), std::runtime_error);
  EXPECT_FALSE(map_.in_callback());
  EXPECT_EQ(memory_.view().size(), 0u);
  Granted(map_.UnregisterListener(listener));
  Granted(map_.SetAddress(mmio, kPage));
  EXPECT_NE(memory_.view().Find(kPage), nullptr);
}

TEST_F(MemoryMapTest, AListenerIsRegisteredOnce) {
  MemoryListener listener;
  Granted(map_.RegisterListener(listener, memory_, 0));
  EXPECT_EQ(map_.RegisterListener(listener, memory_, 0), Refusal::kAlreadyRegistered);
  EXPECT_EQ(map_.DestroyAddressSpace(memory_), Refusal::kHasListeners);
  Granted(map_.UnregisterListener(listener));
  EXPECT_EQ(map_.UnregisterListener(listener), Refusal::kAbsent);
}

TEST_F(MemoryMapTest, ATransactionPublishesAtItsEnd) {
  MemoryRegion& mmio = Granted(map_.CreateIo("mmio", kPage, device_));
  {
    const Transaction outer(map_);
    {
      const Transaction inner(map_);
      Granted(map_.AddSubregion(system_, 0, mmio));
    }
    EXPECT_EQ(memory_.view().size(), 0u);
  }
  EXPECT_EQ(memory_.view().size(), 1u);
}

TEST_F(MemoryMapTest, MoreRangesThanQemusDispatchTakes) {
  constexpr std::uint64_t kSlots = 20'000;
  {
    const Transaction transaction(map_);
    for (std::uint64_t i = 0; i < kSlots; ++i) {
      Granted(map_.AddSubregion(system_, i * 2 * kPage,
                                Granted(map_.CreateIo("slot", kPage, device_))));
    }
  }
  memory_.view().CheckInvariants();
  ASSERT_EQ(memory_.view().size(), kSlots);
  for (std::uint64_t i = 0; i < kSlots; ++i) {
    ASSERT_NE(Translate(map_, memory_, i * 2 * kPage + kPage - 1, 1).region, nullptr);
    ASSERT_EQ(Translate(map_, memory_, i * 2 * kPage + kPage, 1).region, nullptr);
  }
}

// Each of n once, not in order.
std::vector<std::size_t> Scattered(std::size_t n) {
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = (i * 37 + 11) % n;
  return order;
}

TEST_F(MemoryMapTest, AliasesAreDestroyedInAnyOrder) {
  MemoryRegion& box = Granted(map_.CreateContainer("box", kPage));
  std::vector<MemoryRegion*> aliases(100);
  for (MemoryRegion*& alias : aliases) {
    alias = &Granted(map_.CreateAlias("alias", kPage, box, 0));
  }
  const std::vector<std::size_t> order = Scattered(aliases.size());
  for (std::size_t i = 0; i < 90; ++i) Granted(map_.Destroy(*aliases[order[i]]));
  // Those that are left still follow what they show.
  Granted(map_.AddSubregion(box, 0, Granted(map_.CreateIo("io", kPage, device_))));
  for (std::size_t i = 90; i < 100; ++i) {
    EXPECT_EQ(aliases[order[i]]->paths(), 3u);
    EXPECT_EQ(map_.Destroy(box), Refusal::kIsTarget);
    Granted(map_.Destroy(*aliases[order[i]]));
  }
  Granted(map_.Destroy(box));
}

TEST_F(MemoryMapTest, RootsAreDestroyedInAnyOrder) {
  std::vector<MemoryRegion*> roots(100);
  for (MemoryRegion*& root : roots) {
    root = &Granted(map_.CreateIo("root", kPage, device_));
    Granted(map_.DestroyAddressSpace(Granted(map_.CreateAddressSpace("space", *root))));
  }
  const std::vector<std::size_t> order = Scattered(roots.size());
  for (std::size_t i = 0; i < 90; ++i) Granted(map_.Destroy(*roots[order[i]]));
  // The table of views has those that are left: theirs are made anew by the next commit.
  MemoryRegion& last = *roots[order[99]];
  const AddressSpace& space = Granted(map_.CreateAddressSpace("space", last));
  Granted(map_.AddSubregion(last, 0, Granted(map_.CreateRam("ram", kPage))));
  EXPECT_TRUE(space.view().begin()->is_ram);
  for (std::size_t i = 90; i < 99; ++i) Granted(map_.Destroy(*roots[order[i]]));
}

TEST(MapLimits, AreInjected) {
  MemoryMap map({.page_size = 0x10, .depth_max = 3, .paths_max = 8, .ram_bytes_max = 0x40});
  EXPECT_EQ(map.CreateRam("ram", 0x18).refusal, Refusal::kBadSize);
  EXPECT_EQ(map.CreateRam("ram", 0x50).refusal, Refusal::kNoMemory);
  MemoryRegion& ram = *map.CreateRam("ram", 0x40).object;
  EXPECT_EQ(map.CreateRam("ram", 0x10).refusal, Refusal::kNoMemory);

  MemoryRegion& one = *map.CreateAlias("one", 0x40, ram, 0).object;
  MemoryRegion& two = *map.CreateAlias("two", 0x40, one, 0).object;
  EXPECT_EQ(map.CreateAlias("three", 0x40, two, 0).refusal, Refusal::kTooDeep);

  MemoryRegion& box = *map.CreateContainer("box", 0x1000).object;
  MemoryRegion& wide = *map.CreateContainer("wide", 0x1000).object;
  EXPECT_EQ(map.AddSubregion(box, 0, two), Refusal::kTooDeep);
  for (int i = 0; i < 3; ++i) {
    MemoryRegion& alias = *map.CreateAlias("alias", 0x40, ram, 0).object;
    EXPECT_EQ(map.AddSubregion(wide, 0, alias), Refusal::kNone);
  }
  EXPECT_EQ(wide.paths(), 7u);
  MemoryRegion& last = *map.CreateAlias("alias", 0x40, ram, 0).object;
  EXPECT_EQ(map.AddSubregion(wide, 0, last), Refusal::kTooManyPaths);
  EXPECT_EQ(wide.paths(), 7u);

  // A page of 16 bytes moves the border at which RAM is translated in pieces.
  MemoryRegion& system = *map.CreateContainer("system", 0x1000).object;
  EXPECT_EQ(map.AddSubregion(system, 8, ram), Refusal::kNone);
  const AddressSpace& space = *map.CreateAddressSpace("space", system).object;
  EXPECT_EQ(Translate(map, space, 8, 0x40).length, 8u);
  EXPECT_EQ(Translate(map, space, 0x10, 0x40).length, 0x30u);
}

TEST(RegionGraph, PathsFollowTheTree) {
  MemoryMap map;
  MemoryRegion& top = *map.CreateContainer("top", kPage).object;
  MemoryRegion& box = *map.CreateContainer("box", kPage).object;
  MemoryRegion& leaf = *map.CreateRam("leaf", kPage).object;
  MemoryRegion& alias = *map.CreateAlias("alias", kPage, box, 0).object;
  EXPECT_EQ(map.AddSubregion(top, 0, box), Refusal::kNone);
  EXPECT_EQ(map.AddSubregion(top, 0, alias), Refusal::kNone);
  EXPECT_EQ(map.AddSubregion(box, 0, leaf), Refusal::kNone);
  EXPECT_EQ(box.paths(), 2u);
  EXPECT_EQ(alias.paths(), 3u);
  EXPECT_EQ(top.paths(), 6u);
  EXPECT_EQ(map.AddSubregion(leaf, 0, top), Refusal::kCycle);
  EXPECT_EQ(map.DelSubregion(box, leaf), Refusal::kNone);
  EXPECT_EQ(top.paths(), 4u);
}

}  // namespace
}  // namespace flatcheck::engine
