// IOMMU regions and their notifiers (memory-map 6.2, 6.11).

#include "engine/ram/iommu.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/ram/mapping.h"
#include "tests/memory_fixture.h"

namespace flatcheck::engine {
namespace {

// Adds an offset to each address of [first, last]; nothing answers elsewhere.
class Window final : public IommuDevice {
 public:
  IommuEntry Translate(std::uint64_t offset, std::uint8_t flag) override {
    ++asked;
    last_flag = flag;
    if (offset < first || offset > last) return {};
    return {target, offset & ~mask, (offset & ~mask) + shift, mask, permission};
  }
  bool NotifyFlagsChanged(std::uint8_t before, std::uint8_t after) override {
    flags += std::to_string(before) + ">" + std::to_string(after) + " ";
    return (after & refused) == 0;
  }

  const AddressSpace* target = nullptr;
  std::uint64_t first = 0;
  std::uint64_t last = UINT64_MAX;
  std::uint64_t mask = 0xfff;
  std::uint64_t shift = 0;
  std::uint8_t permission = kIommuReadWrite;
  std::uint8_t refused = 0;
  std::uint8_t last_flag = 0;
  int asked = 0;
  std::string flags;
};

class IommuTest : public MemoryTest {
 protected:
  IommuTest() { window_.target = &memory_; }

  std::string At(std::uint64_t address, std::uint64_t length, bool is_write = false) {
    const Translation at = Translate(map_, device_space_, address, length, is_write);
    return (at.region == nullptr ? "-" : at.region->name()) + " " + std::to_string(at.offset) +
           " " + std::to_string(at.length);
  }

