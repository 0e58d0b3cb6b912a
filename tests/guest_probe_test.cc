// What a guest probe does beside the accesses: exits and their order, long batches, reach, and a
// guest that is lost.

#include "engine/kvm/guest_probe.h"

#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "tests/guest_probe_fixture.h"

namespace flatcheck::engine::guest {
namespace {

TEST_F(GuestProbeTest, WhatIsSetAsideComesBeforeTheNextExitWithItsOwnAccess) {
  Coalesce({.address = 0x34ffc, .size = 8});
  const GuestAccess write = Write(0x35000, 1, 1);
  const GuestAccess hole = Read(0x40000, 1);
  Expect({write, hole, write, write, hole, Write(0x34ffb, 8, 0x8877665544332211), hole,
          Write(0x34ffc, 8, 0x8877665544332211), write},
         {{0, SetAside(write)},
          {1, Left(hole)},
          {2, SetAside(write)},
          {3, SetAside(write)},
          {4, Left(hole)},
          {5, SetAside(Write(0x35000, 3, 0x887766))},
          {5, Left(Write(0x34ffb, 5, 0x5544332211))},
          {6, Left(hole)},
          {7, SetAside(Write(0x34ffc, 4, 0x44332211))},
          {7, SetAside(Write(0x35000, 4, 0x88776655))},
          {8, SetAside(write)}});
}

TEST_F(GuestProbeTest, NothingIsSetAsideByWhatIsUnreachable) {
  Coalesce({.address = 0x33000, .size = 8});
  std::vector<GuestAccess> accesses = {Write(0x33000, 1, 7), Write(0x33000, 1, 7)};
  accesses[0].address_space = 1;
  Do(accesses);
  EXPECT_EQ(exits_, (std::vector<ExitOf>{{1, SetAside(Write(0x33000, 1, 7))}}));
}

TEST_F(GuestProbeTest, AFullRingLetsTheNextWriteLeave) {
  Coalesce({.address = 0x33000, .size = 8});
  std::vector<GuestAccess> accesses;
  std::vector<ExitOf> exits;
  for (std::size_t i = 0; i < 400; ++i) {
    accesses.push_back(Write(0x33000, 4, 7));
    const bool is_full = i % (CoalescedRing::kEntriesMax + 1) == CoalescedRing::kEntriesMax;
    exits.push_back({i, is_full ? Left(accesses[i]) : SetAside(accesses[i])});
  }
  Expect(accesses, exits);
}

// Places in one batch are many times those of the code and the window.
TEST_F(GuestProbeTest, ABatchMayBeLongAndFarFlung) {
  Set({1, 0x10000, 8, 0});
  std::vector<GuestAccess> accesses;
  std::vector<ExitOf> exits;
  for (std::size_t i = 0; i < 6000; ++i) {
    const bool is_hole = i % 50 == 49;
    accesses.push_back(is_hole ? Read(0x1000000 + i * kPage, 4)
                               : Write(0x10000 + i % 4096 * 8, 8, i));
    if (is_hole) exits.push_back({i, Left(accesses[i])});
  }
  for (std::uint64_t i = 0; i < 3000; ++i) accesses.push_back(Read(0x40000000 + i * kPage, 1));
  for (std::uint64_t i = 6000; i < 9000; ++i) exits.push_back({i, Left(accesses[i])});
  Expect(accesses, exits);
  EXPECT_EQ(host_.Number(8000), 5096u);
  EXPECT_EQ(host_.Number(24000), 3000u);
}

TEST_F(GuestProbeTest, AddressesReachUpToItsOwnPages) {
  const std::uint64_t end = probe_->first_own_address();
  ASSERT_EQ(end % kPage, 0u);
  for (const std::uint64_t last_page : {end - kPage, end / 2 - kPage, 4 * kGiB - kPage}) {
    SCOPED_TRACE(last_page);
    Set({1, last_page, 1, 0});
    Expect({Write(last_page + 0xff8, 8, last_page)}, {});
    EXPECT_EQ(host_.Number(0xff8), last_page);
    Set({1, last_page, 0, 0});
  }
  Expect({Read(end - 8, 8)}, {{0, Left(Read(end - 8, 8))}});
}

TEST_F(GuestProbeTest, WhatTheGuestCannotFormIsUnreachable) {
  const std::uint64_t end = probe_->first_own_address();
  GuestAccess other_space = Read(0, 1);
  other_space.address_space = 1;
  std::vector<GuestAccess> accesses = {Read(end, 1),
                                       Read(end - 1, 2),
                                       Write(end - 7, 8, 1),
                                       Read(UINT64_MAX, 1),
                                       Read(UINT64_MAX, 8),
                                       In(0x10000, 1),
                                       Out(UINT64_MAX, 4, 1),
                                       In(0, 8),
                                       Read(0, 3),
                                       Read(0, 0),
                                       other_space};
  for (const GuestAccess& access : Do(accesses)) EXPECT_EQ(access.outcome, kUnreachable);
  EXPECT_TRUE(exits_.empty());
  accesses = {Read(end, 1), Write(0x20000, 1, 1), Read(end, 1)};
  Do(accesses);
  EXPECT_EQ(exits_, (std::vector<ExitOf>{{1, Left(Write(0x20000, 1, 1))}}));
}

TEST_F(GuestProbeTest, SignalsDoNotDisturbTheGuest) {
  using Handler = void (*)(int);
  const Handler before = std::signal(SIGALRM, [](int) {});
  itimerval often = {.it_interval = {.tv_sec = 0, .tv_usec = 50},
                     .it_value = {.tv_sec = 0, .tv_usec = 50}};
  ASSERT_EQ(setitimer(ITIMER_REAL, &often, nullptr), 0);
  std::vector<GuestAccess> accesses;
  std::vector<ExitOf> exits;
  for (std::size_t i = 0; i < 500; ++i) {
    accesses.push_back(Write(0x20ffe, 2, i));
    exits.push_back({i, Left(accesses.back())});
  }
  Expect(accesses, exits);
  const itimerval never = {};
  ASSERT_EQ(setitimer(ITIMER_REAL, &never, nullptr), 0);
  std::signal(SIGALRM, before);
}

// The file descriptor of the VM's vCPU, which is nobody's but the probe's.
int VcpuOfProbe() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone);
    if (target.starts_with("anon_inode:kvm-vcpu")) return std::stoi(entry.path().filename());
  }
  return -1;
}

