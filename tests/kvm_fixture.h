// A virtual machine, some pages of the host that its slots may show, and its guest, for tests.

#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "engine/kvm/fake_kvm_vm.h"
#include "engine/kvm/kvm_vm.h"
#include "engine/kvm/linux_kvm_vm.h"

namespace flatcheck::engine {

inline constexpr std::uint64_t kKvmPage = 0x1000;

// Host memory of whole pages.
class HostPages {
 public:
  explicit HostPages(std::uint64_t pages) : bytes_((pages + 1) * kKvmPage) {}

  std::uint8_t* at(std::uint64_t page) {
    const std::uint64_t odd = reinterpret_cast<std::uint64_t>(bytes_.data()) % kKvmPage;
    return bytes_.data() + (kKvmPage - odd) % kKvmPage + page * kKvmPage;
  }
  std::uint64_t address(std::uint64_t page) {
    return reinterpret_cast<std::uint64_t>(at(page));  // SAFETY: the kernel's name for it.
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

// As text: `w1000.4=12` for a write of 4 bytes that leaves the guest, `r` for a read, `port-`
// before one of a port, `(` and `)` around one that was set aside.
inline std::string TextOf(const GuestExit& exit) {
  char text[64];
  std::snprintf(text, sizeof text, "%s%c%llx.%d", exit.bus == KvmBus::kPortIo ? "port-" : "",
                exit.is_write ? 'w' : 'r', static_cast<unsigned long long>(exit.address),
                exit.size);
  std::string result = text;
  if (exit.is_write) {
    std::snprintf(text, sizeof text, "=%llx", static_cast<unsigned long long>(exit.value));
    result += text;
  }
  return exit.is_coalesced ? "(" + result + ")" : result;
}

// What devices answer to reads.
inline constexpr std::uint64_t kDeviceValue = 0xd7d6d5d4d3d2d1d0;

inline GuestAccess Write(std::uint64_t address, std::uint8_t size, std::uint64_t value,
                         KvmBus bus = KvmBus::kMmio) {
  return {bus, 0, address, size, true, value, GuestAccess::Outcome::kDone};
}
inline GuestAccess Read(std::uint64_t address, std::uint8_t size, KvmBus bus = KvmBus::kMmio) {
  return {bus, 0, address, size, false, 0, GuestAccess::Outcome::kDone};
}

// The guest's exits, separated by blanks.
inline std::string RunGuest(KvmVm& vm, std::vector<GuestAccess>& accesses) {
  std::string exits;
  vm.Run(accesses, [&](std::size_t, const GuestExit& exit) {
    exits += (exits.empty() ? "" : " ") + TextOf(exit);
    return kDeviceValue;
  });
  for (const GuestAccess& access : accesses) {
    EXPECT_EQ(access.outcome, GuestAccess::Outcome::kDone) << access.address;
  }
  return exits;
}
inline std::string RunGuest(KvmVm& vm, std::vector<GuestAccess>&& accesses) {
  return RunGuest(vm, accesses);
}

// What the guest reads.
inline std::uint64_t ValueAt(KvmVm& vm, std::uint64_t address, std::uint8_t size) {
  std::vector<GuestAccess> accesses = {Read(address, size)};
  RunGuest(vm, accesses);
  return accesses[0].value;
}

// The fake one, and the host's: where there is none, tests are skipped.
enum class Kernel : std::uint8_t { kFake, kHost };

inline std::string NameOfKernel(const testing::TestParamInfo<Kernel>& of) {
  return of.param == Kernel::kFake ? "Fake" : "Host";
}

class KvmVmTest : public testing::TestWithParam<Kernel> {
 protected:
  static constexpr std::uint64_t kPage = kKvmPage;

  void SetUp() override { Open(false); }

  void Open(bool manual_dirty_log_protect) {
    if (GetParam() == Kernel::kFake) {
      KvmCapabilities capabilities;
      capabilities.manual_dirty_log_protect = manual_dirty_log_protect;
      vm_ = std::make_unique<FakeKvmVm>(capabilities);
      return;
    }
    auto opened = LinuxKvmVm::Open({manual_dirty_log_protect});
    vm_ = std::move(opened.vm);
    if (vm_ == nullptr) GTEST_SKIP() << opened.reason;
  }

  // A slot of some pages, the host's from `host_page` on.
  KvmMemorySlot Slot(std::uint32_t number, std::uint64_t guest_address, std::uint64_t pages,
                     std::uint32_t flags = 0, std::uint64_t host_page = 0) {
    return {number, flags, guest_address, pages * kPage, host_.address(host_page)};
  }
  int Set(const KvmMemorySlot& slot) { return vm_->SetMemorySlot(slot); }
  std::string Run(std::vector<GuestAccess> accesses) { return RunGuest(*vm_, accesses); }
  // The pages of a slot of up to 128 pages; -1 for an error.
  std::uint64_t LogOf(std::uint32_t slot, std::size_t word = 0) {
    std::vector<std::uint64_t> pages(2);
    return vm_->GetDirtyLog(slot, pages) == 0 ? pages[word] : UINT64_MAX;
  }
  int Clear(std::uint32_t slot, std::uint64_t first, std::uint32_t count, std::uint64_t pages) {
    return vm_->ClearDirtyLog(slot, first, count, std::vector<std::uint64_t>(2, pages));
  }

  std::unique_ptr<KvmVm> vm_;
  HostPages host_ = HostPages(160);
};

}  // namespace flatcheck::engine