  Window window_;
  MemoryRegion& ram_ = MemoryTest::At(0, map_.CreateRam("ram", 16 * kPage));
  MemoryRegion& iommu_ = Granted(map_.CreateIommu("iommu", 32 * kPage, window_));
  AddressSpace& device_space_ = Granted(map_.CreateAddressSpace("device", iommu_));
};

// memory-map 6.2.
TEST_F(IommuTest, AnAccessGoesOnInTheTargetSpace) {
  window_.shift = 2 * kPage;
  EXPECT_EQ(At(0x10, 0x100), "ram 8208 256");
  EXPECT_EQ(At(0xff0, 0x100), "ram 12272 16");
  EXPECT_EQ(window_.last_flag, kIommuRead);
  EXPECT_EQ(At(0x10, 8, true), "ram 8208 8");
  EXPECT_EQ(window_.last_flag, kIommuWrite);
  // Bits of the mask in the entry's address do not count.
  window_.shift = 2 * kPage + 0x800;
  EXPECT_EQ(At(0x10, 0x100), "ram 8208 256");
  window_.shift = 2 * kPage;
  // A hole: the address in the target space, cut by the mask.
  EXPECT_EQ(At(15 * kPage + 8, 0x2000), "- 69640 4088");
}

// memory-map 6.2 as corrected: the offset that was refused, and no cut from the refusing region.
TEST_F(IommuTest, AMissingPermissionLeadsNowhere) {
  window_.permission = kIommuRead;
  EXPECT_EQ(At(0x10, 0x5000, true), "- 16 20480");
  window_.first = kPage;
  EXPECT_EQ(At(0x20, 0x5000), "- 32 20480");
}

// DER-09.
TEST_F(IommuTest, AnEntryOfAllAddresses) {
  window_.mask = UINT64_MAX;
  EXPECT_EQ(At(0, 8), "ram 0 0");
  EXPECT_EQ(At(8, 8), "ram 8 8");
  std::vector<std::uint8_t> bytes(8, 1);
  EXPECT_EQ(Write(map_, device_space_, 0, bytes), kMemTxOk);
  EXPECT_EQ(ReadText(0, 8), "0 0101010101010101");
  EXPECT_EQ(Load(map_, device_space_, 0, 8, kLittle).result, kMemTxDecodeError);
}

// memory-map 6.2: masks are cut at each level, and there are so many levels.
TEST_F(IommuTest, ChainsAreFollowedSoFar) {
  Window outer;
  outer.target = &device_space_;
  outer.mask = 0x1fff;
  outer.shift = 2 * kPage;
  MemoryRegion& region = Granted(map_.CreateIommu("outer", 32 * kPage, outer));
  AddressSpace& space = Granted(map_.CreateAddressSpace("outer", region));
  const Translation at = Translate(map_, space, 0x10, 0x5000);
  EXPECT_EQ(at.region, &ram_);
  EXPECT_EQ(at.offset, 2 * kPage + 0x10);
  EXPECT_EQ(at.length, kPage - 0x10);
  const IommuEntry entry = IotlbEntry(map_, space, 0x10, false);
  EXPECT_EQ(entry.target, &memory_);
  EXPECT_EQ(entry.mask, 0xfffu);
  EXPECT_EQ(entry.translated, 2 * kPage);

  // The narrowest mask holds, wherever it stands.
  outer.mask = 0xff;
  EXPECT_EQ(IotlbEntry(map_, space, 0x1234, false).mask, 0xffu);
  EXPECT_EQ(IotlbEntry(map_, space, 0x1234, false).translated, 3 * kPage + 0x200);

  window_.target = &device_space_;
  window_.asked = 0;
  EXPECT_EQ(At(8, 8), "- 8 8");
  EXPECT_EQ(window_.asked, 16);
  EXPECT_EQ(IotlbEntry(map_, device_space_, 8, false).target, nullptr);
}

// memory-map 6.4, 6.8: pieces ask again; a load that the mask cuts reaches nobody.
TEST_F(IommuTest, EachPieceIsTranslated) {
  window_.shift = kPage;
  const std::vector<std::uint8_t> bytes{1, 2, 3, 4};
  EXPECT_EQ(Write(map_, device_space_, kPage - 2, bytes), kMemTxOk);
  EXPECT_EQ(window_.asked, 2);
  EXPECT_EQ(ReadText(2 * kPage - 2, 4), "0 01020304");
  EXPECT_EQ(Load(map_, device_space_, kPage - 2, 4, kLittle).result, kMemTxDecodeError);
  EXPECT_EQ(Load(map_, device_space_, kPage - 2, 2, kLittle).value, 0x0201u);
  Mapping mapping = MapMemory(map_, device_space_, 0, 3 * kPage, true);
  EXPECT_EQ(mapping.bytes().size(), 3 * kPage);
  Granted(Unmap(mapping, 0));
}

// memory-map 6.2: a page that is shared is not resolved.
TEST_F(IommuTest, AnIotlbEntrySeesPages) {
  MemoryRegion& bus = Granted(map_.CreateContainer("bus", UINT64_MAX));
  Granted(map_.AddSubregion(bus, 0x800, iommu_));
  AddressSpace& space = Granted(map_.CreateAddressSpace("bus", bus));
  EXPECT_EQ(IotlbEntry(map_, space, 0x10, false).target, &space);
  EXPECT_EQ(IotlbEntry(map_, space, 0x1010, false).target, &memory_);
  EXPECT_EQ(IotlbEntry(map_, space, 0x100000, false).target, nullptr);
  EXPECT_EQ(IotlbEntry(map_, memory_, 0x1010, false).iova, kPage);
  EXPECT_EQ(IotlbEntry(map_, memory_, 0x1010, false).mask, kPage - 1);
}

class JournalNotifier final : public IommuNotifier {
 public:
  JournalNotifier(std::string& journal, std::string name, std::uint64_t first, std::uint64_t last,
                  std::uint8_t flags)
      : IommuNotifier(first, last, flags), journal_(journal), name_(std::move(name)) {}
  void Notify(const IommuEntry& entry) override {
    journal_ += name_ + JournalDevice::Hex(entry.iova) + "+" + JournalDevice::Hex(entry.mask) + " ";
  }

