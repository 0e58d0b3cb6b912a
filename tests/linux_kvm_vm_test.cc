// This host's kernel as a KvmVm, and beside the fake one.

#include "engine/kvm/linux_kvm_vm.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/kvm/compared_kvm_vm.h"
#include "engine/kvm/fake_kvm_vm.h"
#include "tests/kvm_fixture.h"

namespace flatcheck::engine {
namespace {

constexpr std::uint64_t kPage = kKvmPage;

TEST(LinuxKvmVm, OpensOrSaysWhyNot) {
  for (const bool protects : {false, true}) {
    const auto [vm, reason] = LinuxKvmVm::Open({protects});
    EXPECT_EQ(vm == nullptr, !reason.empty());
    EXPECT_EQ(reason.find('\n'), std::string::npos);
    if (vm == nullptr) continue;
    const KvmCapabilities& capabilities = vm->capabilities();
    EXPECT_GE(capabilities.slots_max, 31u);
    EXPECT_GE(capabilities.address_spaces, 1u);
    EXPECT_GE(capabilities.address_end, 1ull << 32);
    EXPECT_TRUE(protects || !capabilities.manual_dirty_log_protect);
  }
}

TEST(LinuxKvmVm, ManyVmsComeAndGo) {
  if (const auto opened = LinuxKvmVm::Open(); opened.vm == nullptr) GTEST_SKIP() << opened.reason;
  HostPages host(1);
  for (int i = 0; i < 30; ++i) {
    const auto opened = LinuxKvmVm::Open();
    ASSERT_NE(opened.vm, nullptr) << opened.reason;
    EXPECT_EQ(opened.vm->SetMemorySlot({0, 0, 0, kPage, host.address(0)}), 0);
    EXPECT_EQ(opened.vm->AssignIoEventfd({KvmBus::kMmio, 0x1000, 4, false, 0, 7}), 0);
    EXPECT_EQ(RunGuest(*opened.vm, {Write(0x10, 1, 1), Write(0x1000, 4, 1)}), "");
    EXPECT_EQ(opened.vm->TakeSignals(7), 1u);
    EXPECT_EQ(opened.vm->TakeSignals(8), 0u);
  }
}

// A slot without host memory is legal. To touch it fails, or leaves the guest where the kernel
// emulates the instruction.
TEST(LinuxKvmVm, TheGuestSurvivesMissingHostMemory) {
  const auto opened = LinuxKvmVm::Open();
  if (opened.vm == nullptr) GTEST_SKIP() << opened.reason;
  EXPECT_EQ(opened.vm->SetMemorySlot({0, 0, 0x1000, kPage, 0}), 0);
  GuestAccess accesses[] = {Write(0x1000, 1, 1), Read(0x2000, 1)};
  opened.vm->Run(accesses, [](std::size_t, const GuestExit&) { return kDeviceValue; });
  EXPECT_NE(accesses[0].outcome, GuestAccess::Outcome::kUnreachable);
  EXPECT_EQ(accesses[1].outcome, GuestAccess::Outcome::kDone);
  EXPECT_EQ(accesses[1].value, 0xd0u);
}

class ComparedKvmVmTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = LinuxKvmVm::Open();
    host_ = std::move(opened.vm);
    if (host_ == nullptr) GTEST_SKIP() << opened.reason;
    fake_ = std::make_unique<FakeKvmVm>(host_->capabilities());
    vm_ = std::make_unique<ComparedKvmVm>(*host_, *fake_);
  }

  HostPages pages_ = HostPages(8);
  std::unique_ptr<LinuxKvmVm> host_;
  std::unique_ptr<FakeKvmVm> fake_;
  std::unique_ptr<ComparedKvmVm> vm_;
};

TEST_F(ComparedKvmVmTest, BothKernelsAgree) {
  const KvmMemorySlot slot = {0, kKvmLogDirtyPages, 0x1000, 4 * kPage, pages_.address(0)};
  EXPECT_EQ(vm_->SetMemorySlot(slot), 0);
  EXPECT_EQ(vm_->SetMemorySlot({1, 0, 0x1000, kPage, 0}), EEXIST);
  EXPECT_EQ(vm_->AssignIoEventfd({KvmBus::kMmio, 0x9000, 4, false, 0, 2}), 0);
  EXPECT_EQ(vm_->RegisterCoalescedZone({KvmBus::kMmio, 0xa000, 4}), 0);
  EXPECT_EQ(RunGuest(*vm_, {Write(0x2ffe, 4, 1), Write(0x9000, 4, 1), Write(0xa000, 4, 1)}),
            "(wa000.4=1)");
  EXPECT_EQ(vm_->TakeSignals(2), 1u);
  std::vector<std::uint64_t> log(1);
  EXPECT_EQ(vm_->GetDirtyLog(0, log), 0);
  EXPECT_EQ(log[0], 0b110u);
  EXPECT_EQ(vm_->ClearDirtyLog(0, 0, 1, log), EINVAL);
  EXPECT_EQ(vm_->UnregisterCoalescedZone({KvmBus::kMmio, 0xa000, 4}), 0);
  EXPECT_EQ(vm_->DeassignIoEventfd({KvmBus::kMmio, 0x9000, 4, false, 0, 1}), ENOENT);
  EXPECT_EQ(vm_->differences(), std::vector<std::string>());
  EXPECT_EQ(vm_->ioctls(), 8u);
}

// Where one of them was told something else, each kind of request shows it.
TEST_F(ComparedKvmVmTest, DifferencesAreTold) {
  const KvmIoEventfd entry = {KvmBus::kPortIo, 0x60, 1, true, 5, 2};
  const KvmMemorySlot slot = {0, kKvmLogDirtyPages, 0x1000, 4 * kPage, pages_.address(0)};
  EXPECT_EQ(vm_->SetMemorySlot(slot), 0);
  fake_->NoteWrite(Write(0x3000, 1, 0));
  EXPECT_EQ(fake_->AssignIoEventfd(entry), 0);
  EXPECT_EQ(fake_->SetMemorySlot({1, 0, 0x8000, kPage, 0}), 0);
  std::vector<std::uint64_t> log(1);
  EXPECT_EQ(vm_->GetDirtyLog(0, log), 0);
  EXPECT_EQ(log[0], 0u);
  EXPECT_EQ(vm_->AssignIoEventfd(entry), 0);
  EXPECT_EQ(vm_->SetMemorySlot({1, 0, 0, 0, 0}), EINVAL);
  EXPECT_EQ(fake_->SetMemorySlot({0, 0, 0, 0, 0}), 0);
  EXPECT_EQ(vm_->ClearDirtyLog(0, 0, 4, log), 0);
  EXPECT_EQ(vm_->differences(),
            (std::vector<std::string>{
                "KVM_GET_DIRTY_LOG slot 0x0 word 0: host 0x0, fake 0x4",
                "KVM_IOEVENTFD assign port at 0x60 size 0x1 data 0x5 notifier 2: host done, fake "
                "File exists",
                "KVM_SET_USER_MEMORY_REGION slot 0x1 flags 0x0 at 0x0 size 0x0: host "
                "Invalid argument, fake done",
                "KVM_CLEAR_DIRTY_LOG slot 0x0 pages 0x0 count 0x4: host done, fake No such file or "
                "directory"}));
}

}  // namespace
}  // namespace flatcheck::engine