TEST_F(GuestProbeTest, AGuestThatIsLostFailsAndIsSetUpAnew) {
  Set({1, 0x10000, 1, 0});
  const int vcpu = VcpuOfProbe();
  ASSERT_GE(vcpu, 0);
  kvm_regs nowhere = {};
  nowhere.rip = 0x123456789000;
  nowhere.rflags = 2;
  ASSERT_EQ(ioctl(vcpu, KVM_SET_REGS, &nowhere), 0);
  std::vector<GuestAccess> accesses = {Write(0x10000, 1, 1), Read(0x20000, 4)};
  for (const GuestAccess& access : Do(accesses)) EXPECT_EQ(access.outcome, kFailed);
  EXPECT_TRUE(exits_.empty());

  Expect({Write(0x10000, 1, 7), Read(0x20000, 4)}, {{1, Left(Read(0x20000, 4))}});
  EXPECT_EQ(host_.Number(0), 7u);
}

TEST_F(GuestProbeTest, AGuestLostInAnAccessGoesOnBehindIt) {
  Set({1, 0x10000, 1, 0});
  kvm_sregs registers = {};
  const int vcpu = VcpuOfProbe();
  ASSERT_EQ(ioctl(vcpu, KVM_GET_SREGS, &registers), 0);
  registers.cr3 = 0x10000;  // Page tables full of zeros.
  std::vector<GuestAccess> accesses = {Write(0x10008, 1, 1), Read(0x20ffe, 4),
                                       Write(0x10009, 1, 1)};
  probe_->Run(accesses, [&](std::size_t, const GuestExit&) -> std::uint64_t {
    EXPECT_EQ(ioctl(vcpu, KVM_SET_SREGS, &registers), 0);
    return 0;
  });
  EXPECT_EQ(accesses[0].outcome, kDone);
  EXPECT_EQ(accesses[1].outcome, kFailed);
  // A processor that shuts down may forget where it was.
  const bool is_known = accesses[2].outcome == kDone;
  EXPECT_EQ(accesses[2].outcome, is_known ? kDone : kFailed);
  EXPECT_EQ(host_.Number(8, 2), is_known ? 0x0101u : 0x0001u);
}

