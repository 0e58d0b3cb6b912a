// Ioeventfds and coalesced zones that the kernel watches for a space (memory-map 8.7, 8.9, 8.10).

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "engine/kvm/kvm_listener.h"
#include "engine/map/transaction.h"
#include "tests/kvm_listener_fixture.h"

namespace flatcheck::engine {
namespace {

class KvmBusTest : public KvmListenerTest {
 protected:
  MemoryRegion& IoAt(std::uint64_t address, std::uint64_t size) {
    return At(address, map_.CreateIo("io", size, device_));
  }
  void Add(MemoryRegion& region, const IoEventfd& entry) {
    Granted(map_.AddIoEventfd(region, entry));
  }
  void Del(MemoryRegion& region, const IoEventfd& entry) {
    Granted(map_.DelIoEventfd(region, entry));
  }

  JournalDevice device_;
};

TEST_F(KvmBusTest, IoeventfdsComeAndGoWithTheirRegion) {
  StartKvm();
  MemoryRegion& io = IoAt(0x1000, 0x1000);
  Add(io, {.address = 0x10, .size = 4, .notifier = 7});
  EXPECT_EQ(Ioctls(), "assign 1010+4 to 7\n");
  Add(io, {.address = 0x20, .size = 0, .notifier = 8});
  Add(io, {.address = 0x30, .size = 2, .match_data = true, .data = 0x5a, .notifier = 9});
  EXPECT_EQ(Ioctls(), "assign 1020+0 to 8\nassign 1030+2=5a to 9\n");
  Granted(map_.SetAddress(io, 0x2000));
  EXPECT_EQ(Ioctls(),
            "deassign 1010+4 to 7\n"
            "deassign 1020+0 to 8\n"
            "deassign 1030+2=5a to 9\n"
            "assign 2010+4 to 7\n"
            "assign 2020+0 to 8\n"
            "assign 2030+2=5a to 9\n");
  Del(io, {.address = 0x30, .size = 2, .match_data = true, .data = 0x5a, .notifier = 9});
  EXPECT_EQ(Ioctls(), "deassign 2030+2=5a to 9\n");
  EXPECT_EQ(Failures(), "");
}

TEST_F(KvmBusTest, TheKernelSignalsInsteadOfAnExit) {
  StartKvm();
  MemoryRegion& io = IoAt(0x1000, 0x1000);
  Add(io, {.address = 0x10, .size = 1, .match_data = true, .data = 0x5a, .notifier = 7});
  Add(io, {.address = 0x20, .size = 1, .match_data = true, .data = 0x5b, .notifier = 8});
  GuestWrites(0x1010);
  GuestWrites(0x1020);
  EXPECT_EQ(vm_->TakeSignals(7), 1u);
  EXPECT_EQ(vm_->TakeSignals(8), 0u);
}

// memory-map 8.9.
TEST_F(KvmBusTest, ARefusedIoeventfdIsToldAndForgotten) {
  StartKvm();
  MemoryRegion& io = IoAt(0x1000, 0x1000);
  const IoEventfd odd{.address = 0x10, .size = 3, .notifier = 7};
  Add(io, odd);
  EXPECT_EQ(Ioctls(), "assign 1010+3 to 7 !\n");
  EXPECT_EQ(Failures(), "KVM_IOEVENTFD 22 1010+3\n");
  Del(io, odd);
  EXPECT_EQ(Ioctls(), "");
}

// Not as 4 bytes.
TEST_F(KvmBusTest, ASizeBeyondTheKernelsFieldIsRefused) {
  StartKvm();
  MemoryRegion& io = IoAt(0x1000, 0x1000);
  Add(io, {.address = 0, .size = (1ull << 32) + 4, .notifier = 7});
  EXPECT_EQ(Failures(), "KVM_IOEVENTFD 22 1000+ffffffff\n");
}

// memory-map 8.9: the kernel has no two of them. Nothing is tried again.
TEST_F(KvmBusTest, ADuplicateIsRefusedAndForgotten) {
  StartKvm();
  MemoryRegion& io = IoAt(0x1000, 0x1000);
  const IoEventfd entry{.address = 0x10, .size = 4, .notifier = 7};
  Add(io, entry);
  Add(io, entry);
  EXPECT_EQ(Ioctls(), "assign 1010+4 to 7\nassign 1010+4 to 7 !\n");
  EXPECT_EQ(Failures(), "KVM_IOEVENTFD 17 1010+4\n");
  Del(io, entry);
  Del(io, entry);
  EXPECT_EQ(Ioctls(), "deassign 1010+4 to 7\n");
  const IoEventfd other{.address = 0x10, .size = 4, .notifier = 8};
  Add(io, entry);
  Add(io, other);
  Del(io, entry);
  EXPECT_EQ(Ioctls(),
            "assign 1010+4 to 7\n"
            "assign 1010+4 to 8 !\n"
            "deassign 1010+4 to 7\n");
}

// memory-map 5.5: the commit takes one for the other.
TEST_F(KvmBusTest, DataThatIsNotMatchedIsNotLookedAt) {
  StartKvm();
  MemoryRegion& io = IoAt(0x1000, 0x1000);
  const IoEventfd before{.address = 0x10, .size = 4, .data = 7, .notifier = 1};
  const IoEventfd after{.address = 0x10, .size = 4, .data = 8, .notifier = 1};
  Add(io, before);
  {
    const Transaction transaction(map_);
    Del(io, before);
    Add(io, after);
  }
  Del(io, after);
  EXPECT_EQ(Ioctls(), "assign 1010+4 to 1\ndeassign 1010+4 to 1\n");
}

// memory-map 5.7, 8.10.
TEST_F(KvmBusTest, CoalescedZonesComeAndGoWithTheirRegion) {
  StartKvm();
  MemoryRegion& io = IoAt(0x1000, 0x1000);
  Granted(map_.AddCoalescing(io, 0x100, 0x80));
  EXPECT_EQ(Ioctls(), "zone 1100+80\n");
  Granted(map_.SetAddress(io, 0x2000));
  EXPECT_EQ(Ioctls(), "unzone 1100+80\nzone 2100+80\n");
  Granted(map_.ClearCoalescing(io));
  EXPECT_EQ(Ioctls(), "unzone 2100+80\n");
  EXPECT_TRUE(vm_->fake().coalesced_zones().empty());
}

TEST_F(KvmBusTest, ZonesThatTheKernelWouldKeepAreNotAskedFor) {
  StartKvm();
  MemoryRegion& io = IoAt(0, UINT64_MAX);
  Granted(map_.AddCoalescing(io, 0, 1ull << 31));
  Granted(map_.AddCoalescing(io, 0 - 0x1000ull, 0x1000));
  EXPECT_EQ(Ioctls(), "");
  Granted(map_.AddCoalescing(io, 0x1000, (1ull << 31) - 1));
  Granted(map_.AddCoalescing(io, 0 - 0x1000ull, 0xfff));
  EXPECT_EQ(Ioctls(), "zone 1000+7fffffff\nzone fffffffffffff000+fff\n");
  Granted(map_.ClearCoalescing(io));
  EXPECT_EQ(Ioctls(), "unzone 1000+7fffffff\nunzone fffffffffffff000+fff\n");
  EXPECT_TRUE(vm_->fake().coalesced_zones().empty());
}

TEST_F(KvmBusTest, WithoutTheCapabilityNothingIsCoalesced) {
  StartKvm({.coalesced_mmio = false});
  MemoryRegion& io = IoAt(0x1000, 0x1000);
  Granted(map_.AddCoalescing(io, 0x100, 0x80));
  Granted(map_.ClearCoalescing(io));
  EXPECT_EQ(Ioctls(), "");
}

// QEMU 7.2 tells a listener that leaves of regions alone; TearDown looks for the rest.
TEST_F(KvmBusTest, NothingIsLeftOfAListenerThatLeaves) {
  StartKvm();
  MemoryRegion& io = IoAt(0x1000, 0x1000);
  Add(io, {.address = 0x10, .size = 4, .notifier = 7});
  Granted(map_.AddCoalescing(io, 0x100, 0x80));
  Ioctls();
  Granted(map_.UnregisterListener(*listener_));
  EXPECT_EQ(Ioctls(), "deassign 1010+4 to 7\nunzone 1100+80\n");
  Granted(map_.RegisterListener(*listener_, memory_, 10));
  EXPECT_EQ(Ioctls(), "");
  Del(io, {.address = 0x10, .size = 4, .notifier = 7});
  EXPECT_EQ(Ioctls(), "");
}

// All address spaces of the kernel share the bus of the first.
TEST_F(KvmBusTest, TheSecondAddressSpaceHasNoBus) {
  StartKvm({.address_spaces = 2}, {.address_space = 1});
  MemoryRegion& io = IoAt(0x1000, 0x1000);
  const IoEventfd entry{.address = 0x10, .size = 4, .notifier = 7};
  Add(io, entry);
  Granted(map_.AddCoalescing(io, 0x100, 0x80));
  Granted(map_.ClearCoalescing(io));
  Del(io, entry);
  EXPECT_EQ(Ioctls(), "");
}

TEST_F(KvmBusTest, PortsHaveABusOfTheirOwn) {
  StartKvm();
  MemoryRegion& ports = Granted(map_.CreateIo("ports", 0x10000, device_));
  AddressSpace& space = Granted(map_.CreateAddressSpace("ports", ports));
  KvmPortListener listener(*vm_);
  Granted(map_.RegisterListener(listener, space, 10));
  Add(ports, {.address = 0x510, .size = 2, .match_data = true, .data = 1, .notifier = 7});
  Granted(map_.AddCoalescing(ports, 0x60, 4));
  EXPECT_EQ(Ioctls(), "assign port 510+2=1 to 7\nzone port 60+4\n");
  Granted(map_.ClearCoalescing(ports));
  Del(ports, {.address = 0x510, .size = 2, .match_data = true, .data = 1, .notifier = 7});
  EXPECT_EQ(Ioctls(), "unzone port 60+4\ndeassign port 510+2=1 to 7\n");
  Add(ports, {.address = 0x20, .size = 1, .notifier = 8});
  Granted(map_.AddCoalescing(ports, 0x70, 4));
  Ioctls();
  Granted(map_.UnregisterListener(listener));
  EXPECT_EQ(Ioctls(), "deassign port 20+1 to 8\nunzone port 70+4\n");
}

TEST_F(KvmBusTest, PortsAreCoalescedIfTheKernelCan) {
  StartKvm({.coalesced_pio = false});
  MemoryRegion& ports = Granted(map_.CreateIo("ports", 0x10000, device_));
  AddressSpace& space = Granted(map_.CreateAddressSpace("ports", ports));
  std::string failures;
  KvmPortListener listener(*vm_, [&](const KvmFailure& failure) { failures += failure.request; });
  Granted(map_.RegisterListener(listener, space, 10));
  Granted(map_.AddCoalescing(ports, 0x60, 4));
  EXPECT_EQ(Ioctls(), "");
  Add(ports, {.address = 0x510, .size = 3, .notifier = 7});
  EXPECT_EQ(failures, "KVM_IOEVENTFD");
  Granted(map_.UnregisterListener(listener));
}

}  // namespace
}  // namespace flatcheck::engine
