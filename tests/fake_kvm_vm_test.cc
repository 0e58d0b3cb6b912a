// What a FakeKvmVm tells about itself, and kernels that it can stand for. What it does as the
// host's kernel does is in kvm_vm_test.cc and kvm_bus_test.cc.

#include "engine/kvm/fake_kvm_vm.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/kvm_fixture.h"

namespace flatcheck::engine {
namespace {

constexpr std::uint64_t kPage = kKvmPage;

std::string NumbersOf(const FakeKvmVm& vm) {
  std::string numbers;
  for (const auto& [place, slot] : vm.slots()) numbers += std::to_string(slot.slot.slot) + " ";
  return numbers;
}

TEST(FakeKvmVm, SlotsAreToldByAddressSpaceAndAddress) {
  KvmCapabilities capabilities;
  capabilities.address_spaces = 2;
  FakeKvmVm vm(capabilities);
  EXPECT_EQ(vm.SetMemorySlot({1u << 16, 0, 0, 4 * kPage, 0}), 0);
  EXPECT_EQ(vm.SetMemorySlot({5, 0, 0x3000, kPage, 0}), 0);
  EXPECT_EQ(vm.SetMemorySlot({9, 0, 0x1000, kPage, 0}), 0);
  EXPECT_EQ(NumbersOf(vm), "9 5 65536 ");
  EXPECT_EQ(vm.SetMemorySlot({9, 0, 0x7000, kPage, 0}), 0);
  EXPECT_EQ(NumbersOf(vm), "5 9 65536 ");
  EXPECT_EQ(vm.FindSlot(0, 0x7fff)->slot.slot, 9u);
  EXPECT_EQ(vm.FindSlot(0, 0x1000), nullptr);
  EXPECT_EQ(vm.FindSlot(1, 0x1000)->slot.slot, 1u << 16);
  EXPECT_EQ(vm.FindSlot(1, 0x4000), nullptr);
}

// memory-map 8.8: slots of one address space meet no others.
TEST(FakeKvmVm, GuestsSeeTheirOwnAddressSpace) {
  KvmCapabilities capabilities;
  capabilities.address_spaces = 2;
  FakeKvmVm vm(capabilities);
  HostPages host(2);
  EXPECT_EQ(vm.SetMemorySlot({1u << 16, 0, 0x1000, kPage, host.address(0)}), 0);
  EXPECT_EQ(vm.SetMemorySlot({0, 0, 0x1000, kPage, host.address(1)}), 0);
  host.at(0)[0] = 0x11;
  std::vector<GuestAccess> accesses = {Read(0x1000, 1), Read(0x1000, 1)};
  accesses[0].address_space = 1;
  EXPECT_EQ(RunGuest(vm, accesses), "");
  EXPECT_EQ(accesses[0].value, 0x11u);
  EXPECT_EQ(accesses[1].value, 0u);
}

TEST(FakeKvmVm, ReadonlyIsUnknownToKernelsWithoutIt) {
  KvmCapabilities capabilities;
  capabilities.readonly_memory = false;
  FakeKvmVm vm(capabilities);
  EXPECT_EQ(vm.SetMemorySlot({0, kKvmReadonly, 0, kPage, 0}), EINVAL);
  EXPECT_EQ(vm.SetMemorySlot({0, kKvmLogDirtyPages, 0, kPage, 0}), 0);
}

TEST(FakeKvmVm, RefusesSlotsWhereThereIsNoRoom) {
  const auto lacks_room = [](const KvmMemorySlot& slot) { return slot.guest_address == 0x2000; };
  FakeKvmVm vm({}, lacks_room);
  EXPECT_EQ(vm.SetMemorySlot({0, 0, 0x2000, kPage, 0}), ENOMEM);
  EXPECT_EQ(vm.SetMemorySlot({0, 0, 0x1000, kPage, 0}), 0);
  EXPECT_EQ(vm.SetMemorySlot({0, 0, 0x2000, kPage, 0}), ENOMEM);
  ASSERT_EQ(NumbersOf(vm), "0 ");
  EXPECT_NE(vm.FindSlot(0, 0x1000), nullptr);
}

TEST(FakeKvmVm, ZonesAreUnknownToKernelsWithoutThem) {
  KvmCapabilities capabilities;
  capabilities.coalesced_pio = false;
  FakeKvmVm vm(capabilities);
  EXPECT_EQ(vm.RegisterCoalescedZone({KvmBus::kPortIo, 0x60, 4}), ENOTTY);
  EXPECT_EQ(vm.UnregisterCoalescedZone({KvmBus::kPortIo, 0x60, 4}), ENOTTY);
  EXPECT_EQ(vm.RegisterCoalescedZone({KvmBus::kMmio, 0x60, 4}), 0);
}

TEST(FakeKvmVm, LimitsAreThoseOfItsCapabilities) {
  KvmCapabilities capabilities;
  capabilities.page_size = 0x4000;
  capabilities.slots_max = 2;
  capabilities.slot_pages_max = 3;
  capabilities.address_end = 0x40000;
  FakeKvmVm vm(capabilities);
  EXPECT_EQ(vm.SetMemorySlot({0, 0, 0x1000, 0x4000, 0}), EINVAL);
  EXPECT_EQ(vm.SetMemorySlot({2, 0, 0, 0x4000, 0}), EINVAL);
  EXPECT_EQ(vm.SetMemorySlot({1, 0, 0, 0x10000, 0}), EINVAL);
  EXPECT_EQ(vm.SetMemorySlot({1, 0, 0x3c000, 0x8000, 0}), EINVAL);
  EXPECT_EQ(vm.SetMemorySlot({1, 0, 0x34000, 0xc000, 0}), 0);
}

TEST(FakeKvmVm, TellsWhatIsOnItsBuses) {
  FakeKvmVm vm;
  const KvmIoEventfd entry = {KvmBus::kPortIo, 0x60, 1, false, 0, 3};
  const KvmIoEventfd other = {KvmBus::kMmio, 0x2000, 0, false, 0, 1};
  const KvmCoalescedZone zone = {KvmBus::kMmio, 0x1000, 8};
  EXPECT_EQ(vm.AssignIoEventfd(entry), 0);
  EXPECT_EQ(vm.AssignIoEventfd(other), 0);
  EXPECT_EQ(vm.AssignIoEventfd(other), EEXIST);
  EXPECT_EQ(vm.RegisterCoalescedZone(zone), 0);
  EXPECT_EQ(vm.ioeventfds(), (std::vector{other, entry}));
  EXPECT_EQ(vm.coalesced_zones(), std::vector{zone});
  EXPECT_EQ(vm.ioctls(), 4u);
}

TEST(FakeKvmVm, WritesOfAnotherGuestAreLogged) {
  FakeKvmVm vm;
  EXPECT_EQ(vm.SetMemorySlot({0, kKvmLogDirtyPages, 0x1000, 3 * kPage, 0}), 0);
  vm.NoteWrite(Read(0x3000, 1));
  vm.NoteWrite(Write(0x1fff, 2, 0));
  vm.NoteWrite(Write(0x8000, 2, 0));
  EXPECT_EQ(vm.slots().begin()->second.dirty_pages, (std::set<std::uint64_t>{0, 1}));
}

// As many slots as KVM has, forwards and backwards.
TEST(FakeKvmVm, ManySlotsAreNoTrouble) {
  FakeKvmVm vm;
  for (std::uint32_t i = 0; i < vm.capabilities().slots_max; ++i) {
    ASSERT_EQ(vm.SetMemorySlot({i, 0, 2 * kPage * i, kPage, 0}), 0);
  }
  EXPECT_EQ(vm.SetMemorySlot({7, 0, 15 * kPage, kPage, 0}), 0);
  for (std::uint32_t i = vm.capabilities().slots_max; i-- > 0;) {
    ASSERT_EQ(vm.SetMemorySlot({i, 0, 0, 0, 0}), 0);
  }
  EXPECT_TRUE(vm.slots().empty());
}

}  // namespace
}  // namespace flatcheck::engine
