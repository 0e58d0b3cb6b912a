// What takes the guest's writes on the MMIO and port bus of any KvmVm (memory-map 8.9, 8.10): the
// fake kernel's, and where it has KVM the host's.

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/kvm/fake_io_bus.h"
#include "engine/kvm/kvm_vm.h"
#include "tests/kvm_fixture.h"

namespace flatcheck::engine {
namespace {

constexpr KvmBus kMmio = KvmBus::kMmio;
constexpr KvmBus kPort = KvmBus::kPortIo;

class KvmBusTest : public KvmVmTest {
 protected:
  int Assign(const KvmIoEventfd& entry) { return vm_->AssignIoEventfd(entry); }
  int Deassign(const KvmIoEventfd& entry) { return vm_->DeassignIoEventfd(entry); }
  int Register(std::uint64_t address, std::uint32_t size, KvmBus bus = kMmio) {
    return vm_->RegisterCoalescedZone({bus, address, size});
  }
  int Unregister(std::uint64_t address, std::uint32_t size, KvmBus bus = kMmio) {
    return vm_->UnregisterCoalescedZone({bus, address, size});
  }
  // Signals of notifiers 0 to 3, a digit each.
  std::string Signals() {
    std::string counts;
    for (std::uint32_t i = 0; i < 4; ++i) counts += std::to_string(vm_->TakeSignals(i));
    return counts;
  }
};

INSTANTIATE_TEST_SUITE_P(Kernels, KvmBusTest, testing::Values(Kernel::kFake, Kernel::kHost),
                         NameOfKernel);

// memory-map 8.9: lengths, wraps, and data for any length.
TEST_P(KvmBusTest, IoEventfdsThatNoWriteFitsAreRefused) {
  for (const std::uint32_t size : {3u, 5u, 6u, 7u, 16u, UINT32_MAX}) {
    SCOPED_TRACE(size);
    EXPECT_EQ(Assign({kMmio, 0x1000, size, false, 0, 0}), EINVAL);
  }
  EXPECT_EQ(Assign({kMmio, UINT64_MAX, 1, false, 0, 0}), EINVAL);
  EXPECT_EQ(Assign({kMmio, UINT64_MAX - 2, 4, false, 0, 0}), EINVAL);
  EXPECT_EQ(Assign({kMmio, 0x1000, 0, true, 0, 0}), EINVAL);
  EXPECT_EQ(Assign({kPort, 0x1000, 0, true, 0, 0}), EINVAL);
  EXPECT_EQ(Assign({kMmio, UINT64_MAX, 0, false, 0, 0}), 0);
  EXPECT_EQ(Assign({kMmio, UINT64_MAX - 4, 4, false, 0, 0}), 0);
}

// memory-map 8.9: whatever the notifier.
TEST_P(KvmBusTest, TwoIoEventfdsForOneWriteCollide) {
  EXPECT_EQ(Assign({kMmio, 0x1000, 4, true, 7, 0}), 0);
  EXPECT_EQ(Assign({kMmio, 0x1000, 4, true, 7, 1}), EEXIST);
  EXPECT_EQ(Assign({kMmio, 0x1000, 4, false, 7, 1}), EEXIST);
  EXPECT_EQ(Assign({kMmio, 0x1000, 0, false, 0, 1}), EEXIST);
  EXPECT_EQ(Assign({kMmio, 0x1000, 4, true, 8, 1}), 0);
  EXPECT_EQ(Assign({kMmio, 0x1000, 8, false, 0, 1}), 0);
  EXPECT_EQ(Assign({kMmio, 0x1000, 8, true, 1, 1}), EEXIST);
  EXPECT_EQ(Assign({kMmio, 0x1001, 0, false, 0, 1}), 0);
  EXPECT_EQ(Assign({kMmio, 0x1001, 2, true, 1, 1}), EEXIST);
  EXPECT_EQ(Assign({kPort, 0x1000, 4, true, 7, 1}), 0);
}

// memory-map 8.9: by everything but the data of one that matches any.
TEST_P(KvmBusTest, ExactlyTheAssignedIsDeassigned) {
  const KvmIoEventfd entry = {kMmio, 0x1000, 4, true, 7, 2};
  EXPECT_EQ(Deassign(entry), ENOENT);
  EXPECT_EQ(Assign(entry), 0);
  EXPECT_EQ(Deassign({kPort, 0x1000, 4, true, 7, 2}), ENOENT);
  EXPECT_EQ(Deassign({kMmio, 0x1004, 4, true, 7, 2}), ENOENT);
  EXPECT_EQ(Deassign({kMmio, 0x1000, 8, true, 7, 2}), ENOENT);
  EXPECT_EQ(Deassign({kMmio, 0x1000, 3, true, 7, 2}), ENOENT);
  EXPECT_EQ(Deassign({kMmio, 0x1000, 4, false, 7, 2}), ENOENT);
  EXPECT_EQ(Deassign({kMmio, 0x1000, 4, true, 8, 2}), ENOENT);
  EXPECT_EQ(Deassign({kMmio, 0x1000, 4, true, 7, 3}), ENOENT);
  EXPECT_EQ(Deassign(entry), 0);
  EXPECT_EQ(Deassign(entry), ENOENT);
  EXPECT_EQ(Assign({kMmio, 0x1000, 4, false, 7, 2}), 0);
  EXPECT_EQ(Deassign({kMmio, 0x1000, 4, false, 8, 2}), 0);
}

TEST_P(KvmBusTest, AWriteSignalsByAddressSizeAndData) {
  EXPECT_EQ(Assign({kMmio, 0x1000, 4, true, 7, 0}), 0);
  EXPECT_EQ(Assign({kMmio, 0x2000, 2, false, 0, 1}), 0);
  EXPECT_EQ(Assign({kMmio, 0x3000, 0, false, 0, 2}), 0);
  EXPECT_EQ(Assign({kPort, 0x60, 1, true, 0x1ff, 3}), 0);
  EXPECT_EQ(Run({Write(0x1000, 4, 7), Write(0x1000, 4, 7), Write(0x2000, 2, 9), Write(0x3000, 1, 1),
                 Write(0x3000, 8, 1)}),
            "");
  EXPECT_EQ(Signals(), "2120");
  EXPECT_EQ(Run({Write(0x1000, 4, 8), Write(0x1000, 8, 7), Write(0x1001, 4, 7), Write(0x2000, 1, 9),
                 Write(0x2001, 1, 9), Write(0x3001, 1, 9), Write(0x60, 1, 0xff, kPort)}),
            "w1000.4=8 w1000.8=7 w1001.4=7 w2000.1=9 w2001.1=9 w3001.1=9 port-w60.1=ff");
  EXPECT_EQ(Run({Read(0x1000, 4), Read(0x60, 1, kPort)}), "r1000.4 port-r60.1");
  EXPECT_EQ(Signals(), "0000");
}

TEST_P(KvmBusTest, PartsOfAnAccessSignalOnTheirOwn) {
  EXPECT_EQ(Assign({kMmio, 0x1ffe, 2, true, 0x2211, 0}), 0);
  EXPECT_EQ(Assign({kMmio, 0x2000, 4, false, 0, 1}), 0);
  EXPECT_EQ(Run({Write(0x1ffe, 4, 0x44332211), Write(0x1ffc, 8, 0x8877665544332211)}),
            "w2000.2=4433 w1ffc.4=44332211");
  EXPECT_EQ(Signals(), "1100");
}

TEST_P(KvmBusTest, ASlotHidesItsIoEventfdsUnlessItIsReadonly) {
  EXPECT_EQ(Set(Slot(0, 0x1000, 1)), 0);
  EXPECT_EQ(Set(Slot(1, 0x2000, 1, kKvmReadonly)), 0);
  EXPECT_EQ(Assign({kMmio, 0x1000, 4, false, 0, 0}), 0);
  EXPECT_EQ(Assign({kMmio, 0x2000, 4, false, 0, 1}), 0);
  EXPECT_EQ(Run({Write(0x1000, 4, 1), Write(0x2000, 4, 1)}), "");
  EXPECT_EQ(Signals(), "0100");
}

TEST_P(KvmBusTest, WritesInZonesAreSetAsideUntilTheNextExit) {
  EXPECT_EQ(Register(0x1000, 8), 0);
  EXPECT_EQ(Register(0x60, 2, kPort), 0);
  EXPECT_EQ(Run({Write(0x1000, 4, 1), Write(0x61, 1, 2, kPort), Write(0x2000, 1, 3),
                 Write(0x1004, 4, 4), Read(0x1000, 4), Write(0x1007, 1, 5)}),
            "(w1000.4=1) (port-w61.1=2) w2000.1=3 (w1004.4=4) r1000.4 (w1007.1=5)");
  EXPECT_EQ(Run({Write(0x1006, 4, 6), Write(0xffe, 4, 7), Write(0x61, 2, 8, kPort)}),
            "w1006.4=6 (w1000.2=0) wffe.2=7 port-w61.2=8");
}

TEST_P(KvmBusTest, AFullRingLetsWritesOut) {
  EXPECT_EQ(Register(0x1000, 8), 0);
  std::vector<GuestAccess> accesses(175, Write(0x1000, 1, 0x55));
  std::string expect;
  for (int i = 0; i < 169; ++i) expect += "(w1000.1=55) ";
  EXPECT_EQ(RunGuest(*vm_, accesses), expect +
                                          "w1000.1=55 (w1000.1=55) (w1000.1=55) (w1000.1=55) "
                                          "(w1000.1=55) (w1000.1=55)");
}

// memory-map 8.10.
TEST_P(KvmBusTest, EveryZoneThatContainsTheRangeIsRemoved) {
  EXPECT_EQ(Register(0x1000, 0x10), 0);
  EXPECT_EQ(Register(0x1000, 0x10), 0);
  EXPECT_EQ(Register(0x1008, 4), 0);
  EXPECT_EQ(Unregister(0x1000, 0x11), 0);  // The larger one removes nothing.
  EXPECT_EQ(Unregister(0x1008, 4, kPort), 0);
  EXPECT_EQ(Run({Write(0x1000, 4, 1)}), "(w1000.4=1)");
  EXPECT_EQ(Unregister(0x1004, 4), 0);
  EXPECT_EQ(Run({Write(0x1000, 4, 1), Write(0x1008, 4, 2)}), "w1000.4=1 (w1008.4=2)");
  EXPECT_EQ(Unregister(0x1008, 0), 0);
  EXPECT_EQ(Run({Write(0x1008, 4, 2)}), "w1008.4=2");
}

// The last write lies in the zone, but the kernel's search goes by the eventfd, which it is behind.
TEST_P(KvmBusTest, ADeviceInsideAZoneHidesPartOfIt) {
  EXPECT_EQ(Register(0x1000, 0x1000), 0);
  EXPECT_EQ(Assign({kMmio, 0x1800, 4, false, 0, 0}), 0);
  EXPECT_EQ(Run({Write(0x1400, 4, 1), Write(0x1800, 4, 2), Write(0x1900, 4, 3)}),
            "(w1400.4=1) (w1800.4=2) w1900.4=3");
  EXPECT_EQ(Signals(), "0000");
}

TEST_P(KvmBusTest, OfDevicesThatAreEqualTheFirstTakesAWrite) {
  EXPECT_EQ(Assign({kMmio, 0x1000, 4, false, 0, 0}), 0);
  EXPECT_EQ(Register(0x1000, 4), 0);
  EXPECT_EQ(Register(0x2000, 4), 0);
  EXPECT_EQ(Assign({kMmio, 0x2000, 4, false, 0, 1}), 0);
  EXPECT_EQ(Run({Write(0x1000, 4, 1), Write(0x2000, 4, 2)}), "(w2000.4=2)");
  EXPECT_EQ(Signals(), "1000");
}

TEST_P(KvmBusTest, EachOfManyDevicesIsFound) {
  std::vector<GuestAccess> writes;
  for (std::uint32_t i = 0; i < 12; ++i) {
    EXPECT_EQ(Assign({kMmio, 0x1000 + 8ull * i, 4, false, 0, i % 4}), 0);
    EXPECT_EQ(RunGuest(*vm_, writes), "");
    EXPECT_EQ(Run({Write(0x1000 + 8ull * i, 4, 1)}), "");
    writes.push_back(Write(0x1000 + 8ull * i, 4, 1));
  }
  EXPECT_EQ(RunGuest(*vm_, writes), "");
  EXPECT_EQ(Run({Write(0x1004, 4, 1), Write(0xff8, 4, 1), Write(0x1060, 4, 1)}),
            "w1004.4=1 wff8.4=1 w1060.4=1");
}

// Lengths are of type int to the kernel.
TEST_P(KvmBusTest, AZoneOf2GiBIsRemovedByAShorterRangeAlone) {
  EXPECT_EQ(Register(0x1000, 1u << 31), 0);
  EXPECT_EQ(Run({Write(0x1000, 4, 1), Write(0x2000, 4, 1)}), "(w1000.4=1) (w2000.4=1)");
  EXPECT_EQ(Unregister(0x1000, 1u << 31), 0);
  EXPECT_EQ(Run({Write(0x1000, 4, 1)}), "(w1000.4=1)");
  EXPECT_EQ(Unregister(0x1000, INT32_MAX), 0);
  EXPECT_EQ(Run({Write(0x1000, 4, 1)}), "w1000.4=1");
}

TEST_P(KvmBusTest, ABusHasRoomFor1000Zones) {
  for (std::uint64_t i = 0; i < FakeIoBus::kZonesMax; ++i) ASSERT_EQ(Register(i * 8, 8), 0);
  EXPECT_EQ(Register(0, 8), ENOSPC);
  EXPECT_EQ(Assign({kMmio, 0x100000, 4, false, 0, 0}), ENOSPC);
  EXPECT_EQ(Assign({kPort, 0x100, 4, false, 0, 0}), 0);
  EXPECT_EQ(Unregister(0, 8), 0);
  EXPECT_EQ(Assign({kMmio, 0x100000, 4, false, 0, 0}), 0);
  EXPECT_EQ(Register(0, 8), 0);
}

}  // namespace
}  // namespace flatcheck::engine