TEST_F(GuestProbeTest, AnExitThatFailsIsForgotten) {
  Set({1, 0x10000, 1, 0});
  *host_.at(0) = 0x42;
  std::vector<GuestAccess> accesses(3, Read(0x20000, 1));
  Do(accesses);
  const int vcpu = VcpuOfProbe();
  kvm_regs registers = {};
  ASSERT_EQ(ioctl(vcpu, KVM_GET_REGS, &registers), 0);
  constexpr std::uint64_t kOldCode = 3ul * 19;  // Before the end, which the guest waits behind.
  registers.rip -= GuestCodeEnd::kJumpAt + kOldCode;
  ASSERT_EQ(ioctl(vcpu, KVM_SET_REGS, &registers), 0);
  accesses = {Read(0x10000, 1)};
  EXPECT_EQ(Do(accesses)[0].outcome, kFailed);
  EXPECT_TRUE(exits_.empty());
  EXPECT_EQ(ValueOf(Read(0x10000, 1)), 0x42u);
  EXPECT_TRUE(exits_.empty());
}

// A processor that runs the guest itself fails; a kernel that emulates it takes them for holes.
TEST_F(GuestProbeTest, PagesThatTheHostLostFailOrLeave) {
  Set({1, 0x10000, 1, 0});
  Set({2, 0x11000, 1, kPage});
  ASSERT_EQ(mprotect(host_.at(kPage), kPage, PROT_NONE), 0);
  std::vector<GuestAccess> accesses = {Write(0x10000, 1, 1), Read(0x11000, 1), Write(0x11000, 8, 2),
                                       Write(0x10001, 1, 3)};
  Do(accesses);
  EXPECT_EQ(accesses[0].outcome, kDone);
  EXPECT_EQ(accesses[3].outcome, kDone);
  EXPECT_EQ(host_.Number(0), 0x301u);
  for (std::size_t i = 1; i <= 2; ++i) {
    if (accesses[i].outcome == kFailed) continue;
    EXPECT_NE(std::find(exits_.begin(), exits_.end(), ExitOf{i, Left(accesses[i])}), exits_.end());
  }
}

TEST_F(GuestProbeTest, AnInterruptControllerInTheKernelIsRefused) {
  const int vm = ioctl(kvm_, KVM_CREATE_VM, 0);
  ASSERT_GE(vm, 0);
  if (ioctl(vm, KVM_CREATE_IRQCHIP, 0) < 0) {
    close(vm);
    GTEST_SKIP() << "KVM_CREATE_IRQCHIP: " << std::strerror(errno);
  }
  std::error_code error;
  EXPECT_EQ(GuestProbe::Create(kvm_, vm, kProbeSlot, error), nullptr);
  EXPECT_EQ(error.value(), EINVAL);
  close(vm);
}

TEST_F(GuestProbeTest, ASlotOfItsNumberIsLeftAlone) {
  probe_.reset();
  close(vm_);
  vm_ = ioctl(kvm_, KVM_CREATE_VM, 0);
  ASSERT_GE(vm_, 0);
  Set({kProbeSlot, 0x10000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES});
  std::error_code error;
  EXPECT_EQ(GuestProbe::Create(kvm_, vm_, kProbeSlot, error), nullptr);
  EXPECT_EQ(error.value(), EINVAL);
  EXPECT_EQ(DirtyPages(kProbeSlot), 0u);
}

TEST_F(GuestProbeTest, WithoutItsSlotAllAccessesFail) {
  kvm_userspace_memory_region none = {};
  none.slot = kProbeSlot;
  ASSERT_EQ(ioctl(vm_, KVM_SET_USER_MEMORY_REGION, &none), 0);
  for (int round = 0; round < 3; ++round) {
    std::vector<GuestAccess> accesses(300, Read(0x20000, 1));
    for (const GuestAccess& access : Do(accesses)) EXPECT_EQ(access.outcome, kFailed);
    EXPECT_TRUE(exits_.empty());
  }
}

TEST_F(GuestProbeTest, AVirtualMachineHasOne) {
  std::error_code error;
  EXPECT_EQ(GuestProbe::Create(kvm_, vm_, kProbeSlot + 1, error), nullptr);
  EXPECT_EQ(error.value(), EEXIST);
  EXPECT_EQ(GuestProbe::Create(kvm_, -1, kProbeSlot, error), nullptr);
  EXPECT_EQ(error.value(), EBADF);
  EXPECT_EQ(ValueOf(Read(0x20000, 1)), 0xa0u);
}

}  // namespace
}  // namespace flatcheck::engine::guest
