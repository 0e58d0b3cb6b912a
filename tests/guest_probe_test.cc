// What a guest finds in a virtual machine of KVM. The rules are the kernel's; those that the
// reference model and the fake kernel keep are stated here.

#include "engine/kvm/guest_probe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/kvm.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace flatcheck::engine {

std::ostream& operator<<(std::ostream& out, const GuestExit& exit) {
  out << (exit.bus == KvmBus::kPortIo ? "port " : "") << (exit.is_coalesced ? "coalesced " : "");
  out << (exit.is_write ? "write " : "read ") << std::hex << exit.address << "+" << +exit.size;
  return exit.is_write ? out << " " << exit.value : out;
}

namespace {

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kGiB = 1ul << 30;
constexpr std::array<std::uint8_t, 4> kWidths = {1, 2, 4, 8};
constexpr std::uint32_t kProbeSlot = 100;
constexpr std::uint64_t kAnswer = 0xa7a6a5a4a3a2a1a0;
constexpr GuestAccess::Outcome kDone = GuestAccess::Outcome::kDone;
constexpr GuestAccess::Outcome kUnreachable = GuestAccess::Outcome::kUnreachable;
constexpr GuestAccess::Outcome kFailed = GuestAccess::Outcome::kFailed;

GuestAccess Read(std::uint64_t address, std::uint8_t size) {
  return {.address = address, .size = size};
}

GuestAccess Write(std::uint64_t address, std::uint8_t size, std::uint64_t value) {
  return {.address = address, .size = size, .is_write = true, .value = value};
}

GuestAccess In(std::uint64_t port, std::uint8_t size) {
  return {.bus = KvmBus::kPortIo, .address = port, .size = size};
}

GuestAccess Out(std::uint64_t port, std::uint8_t size, std::uint64_t value) {
  return {.bus = KvmBus::kPortIo, .address = port, .size = size, .is_write = true, .value = value};
}

GuestExit Left(const GuestAccess& access) {
  return {.bus = access.bus,
          .address = access.address,
          .size = access.size,
          .is_write = access.is_write,
          .value = access.is_write ? access.value : 0};
}

GuestExit SetAside(const GuestAccess& access) {
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
      return out << "#" << std::dec << exit_of.access << " " << exit_of.exit;
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

TEST_F(GuestProbeTest, SlotsServeEveryWidthWithoutAnExit) {
  Set({1, 0x10000, 2, 0});
  for (const std::uint8_t size : kWidths) {
    SCOPED_TRACE(+size);
    const std::uint64_t value = 0x8877665544332211 >> (64 - 8 * size);
    Expect({Write(0x10101, size, value)}, {});
    EXPECT_EQ(host_.Number(0x101), value);
    std::memset(host_.at(0x100), 0xff, 16);
    EXPECT_EQ(ValueOf(Read(0x10101, size)), UINT64_MAX >> (64 - 8 * size));
    EXPECT_TRUE(exits_.empty());
    std::memset(host_.at(0x100), 0, 16);
  }
}

TEST_F(GuestProbeTest, ExitsCarryTheWholePartOfEveryWidth) {
  for (const std::uint8_t size : kWidths) {
    SCOPED_TRACE(+size);
    const std::uint64_t value = 0x8877665544332211 >> (64 - 8 * size);
    const GuestAccess write = Write(0x20003, size, value);
    const GuestAccess read = Read(0x20003, size);
    Expect({write, read}, {{0, Left(write)}, {1, Left(read)}});
    EXPECT_EQ(ValueOf(read), kAnswer & (UINT64_MAX >> (64 - 8 * size)));
  }
}

TEST_F(GuestProbeTest, PortsLeaveAsOnePartAlsoAtTheirEnd) {
  for (const std::uint64_t port : {0x7eull, 0x80ull, 0x3f8ull, 0xfffdull, 0xffffull}) {
    for (const std::uint8_t size : kWidths) {
      if (size == 8) continue;
      SCOPED_TRACE(testing::Message() << port << "+" << +size);
      const GuestAccess write = Out(port, size, 0x44332211 >> (32 - 8 * size));
      const GuestAccess read = In(port, size);
      Expect({write, read, write}, {{0, Left(write)}, {1, Left(read)}, {2, Left(write)}});
      EXPECT_EQ(ValueOf(read), kAnswer & (UINT64_MAX >> (64 - 8 * size)));
    }
  }
}

TEST_F(GuestProbeTest, AnAccessIsCutAtTheBorderOfPages) {
  Set({1, 0x10000, 1, 0});
  Set({2, 0x11000, 1, 8 * kPage});
  const std::uint64_t value = 0x8877665544332211;

  Expect({Write(0x10ffd, 8, value)}, {});  // From slot to slot.
  EXPECT_EQ(host_.Number(0xffd, 3), 0x332211u);
  EXPECT_EQ(host_.Number(8 * kPage, 5), 0x8877665544u);
  EXPECT_EQ(ValueOf(Read(0x10ffd, 8)), value);

  Expect({Write(0x11ffd, 8, value)}, {{0, Left(Write(0x12000, 5, 0x8877665544))}});
  EXPECT_EQ(host_.Number(9 * kPage - 3, 3), 0x332211u);
  EXPECT_EQ(ValueOf(Read(0x11ffd, 8)), (kAnswer << 24) | 0x332211);
  EXPECT_EQ(exits_, (std::vector<ExitOf>{{0, Left(Read(0x12000, 5))}}));

  Expect({Write(0xfffd, 8, value)}, {{0, Left(Write(0xfffd, 3, 0x332211))}});
  EXPECT_EQ(host_.Number(0, 5), 0x8877665544u);
  EXPECT_EQ(ValueOf(Read(0xfffd, 8)), 0x8877665544a2a1a0);
  EXPECT_EQ(exits_, (std::vector<ExitOf>{{0, Left(Read(0xfffd, 3))}}));

  Expect({Write(0x20ffb, 8, value), Read(0x20ffd, 4), Write(0x20fff, 2, 0x1122)},
         {{0, Left(Write(0x20ffb, 5, 0x5544332211))},
          {0, Left(Write(0x21000, 3, 0x887766))},
          {1, Left(Read(0x20ffd, 3))},
          {1, Left(Read(0x21000, 1))},
          {2, Left(Write(0x20fff, 1, 0x22))},
          {2, Left(Write(0x21000, 1, 0x11))}});
  EXPECT_EQ(ValueOf(Read(0x20ffd, 4)), 0xa0a2a1a0);
}

TEST_F(GuestProbeTest, MemoryIsWrittenBeforeAnEarlierPartLeaves) {
  Set({1, 0x10000, 1, 0});
  std::vector<GuestAccess> accesses = {Write(0xfffc, 8, 0x8877665544332211)};
  std::uint64_t seen = 0;
  probe_->Run(accesses, [&](std::size_t, const GuestExit&) { return seen = host_.Number(0, 4); });
  EXPECT_EQ(seen, 0x88776655u);
}

TEST_F(GuestProbeTest, ReadonlySlotsReadAsMemoryAndWriteAsHoles) {
  Set({1, 0x10000, 1, 0, KVM_MEM_READONLY});
  Set({2, 0x11000, 1, kPage});
  std::memset(host_.at(0), 0x42, kPage);
  EXPECT_EQ(ValueOf(Read(0x10005, 8)), 0x4242424242424242u);
  EXPECT_TRUE(exits_.empty());
  const GuestAccess inside = Write(0x10005, 8, 0x8877665544332211);
  Expect({inside, Write(0x10ffd, 8, 0x8877665544332211), Write(0xfffd, 8, 0x8877665544332211)},
         {{0, Left(inside)},
          {1, Left(Write(0x10ffd, 3, 0x332211))},
          {2, Left(Write(0xfffd, 3, 0x332211))},
          {2, Left(Write(0x10000, 5, 0x8877665544))}});
  EXPECT_EQ(host_.Number(kPage, 5), 0x8877665544u);
  EXPECT_EQ(host_.Number(0), 0x4242424242424242u);
}

TEST_F(GuestProbeTest, SlotsComeMoveAndGoUnderTheGuest) {
  *host_.at(0) = 0x11;
  *host_.at(kPage) = 0x22;
  for (int round = 0; round < 3; ++round) {
    Set({1, 0x10000, 1, 0});
    EXPECT_EQ(ValueOf(Read(0x10000, 1)), 0x11u);
    Set({1, 0x40000, 1, 0});
    EXPECT_EQ(ValueOf(Read(0x40000, 1)), 0x11u);
    EXPECT_EQ(ValueOf(Read(0x10000, 1)), 0xa0u);
    Set({2, 0x10000, 1, kPage});
    EXPECT_EQ(ValueOf(Read(0x10000, 1)), 0x22u);
    Set({1, 0x40000, 0, 0});
    EXPECT_EQ(ValueOf(Read(0x40000, 1)), 0xa0u);
    Set({2, 0x10000, 0, 0});
    EXPECT_EQ(ValueOf(Read(0x10000, 1)), 0xa0u);
  }
}

TEST_F(GuestProbeTest, WritesMarkTheirPagesInTheSlotsLog) {
  Set({1, 0x10000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES});
  Set({2, 0x30000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES});  // The same bytes.
  EXPECT_EQ(DirtyPages(1), 0u);
  std::vector<GuestAccess> accesses = {Write(0x11000, 1, 1), Read(0x12000, 8), Write(0x13ffc, 8, 1),
                                       Write(0xfffc, 8, 1), Write(0x17ffc, 8, 1)};
  Do(accesses);
  EXPECT_EQ(DirtyPages(1), 0b10011011u);
  EXPECT_EQ(DirtyPages(1), 0u);
  EXPECT_EQ(DirtyPages(2), 0u);
  Expect({Write(0x11000, 1, 1), Write(0x32000, 1, 1)}, {});
  EXPECT_EQ(DirtyPages(1), 0b10u);
  EXPECT_EQ(DirtyPages(2), 0b100u);
}

TEST_F(GuestProbeTest, AMovedSlotKeepsItsLogAndOneThatStoppedLoggingDoesNot) {
  Set({1, 0x10000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES});
  Expect({Write(0x11000, 1, 1)}, {});
  Set({1, 0x20000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES});
  EXPECT_EQ(DirtyPages(1), 0b10u);
  Expect({Write(0x22000, 1, 1)}, {});
  Set({1, 0x20000, 8, 0});
  Set({1, 0x20000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES});
  EXPECT_EQ(DirtyPages(1), 0u);
  Expect({Write(0x23000, 1, 1)}, {});
  EXPECT_EQ(DirtyPages(1), 0b1000u);
}

TEST_F(GuestProbeTest, AWriteThatLeavesAReadonlySlotMarksNothing) {
  Set({1, 0x10000, 8, 0, KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY});
  Expect({Write(0x11000, 1, 1)}, {{0, Left(Write(0x11000, 1, 1))}});
  EXPECT_EQ(DirtyPages(1), 0u);
}

TEST_F(GuestProbeTest, IoEventfdsTakeWritesThatBeginThereInTheirSize) {
  const int any = Notify({.address = 0x30000});
  const int four = Notify({.address = 0x30010, .size = 4});
  const int matched = Notify({.address = 0x30020, .size = 4, .match_data = true, .data = 0x11});
  const std::vector<GuestAccess> left = {
      Read(0x30000, 4),     Write(0x30001, 4, 1), Write(0x2fff8, 8, 1),    Write(0x30010, 2, 1),
      Write(0x30010, 8, 1), Read(0x30010, 4),     Write(0x30020, 4, 0x12), Write(0x30020, 8, 0x11)};
  std::vector<ExitOf> exits;
  exits.reserve(left.size());
  for (const GuestAccess& access : left) exits.push_back({exits.size(), Left(access)});
  Expect(left, exits);
  Expect({Write(0x30000, 1, 1), Write(0x30000, 2, 1), Write(0x30000, 8, 1), Write(0x30010, 4, 1),
          Write(0x30020, 4, 0x11)},
         {});
  EXPECT_EQ(Signals(any), 3u);
  EXPECT_EQ(Signals(four), 1u);
  EXPECT_EQ(Signals(matched), 1u);
}

TEST_F(GuestProbeTest, EachPartOfACutWriteIsOfferedToIoEventfds) {
  const int head = Notify({.address = 0x30ffe});
  const int tail = Notify({.address = 0x32000, .size = 4});
  Expect({Write(0x30ffe, 4, 0x44332211), Write(0x31ffc, 8, 0x8877665544332211)},
         {{0, Left(Write(0x31000, 2, 0x4433))}, {1, Left(Write(0x31ffc, 4, 0x44332211))}});
  EXPECT_EQ(Signals(head), 1u);
  EXPECT_EQ(Signals(tail), 1u);
}

TEST_F(GuestProbeTest, IoEventfdsAreSeenThroughReadonlySlotsOnly) {
  Set({1, 0x10000, 1, 0, KVM_MEM_READONLY});
  Set({2, 0x11000, 1, kPage});
  const int readonly = Notify({.address = 0x10000, .size = 4});
  const int writable = Notify({.address = 0x11000, .size = 4});
  Expect({Write(0x10000, 4, 5), Write(0x11000, 4, 5), Write(0xfffc, 8, 6)},
         {{2, Left(Write(0xfffc, 4, 6))}});
  EXPECT_EQ(Signals(readonly), 2u);
  EXPECT_EQ(Signals(writable), 0u);
  EXPECT_EQ(host_.Number(kPage), 5u);
}

TEST_F(GuestProbeTest, PortsHaveIoEventfdsAndZones) {
  const int any = Notify({.bus = KvmBus::kPortIo, .address = 0x3f8});
  const int two = Notify({.bus = KvmBus::kPortIo, .address = 0x400, .size = 2});
  Coalesce({.bus = KvmBus::kPortIo, .address = 0x500, .size = 4});
  Expect({Out(0x3f8, 1, 1), Out(0x3f8, 4, 1), Out(0x400, 2, 3), Out(0x400, 1, 3), In(0x400, 2),
          Out(0x502, 2, 7), Out(0x502, 4, 8), In(0x500, 4)},
         {{3, Left(Out(0x400, 1, 3))},
          {4, Left(In(0x400, 2))},
          {5, SetAside(Out(0x502, 2, 7))},
          {6, Left(Out(0x502, 4, 8))},
          {7, Left(In(0x500, 4))}});
  EXPECT_EQ(Signals(any), 2u);
  EXPECT_EQ(Signals(two), 1u);
}

TEST_F(GuestProbeTest, AZoneSetsAsidePartsThatItContains) {
  Coalesce({.address = 0x33004, .size = 8});
  Coalesce({.address = 0x3300c, .size = 4});  // Adjacent zones do not add up.
  Expect({Write(0x33004, 8, 2), Write(0x3300b, 1, 7), Write(0x3300c, 4, 1)},
         {{0, SetAside(Write(0x33004, 8, 2))},
          {1, SetAside(Write(0x3300b, 1, 7))},
          {2, SetAside(Write(0x3300c, 4, 1))}});
  for (const GuestAccess& access :
       {Write(0x33003, 8, 3), Write(0x33009, 4, 4), Write(0x33010, 1, 8), Read(0x33004, 4)}) {
    Expect({access}, {{0, Left(access)}});
  }
}

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
  EXPECT_EQ(accesses[2].outcome, kDone);
  EXPECT_EQ(host_.Number(8, 2), 0x0101u);
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

TEST_F(GuestProbeTest, AVirtualMachineHasOne) {
  std::error_code error;
  EXPECT_EQ(GuestProbe::Create(kvm_, vm_, kProbeSlot + 1, error), nullptr);
  EXPECT_EQ(error.value(), EEXIST);
  EXPECT_EQ(GuestProbe::Create(kvm_, -1, kProbeSlot, error), nullptr);
  EXPECT_EQ(error.value(), EBADF);
  EXPECT_EQ(ValueOf(Read(0x20000, 1)), 0xa0u);
}

}  // namespace
}  // namespace flatcheck::engine