 private:
  std::string& journal_;
  std::string name_;
};

// memory-map 6.11.
TEST_F(IommuTest, NotifiersHearOfWhatTheyWant) {
  std::string heard;
  JournalNotifier unmap(heard, "u", 0, UINT64_MAX, kIommuUnmap);
  JournalNotifier both(heard, "b", 0, UINT64_MAX, kIommuUnmap | kIommuMap);
  JournalNotifier tlb(heard, "t", 0x2000, 0x5fff, kIommuDeviceIotlbUnmap);
  MemoryRegion& alias = Granted(map_.CreateAlias("alias", kPage, iommu_, 0));
  Granted(RegisterNotifier(iommu_, unmap));
  Granted(RegisterNotifier(alias, both));
  Granted(RegisterNotifier(iommu_, tlb));
  EXPECT_EQ(window_.flags, "0>1 1>3 3>7 ");
  const auto event = [](std::uint64_t iova, std::uint64_t mask, std::uint8_t permission = 0) {
    return IommuEntry{nullptr, iova, 0, mask, permission};
  };
  Granted(NotifyIommu(iommu_, event(0x3000, 0xfff), kIommuUnmap));
  EXPECT_EQ(heard, "b3000+fff u3000+fff ");
  heard.clear();
  Granted(NotifyIommu(iommu_, event(0, 0x3fff), kIommuDeviceIotlbUnmap));
  EXPECT_EQ(heard, "t2000+1fff ");
  heard.clear();
  Granted(NotifyIommu(iommu_, event(0x4000, 0xffff), kIommuDeviceIotlbUnmap));
  EXPECT_EQ(heard, "t4000+1fff ");
  heard.clear();
  Granted(NotifyIommu(iommu_, event(0x3000, 0xfff, kIommuRead), kIommuMap));
  EXPECT_EQ(heard, "b3000+fff ");
  Granted(UnregisterNotifier(both));
  Granted(UnregisterNotifier(tlb));
  EXPECT_EQ(window_.flags, "0>1 1>3 3>7 7>5 5>1 ");
  Granted(UnregisterNotifier(unmap));
}

// memory-map 6.11; what QEMU asserts is refused.
TEST_F(IommuTest, BadNotificationsAreRefused) {
  std::string heard;
  window_.refused = kIommuMap;
  JournalNotifier none(heard, "n", 0, 1, 0);
  JournalNotifier backwards(heard, "b", 2, 1, kIommuUnmap);
  JournalNotifier map(heard, "m", 0, 1, kIommuMap);
  JournalNotifier page(heard, "p", 0x1000, 0x1fff, kIommuUnmap);
  EXPECT_EQ(RegisterNotifier(iommu_, none), Refusal::kBadFlags);
  EXPECT_EQ(RegisterNotifier(iommu_, backwards), Refusal::kBadRange);
  EXPECT_EQ(RegisterNotifier(ram_, map), Refusal::kNotIommu);
  EXPECT_EQ(RegisterNotifier(iommu_, map), Refusal::kDeviceRefuses);
  EXPECT_EQ(map.region(), nullptr);
  Granted(RegisterNotifier(iommu_, page));
  EXPECT_EQ(RegisterNotifier(iommu_, page), Refusal::kAlreadyRegistered);
  const auto notify = [&](IommuEntry entry, std::uint8_t type) {
    return NotifyIommu(iommu_, entry, type);
  };
  EXPECT_EQ(notify({nullptr, 0, 0, 0x1fff, 0}, kIommuMap), Refusal::kNotInside);
  EXPECT_EQ(notify({nullptr, 0x1000, 0, 0xfff, 1}, kIommuUnmap), Refusal::kBadPermission);
  EXPECT_EQ(notify({nullptr, 0x1000, 0, UINT64_MAX, 0}, kIommuUnmap), Refusal::kBadRange);
  EXPECT_EQ(NotifyIommu(ram_, {}, kIommuMap), Refusal::kNotIommu);
  EXPECT_EQ(heard, "");
  EXPECT_EQ(map_.DestroyAddressSpace(device_space_), Refusal::kNone);
  EXPECT_EQ(map_.Destroy(iommu_), Refusal::kHasNotifiers);
  Granted(UnregisterNotifier(page));
  EXPECT_EQ(UnregisterNotifier(page), Refusal::kAbsent);
  Granted(map_.Destroy(iommu_));
}

// memory-map 6.11 as corrected: uncropped, whatever the range, once per page.
TEST_F(IommuTest, AReplayTellsEachPage) {
  std::string heard;
  JournalNotifier notifier(heard, "", 0x1000, 0x1fff, kIommuUnmap);
  EXPECT_EQ(ReplayIommu(map_, notifier), Refusal::kAbsent);
  Granted(RegisterNotifier(iommu_, notifier));
  window_.first = 0x4000;
  window_.last = 0x6fff;
  window_.mask = 0x1fff;
  Granted(ReplayIommu(map_, notifier));
  EXPECT_EQ(heard, "4000+1fff 4000+1fff 6000+1fff ");
  EXPECT_EQ(window_.last_flag, kIommuNone);
  EXPECT_EQ(window_.asked, 32);
  Granted(UnregisterNotifier(notifier));
}

// As many pages as the limits allow.
TEST(IommuReplay, HasALimit) {
  MemoryMap map({.page_size = 0x100, .replay_pages_max = 2});
  Window window;
  std::string heard;
  for (const std::uint64_t size : {0x201u, 0x200u}) {
    MemoryRegion& iommu = Granted(map.CreateIommu("iommu", size, window));
    JournalNotifier notifier(heard, "", 0, UINT64_MAX, kIommuMap);
    Granted(RegisterNotifier(iommu, notifier));
    EXPECT_EQ(ReplayIommu(map, notifier), size > 0x200 ? Refusal::kTooLong : Refusal::kNone);
    Granted(UnregisterNotifier(notifier));
  }
  EXPECT_EQ(window.asked, 2);
}

// Does what it is told to when it is called.
class ActingNotifier final : public IommuNotifier {
 public:
  using IommuNotifier::IommuNotifier;
  void Notify(const IommuEntry&) override {
    ++told;
    act();
  }

