// What any KvmVm refuses, keeps and does for its guest (memory-map 8.8 to 8.10): the fake kernel,
// and where it has KVM the host's.

#include "engine/kvm/kvm_vm.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/kvm_fixture.h"

namespace flatcheck::engine {
namespace {

INSTANTIATE_TEST_SUITE_P(Kernels, KvmVmTest, testing::Values(Kernel::kFake, Kernel::kHost),
                         NameOfKernel);

// memory-map 8.8, what is wrong with a slot whatever else there is.
TEST_P(KvmVmTest, SlotsThatNoAddressFitsAreRefused) {
  struct Case {
    const char* rule;
    KvmMemorySlot slot;
  };
  const std::uint64_t host = host_.address(0);
  const std::uint64_t end = vm_->capabilities().address_end;
  const Case cases[] = {
      {"an unknown flag", {0, 1u << 3, 0x1000, kPage, host}},
      {"guest_memfd", {0, 1u << 2, 0x1000, kPage, host}},
      {"a size of no whole pages", {0, 0, 0x1000, kPage + 1, host}},
      {"a guest address inside a page", {0, 0, 0x1800, kPage, host}},
      {"a host address inside a page", {0, 0, 0x1000, kPage, host + 8}},
      {"a host address of the kernel", {0, 0, 0x1000, kPage, 1ull << 63}},
      {"host addresses up to the kernel's", {0, 0, 0x1000, 2 * kPage, (1ull << 47) - 2 * kPage}},
      {"host addresses that wrap", {0, 0, 0x1000, 2 * kPage, 0 - kPage}},
      {"an address space too many", {vm_->capabilities().address_spaces << 16, 0, 0, kPage, host}},
      {"a slot number too many", {vm_->capabilities().slots_max, 0, 0x1000, kPage, host}},
      {"the last number there is", {0xffff, 0, 0x1000, kPage, host}},
      {"guest addresses that wrap", {0, 0, 0 - kPage, 2 * kPage, host}},
      {"guest addresses up to 2^64", {0, 0, 0 - kPage, kPage, host}},
      {"too many pages", {0, 0, 0, 1ull << 43, 0}},
      {"across the end of guest addresses", {0, 0, end - kPage, 2 * kPage, host}},
      {"behind the end of guest addresses", {0, 0, end, kPage, host}},
      {"nothing to delete", {0, 0, 0x1000, 0, host}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.rule);
    EXPECT_EQ(Set(c.slot), EINVAL);
  }
  EXPECT_EQ(Set({0, 0, end - kPage, kPage, host}), 0);
  EXPECT_EQ(Set({1, 0, 0, kPage, (1ull << 47) - 2 * kPage}), 0);
  EXPECT_EQ(Set({vm_->capabilities().slots_max - 1, 0, 0x1000, kPage, 0}), 0);
}

// memory-map 8.8: CREATE.
TEST_P(KvmVmTest, SlotsDoNotOverlap) {
  EXPECT_EQ(Set(Slot(0, 0x4000, 2)), 0);
  for (const auto& [address, pages] : {std::pair{0x4000, 2},
                                       {0x4000, 1},
                                       {0x5000, 1},
                                       {0x5000, 2},
                                       {0x3000, 2},
                                       {0x3000, 4},
                                       {0, 16}}) {
    SCOPED_TRACE(address);
    EXPECT_EQ(Set(Slot(1, static_cast<std::uint64_t>(address), static_cast<std::uint64_t>(pages))),
              EEXIST);
  }
  EXPECT_EQ(Set(Slot(1, 0x3000, 1)), 0);
  EXPECT_EQ(Set(Slot(2, 0x6000, 1)), 0);
}

TEST_P(KvmVmTest, SlotsMayShareHostMemory) {
  EXPECT_EQ(Set(Slot(0, 0x1000, 2)), 0);
  EXPECT_EQ(Set(Slot(1, 0x8000, 2)), 0);
  EXPECT_EQ(Run({Write(0x1800, 4, 0x12345678)}), "");
  EXPECT_EQ(ValueAt(*vm_, 0x8800, 2), 0x5678u);
}

// memory-map 8.8: DELETE. The other arguments are checked all the same.
TEST_P(KvmVmTest, ASlotIsDeletedOnce) {
  EXPECT_EQ(Set(Slot(0, 0x1000, 2)), 0);
  EXPECT_EQ(Set({0, 0, 0x1001, 0, 0}), EINVAL);
  EXPECT_EQ(Set({0, 1u << 3, 0, 0, 0}), EINVAL);
  EXPECT_EQ(Set({0, 0, 0x77000, 0, 0}), 0);
  EXPECT_EQ(Set({0, 0, 0x1000, 0, 0}), EINVAL);
  EXPECT_EQ(Run({Read(0x1000, 1)}), "r1000.1");
}

// memory-map 8.8: an existing slot.
TEST_P(KvmVmTest, SizeHostAndReadonlyOfASlotStay) {
  EXPECT_EQ(Set(Slot(0, 0x1000, 2)), 0);
  EXPECT_EQ(Set(Slot(1, 0x8000, 2, kKvmReadonly)), 0);
  EXPECT_EQ(Set(Slot(0, 0x1000, 1)), EINVAL);
  EXPECT_EQ(Set(Slot(0, 0x1000, 3)), EINVAL);
  EXPECT_EQ(Set(Slot(0, 0x1000, 2, 0, 1)), EINVAL);
  EXPECT_EQ(Set(Slot(0, 0x1000, 2, kKvmReadonly)), EINVAL);
  EXPECT_EQ(Set(Slot(1, 0x8000, 2)), EINVAL);
  EXPECT_EQ(Set(Slot(0, 0x8000, 3)), EINVAL);  // Not EEXIST: it is no MOVE.
  EXPECT_EQ(Set(Slot(0, 0x1000, 2)), 0);
  EXPECT_EQ(Set(Slot(1, 0x8000, 2, kKvmReadonly)), 0);
}

// memory-map 8.8: MOVE.
TEST_P(KvmVmTest, ASlotMoves) {
  EXPECT_EQ(Set(Slot(0, 0x1000, 2)), 0);
  EXPECT_EQ(Set(Slot(1, 0x8000, 1, 0, 8)), 0);
  EXPECT_EQ(Run({Write(0x1000, 1, 0x11)}), "");
  EXPECT_EQ(Set(Slot(0, 0x7000, 2)), EEXIST);
  EXPECT_EQ(Set(Slot(0, 0x2000, 2)), 0);  // Over its own old place.
  EXPECT_EQ(ValueAt(*vm_, 0x2000, 1), 0x11u);
  EXPECT_EQ(Run({Read(0x1fff, 1), Read(0x3fff, 1), Read(0x4000, 1)}), "r1fff.1 r4000.1");
  EXPECT_EQ(Set(Slot(2, 0x1000, 1)), 0);
}

TEST_P(KvmVmTest, WritesToReadonlySlotsLeaveTheGuest) {
  EXPECT_EQ(Set(Slot(0, 0x1000, 1, kKvmReadonly)), 0);
  host_.at(0)[0x10] = 0x42;
  std::vector<GuestAccess> accesses = {Write(0x1010, 4, 7), Read(0x1010, 1)};
  EXPECT_EQ(RunGuest(*vm_, accesses), "w1010.4=7");
  EXPECT_EQ(accesses[1].value, 0x42u);
}

TEST_P(KvmVmTest, AccessesAreCutAtPages) {
  EXPECT_EQ(Set(Slot(0, 0x1000, 1)), 0);
  EXPECT_EQ(Set(Slot(1, 0x2000, 1, 0, 8)), 0);
  EXPECT_EQ(Run({Write(0x1ffd, 8, 0x8877665544332211), Write(0x2ffd, 8, 0x8877665544332211)}),
            "w3000.5=8877665544");
  EXPECT_EQ(host_.at(0)[0xfff], 0x33);
  EXPECT_EQ(host_.at(8)[0], 0x44);
  EXPECT_EQ(host_.at(8)[0xffd], 0x11);
  std::vector<GuestAccess> accesses = {Read(0x2ffe, 4), Read(0xffe, 4), Read(0x5fff, 8)};
  EXPECT_EQ(RunGuest(*vm_, accesses), "r3000.2 rffe.2 r5fff.1 r6000.7");
  EXPECT_EQ(accesses[0].value, 0xd1d03322u);
  EXPECT_EQ(accesses[1].value, 0xd1d0u);
  EXPECT_EQ(accesses[2].value, 0xd6d5d4d3d2d1d0d0u);
}

TEST_P(KvmVmTest, AddressesThatTheGuestCannotFormAreUnreachable) {
  const std::uint64_t end = vm_->capabilities().address_end;
  const GuestAccess accesses[] = {Read(end, 1),
                                  Read(end - 4, 8),
                                  Read(UINT64_MAX, 8),
                                  Read(0x1000, 3),
                                  Read(0x10, 8, KvmBus::kPortIo),
                                  Read(0x10000, 1, KvmBus::kPortIo)};
  for (GuestAccess access : accesses) {
    SCOPED_TRACE(access.address);
    vm_->Run({&access, 1}, [](std::size_t, const GuestExit&) { return kDeviceValue; });
    EXPECT_EQ(access.outcome, GuestAccess::Outcome::kUnreachable);
  }
  EXPECT_EQ(ValueAt(*vm_, end - 8, 8), kDeviceValue);
}

TEST_P(KvmVmTest, LogsAreOfSlotsThatHaveOne) {
  EXPECT_EQ(Set(Slot(0, 0x1000, 2)), 0);
  std::vector<std::uint64_t> pages(1);
  EXPECT_EQ(vm_->GetDirtyLog(0, pages), ENOENT);
  EXPECT_EQ(vm_->GetDirtyLog(1, pages), ENOENT);
  EXPECT_EQ(vm_->GetDirtyLog(0xffff, pages), EINVAL);
  EXPECT_EQ(vm_->GetDirtyLog(vm_->capabilities().address_spaces << 16, pages), EINVAL);
  EXPECT_EQ(Clear(0, 0, 2, 3), ENOENT);
  EXPECT_EQ(Clear(0, 1, 1, 3), EINVAL);
  EXPECT_EQ(Clear(0xffff, 0, 2, 3), EINVAL);
}

TEST_P(KvmVmTest, AWriteMarksItsPagesOnce) {
  EXPECT_EQ(Set(Slot(0, 0x10000, 80, kKvmLogDirtyPages)), 0);
  EXPECT_EQ(LogOf(0), 0u);
  EXPECT_EQ(Run({Write(0x10000, 1, 1), Write(0x12ffe, 4, 1), Read(0x15000, 4),
                 Write(0x10000 + 70 * kPage, 8, 1)}),
            "");
  EXPECT_EQ(LogOf(0), 0b1101u);
  EXPECT_EQ(LogOf(0), 0u);
  EXPECT_EQ(Run({Write(0x10000 + 79 * kPage, 1, 1), Write(0x13000, 1, 1)}), "");
  EXPECT_EQ(LogOf(0, 1), 1u << 15);
}

TEST_P(KvmVmTest, AWriteMarksNoOtherSlot) {
  EXPECT_EQ(Set(Slot(0, 0x1000, 1, kKvmLogDirtyPages)), 0);
  EXPECT_EQ(Set(Slot(1, 0x2000, 1, 0, 0)), 0);
  EXPECT_EQ(Set(Slot(2, 0x3000, 1, kKvmLogDirtyPages | kKvmReadonly, 0)), 0);
  EXPECT_EQ(Run({Write(0x2000, 1, 1), Write(0x3000, 1, 1)}), "w3000.1=1");
  EXPECT_EQ(LogOf(0), 0u);
  EXPECT_EQ(LogOf(2), 0u);
}

TEST_P(KvmVmTest, LogsLiveAsLongAsTheirFlag) {
  EXPECT_EQ(Set(Slot(0, 0x1000, 4)), 0);
  EXPECT_EQ(Run({Write(0x1000, 1, 1)}), "");
  EXPECT_EQ(Set(Slot(0, 0x1000, 4, kKvmLogDirtyPages)), 0);
  EXPECT_EQ(LogOf(0), 0u);
  EXPECT_EQ(Run({Write(0x2000, 1, 1)}), "");
  EXPECT_EQ(Set(Slot(0, 0x1000, 4, kKvmLogDirtyPages)), 0);  // Nothing changes.
  EXPECT_EQ(Set(Slot(0, 0x1000, 1)), EINVAL);
  EXPECT_EQ(Set(Slot(0, 0x8000, 4, kKvmLogDirtyPages)), 0);  // A MOVE keeps it.
  EXPECT_EQ(Run({Write(0xb000, 1, 1)}), "");
  EXPECT_EQ(LogOf(0), 0b1010u);
  EXPECT_EQ(Run({Write(0x8000, 1, 1)}), "");
  EXPECT_EQ(Set(Slot(0, 0x8000, 4)), 0);
  EXPECT_EQ(LogOf(0), UINT64_MAX);
  EXPECT_EQ(Set(Slot(0, 0x1000, 4, kKvmLogDirtyPages)), 0);  // A MOVE with a new log.
  EXPECT_EQ(LogOf(0), 0u);
  EXPECT_EQ(Run({Write(0x1000, 1, 1)}), "");
  EXPECT_EQ(Set({0, 0, 0, 0, 0}), 0);
  EXPECT_EQ(Set(Slot(0, 0x1000, 4, kKvmLogDirtyPages)), 0);
  EXPECT_EQ(LogOf(0), 0u);
}

TEST_P(KvmVmTest, WhereLogsAreClearedByHandTheyStayUntilThen) {
  Open(true);
  if (IsSkipped()) return;
  if (!vm_->capabilities().manual_dirty_log_protect) {
    GTEST_SKIP() << "the kernel has no KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2";
  }
  EXPECT_EQ(Set(Slot(0, 0x1000, 80, kKvmLogDirtyPages)), 0);
  EXPECT_EQ(LogOf(0), 0u);
  EXPECT_EQ(Run({Write(0x1000, 1, 1), Write(0x3000, 1, 1), Write(0x1000 + 65 * kPage, 1, 1)}), "");
  EXPECT_EQ(LogOf(0), 0b101u);
  EXPECT_EQ(LogOf(0), 0b101u);
  EXPECT_EQ(Clear(0, 0, 64, 0b110), 0);
  EXPECT_EQ(LogOf(0), 0b001u);
  EXPECT_EQ(LogOf(0, 1), 0b10u);
  EXPECT_EQ(Run({Write(0x3000, 1, 2)}), "");
  EXPECT_EQ(LogOf(0), 0b101u);
  EXPECT_EQ(Clear(0, 64, 16, UINT64_MAX), 0);
  EXPECT_EQ(LogOf(0, 1), 0u);
  EXPECT_EQ(LogOf(0), 0b101u);
}

// Pages are cleared by 64, but for the slot's last.
TEST_P(KvmVmTest, ClearedPagesAreGroupsOf64) {
  struct Case {
    std::uint64_t first;
    std::uint32_t count;
    int error;
  };
  EXPECT_EQ(Set(Slot(0, 0x1000, 80, kKvmLogDirtyPages)), 0);
  for (const Case& c : {Case{0, 64, 0},
                        {0, 80, 0},
                        {64, 16, 0},
                        {0, 0, 0},
                        {64, 0, 0},
                        {0, 1, EINVAL},
                        {0, 63, EINVAL},
                        {64, 15, EINVAL},
                        {64, 17, EINVAL},
                        {0, 81, EINVAL},
                        {0, 128, EINVAL},
                        {1, 64, EINVAL},
                        {16, 64, EINVAL},
                        {128, 0, EINVAL},
                        {1ull << 32, 64, EINVAL},
                        {0 - 64ull, 64, EINVAL}}) {
    SCOPED_TRACE(std::to_string(c.first) + " " + std::to_string(c.count));
    EXPECT_EQ(Clear(0, c.first, c.count, 0), c.error);
  }
}

}  // namespace
}  // namespace flatcheck::engine
