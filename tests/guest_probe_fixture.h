// A virtual machine of KVM with a guest in it, and words for what the guest does. Tests are
// skipped, and say why, where there is none to be had.

#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/kvm.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <ostream>
#include <system_error>
#include <vector>

#include "engine/kvm/guest_probe.h"

namespace flatcheck::engine::guest {

inline std::ostream& Print(std::ostream& out, const GuestExit& exit) {
  out << (exit.bus == KvmBus::kPortIo ? "port " : "") << (exit.is_coalesced ? "coalesced " : "");
  out << (exit.is_write ? "write " : "read ") << std::hex << exit.address << "+" << +exit.size;
  return exit.is_write ? out << " " << exit.value : out;
}

inline constexpr std::uint64_t kPage = 0x1000;
inline constexpr std::uint64_t kGiB = 1ul << 30;
inline constexpr std::array<std::uint8_t, 4> kWidths = {1, 2, 4, 8};
inline constexpr std::uint32_t kProbeSlot = 100;
inline constexpr std::uint64_t kAnswer = 0xa7a6a5a4a3a2a1a0;
inline constexpr GuestAccess::Outcome kDone = GuestAccess::Outcome::kDone;
inline constexpr GuestAccess::Outcome kUnreachable = GuestAccess::Outcome::kUnreachable;
inline constexpr GuestAccess::Outcome kFailed = GuestAccess::Outcome::kFailed;

inline GuestAccess Read(std::uint64_t address, std::uint8_t size) {
  return {.address = address, .size = size};
}

inline GuestAccess Write(std::uint64_t address, std::uint8_t size, std::uint64_t value) {
  return {.address = address, .size = size, .is_write = true, .value = value};
}

inline GuestAccess In(std::uint64_t port, std::uint8_t size) {
  return {.bus = KvmBus::kPortIo, .address = port, .size = size};
}

inline GuestAccess Out(std::uint64_t port, std::uint8_t size, std::uint64_t value) {
  return {.bus = KvmBus::kPortIo, .address = port, .size = size, .is_write = true, .value = value};
}

inline GuestExit Left(const GuestAccess& access) {
  return {.bus = access.bus,
          .address = access.address,
          .size = access.size,
          .is_write = access.is_write,
          .value = access.is_write ? access.value : 0};
}

inline GuestExit SetAside(const GuestAccess& access) {
  GuestExit exit = Left(access);
  exit.is_coalesced = true;
  return exit;
}

// 64 pages of the host, for slots.
class HostPages {
 public:
  static constexpr std::uint64_t kBytes = 64 * kPage;

  HostPages()
      : bytes_(static_cast<std::uint8_t*>(
            mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {}
  ~HostPages() { munmap(bytes_, kBytes); }
  HostPages(const HostPages&) = delete;
  HostPages& operator=(const HostPages&) = delete;

  std::uint8_t* at(std::uint64_t offset) { return bytes_ + offset; }
  std::uint64_t Number(std::uint64_t offset, std::size_t size = 8) const {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes_ + offset, size);
    return number;
  }

 private:
  std::uint8_t* bytes_;
};

class GuestProbeTest : public testing::Test {
 protected:
  void SetUp() override {
    kvm_ = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm_ < 0) GTEST_SKIP() << "/dev/kvm: " << std::strerror(errno);
    vm_ = ioctl(kvm_, KVM_CREATE_VM, 0);
    if (vm_ < 0) GTEST_SKIP() << "KVM_CREATE_VM: " << std::strerror(errno);
    std::error_code error;
    probe_ = GuestProbe::Create(kvm_, vm_, kProbeSlot, error);
    if (probe_ == nullptr) GTEST_SKIP() << "no guest: " << error.message();
  }

  void TearDown() override {
    probe_.reset();
    for (const int fd : notifiers_) close(fd);
    if (vm_ >= 0) close(vm_);
    if (kvm_ >= 0) close(kvm_);
  }

  struct Slot {
    std::uint32_t number;
    std::uint64_t address;
    std::uint64_t pages;
    std::uint64_t host;  // Offset in host_.
    std::uint32_t flags = 0;
  };

  void Set(const Slot& slot) {
    kvm_userspace_memory_region region = {
        .slot = slot.number,
        .flags = slot.flags,
        .guest_phys_addr = slot.address,
        .memory_size = slot.pages * kPage,
        .userspace_addr = reinterpret_cast<std::uint64_t>(host_.at(slot.host))};
    ASSERT_EQ(ioctl(vm_, KVM_SET_USER_MEMORY_REGION, &region), 0) << std::strerror(errno);
  }

  std::uint64_t DirtyPages(std::uint32_t slot) {
    std::uint64_t pages = 0;
    kvm_dirty_log log = {};
    log.slot = slot;
    log.dirty_bitmap = &pages;
    EXPECT_EQ(ioctl(vm_, KVM_GET_DIRTY_LOG, &log), 0) << std::strerror(errno);
    return pages;
  }

  // Returns the eventfd.
  int Notify(const KvmIoEventfd& entry) {
    const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    notifiers_.push_back(fd);
    kvm_ioeventfd request = {};
    request.datamatch = entry.data;
    request.addr = entry.address;
    request.len = entry.size;
    request.fd = fd;
    request.flags = (entry.match_data ? KVM_IOEVENTFD_FLAG_DATAMATCH : 0u) |
                    (entry.bus == KvmBus::kPortIo ? KVM_IOEVENTFD_FLAG_PIO : 0u);
    EXPECT_EQ(ioctl(vm_, KVM_IOEVENTFD, &request), 0) << std::strerror(errno);
    return fd;
  }

  void Coalesce(const KvmCoalescedZone& zone) {
    kvm_coalesced_mmio_zone request = {};
    request.addr = zone.address;
    request.size = zone.size;
    request.pio = zone.bus == KvmBus::kPortIo ? 1 : 0;
    EXPECT_EQ(ioctl(vm_, KVM_REGISTER_COALESCED_MMIO, &request), 0) << std::strerror(errno);
  }

  static std::uint64_t Signals(int notifier) {
    std::uint64_t count = 0;
    return read(notifier, &count, sizeof count) == sizeof count ? count : 0;
  }

  struct ExitOf {
    std::size_t access;
    GuestExit exit;
    bool operator==(const ExitOf&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const ExitOf& exit_of) {
      return Print(out << "#" << std::dec << exit_of.access << " ", exit_of.exit);
    }
  };

  // All accesses are done, with these exits.
  void Expect(std::vector<GuestAccess> accesses, const std::vector<ExitOf>& exits) {
    Do(accesses);
    for (const GuestAccess& access : accesses) EXPECT_EQ(access.outcome, kDone);
    EXPECT_EQ(exits_, exits);
  }

  std::vector<GuestAccess>& Do(std::vector<GuestAccess>& accesses) {
    exits_.clear();
    probe_->Run(accesses, [&](std::size_t access, const GuestExit& exit) {
      exits_.push_back({access, exit});
      return kAnswer;
    });
    return accesses;
  }

  GuestAccess Done(GuestAccess access) {
    std::vector<GuestAccess> accesses = {access};
    Do(accesses);
    EXPECT_EQ(accesses[0].outcome, kDone);
    return accesses[0];
  }

  std::uint64_t ValueOf(const GuestAccess& access) { return Done(access).value; }

  HostPages host_;
  int kvm_ = -1;
  int vm_ = -1;
  std::vector<int> notifiers_;
  std::unique_ptr<GuestProbe> probe_;
  std::vector<ExitOf> exits_;
};

}  // namespace flatcheck::engine::guest