  std::function<void()> act = [] {};
  int told = 0;
};

class ActingIommu final : public IommuDevice {
 public:
  IommuEntry Translate(std::uint64_t, std::uint8_t) override {
    act();
    return {target, 0, 0, UINT64_MAX, kIommuReadWrite};
  }
  bool NotifyFlagsChanged(std::uint8_t before, std::uint8_t after) override {
    flags += std::to_string(before) + ">" + std::to_string(after) + " ";
    on_flags();
    return (after & refused) == 0;
  }

  const AddressSpace* target = nullptr;
  std::function<void()> act = [] {};
  std::function<void()> on_flags = [] {};
  std::uint8_t refused = 0;
  std::string flags;
};

TEST_F(IommuTest, NothingIsDestroyedInACallback) {
  ActingIommu device;
  device.target = &memory_;
  MemoryRegion& iommu = Granted(map_.CreateIommu("acting", kPage, device));
  AddressSpace& space = Granted(map_.CreateAddressSpace("acting", iommu));
  MemoryRegion& idle = Granted(map_.CreateContainer("idle", 1));
  int refused = 0;
  device.act = [&] {
    if (map_.Destroy(idle) == Refusal::kInAccess) ++refused;
    if (map_.DestroyAddressSpace(space) == Refusal::kInAccess) ++refused;
  };
  device.on_flags = device.act;
  ActingNotifier notifier(0, UINT64_MAX, kIommuMap | kIommuUnmap);
  notifier.act = device.act;
  Granted(RegisterNotifier(iommu, notifier));
  EXPECT_EQ(refused, 2);
  Granted(NotifyIommu(iommu, {}, kIommuMap));
  EXPECT_EQ(refused, 4);
  Granted(ReplayIommu(map_, notifier));
  EXPECT_EQ(refused, 8);
  Translate(map_, space, 0, 1);
  IotlbEntry(map_, space, 0, false);
  EXPECT_EQ(refused, 12);
  Granted(UnregisterNotifier(notifier));
  EXPECT_EQ(refused, 14);
  EXPECT_FALSE(map_.in_access());
  Granted(map_.DestroyAddressSpace(space));
  Granted(map_.Destroy(iommu));
}

TEST_F(IommuTest, WhoIsUnregisteredWhileItIsAskedHearsNoMore) {
  ActingIommu device;
  device.target = &memory_;
  MemoryRegion& iommu = Granted(map_.CreateIommu("acting", 4 * kPage, device));
  ActingNotifier notifier(0, UINT64_MAX, kIommuMap);
  Granted(RegisterNotifier(iommu, notifier));
  int asked = 0;
  device.act = [&] {
    if (++asked == 2) Granted(UnregisterNotifier(notifier));
  };
  Granted(ReplayIommu(map_, notifier));
  EXPECT_EQ(notifier.told, 1);
  EXPECT_EQ(asked, 2);
}

// The device that hears of flags registers a notifier: each change is told once.
TEST_F(IommuTest, FlagsAreKnownBeforeTheDeviceIsTold) {
  ActingIommu device;
  MemoryRegion& iommu = Granted(map_.CreateIommu("acting", kPage, device));
  ActingNotifier first(0, 1, kIommuUnmap);
  ActingNotifier second(0, 1, kIommuMap);
  device.on_flags = [&] {
    if (second.region() == nullptr && device.flags == "0>1 ") {
      Granted(RegisterNotifier(iommu, second));
    }
  };
  Granted(RegisterNotifier(iommu, first));
  EXPECT_EQ(device.flags, "0>1 1>3 ");
  Granted(UnregisterNotifier(first));
  Granted(UnregisterNotifier(second));
  EXPECT_EQ(device.flags, "0>1 1>3 3>2 2>0 ");
}

// Who refuses a notifier may have accepted another one meanwhile, of which it hears to the end.
TEST_F(IommuTest, ARefusalLeavesTheFlagsThatWereAcceptedMeanwhile) {
  ActingIommu device;
  MemoryRegion& iommu = Granted(map_.CreateIommu("acting", kPage, device));
  ActingNotifier first(0, 1, kIommuUnmap);
  ActingNotifier second(0, 1, kIommuMap);
  bool has_second_come = false;
  device.on_flags = [&] {
    if (std::exchange(has_second_come, true)) return;
    Granted(RegisterNotifier(iommu, second));
    device.refused = kIommuUnmap;
  };
  EXPECT_EQ(RegisterNotifier(iommu, first), Refusal::kDeviceRefuses);
  EXPECT_EQ(device.flags, "0>1 1>3 ");
  Granted(UnregisterNotifier(second));
  EXPECT_EQ(device.flags, "0>1 1>3 3>0 ");
}

TEST_F(IommuTest, ARefusalLeavesTheSameFlagsOfWhoCameMeanwhile) {
  ActingIommu device;
  MemoryRegion& iommu = Granted(map_.CreateIommu("acting", kPage, device));
  ActingNotifier first(0, 1, kIommuUnmap);
  ActingNotifier second(0, 1, kIommuUnmap);
  device.on_flags = [&] {
    if (second.region() == nullptr && device.flags == "0>1 ") {
      Granted(RegisterNotifier(iommu, second));
    }
  };
  device.refused = kIommuUnmap;
  EXPECT_EQ(RegisterNotifier(iommu, first), Refusal::kDeviceRefuses);
  EXPECT_EQ(device.flags, "0>1 ");
  Granted(UnregisterNotifier(second));
  EXPECT_EQ(device.flags, "0>1 1>0 ");
}

TEST(IommuNotifier, MayOutliveTheMap) {
  Window window;
  ActingNotifier notifier(0, 1, kIommuUnmap);
  {
    MemoryMap map;
    Granted(RegisterNotifier(Granted(map.CreateIommu("iommu", kPage, window)), notifier));
  }
  EXPECT_EQ(notifier.region(), nullptr);
  EXPECT_EQ(UnregisterNotifier(notifier), Refusal::kAbsent);
}

// memory-map 1.6: migration logs it.
TEST_F(IommuTest, TheGlobalLogCoversIt) {
  Granted(map_.StartGlobalLog());
  EXPECT_EQ(device_space_.view().begin()->log_mask, kLogMigration);
}

}  // namespace
}  // namespace flatcheck::engine
