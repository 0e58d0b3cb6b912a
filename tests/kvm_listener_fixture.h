// A map whose memory space has a KvmListener, on a fake kernel that writes down what it is asked.

#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/kvm/fake_kvm_vm.h"
#include "engine/kvm/kvm_listener.h"
#include "engine/ram/dirty_log.h"
#include "tests/memory_fixture.h"

namespace flatcheck::engine {

// An ioctl is a line, such as "set 0 1000+3000 ram+0 ro log": a slot's number, place, bytes and
// flags, in hexadecimal.
class JournalKvmVm final : public KvmVm {
 public:
  JournalKvmVm(const KvmCapabilities& capabilities, const RamList& blocks)
      : fake_(capabilities), blocks_(blocks) {}

  const KvmCapabilities& capabilities() const override { return fake_.capabilities(); }

  int SetMemorySlot(const KvmMemorySlot& slot) override {
    if (slot.size == 0) return Ask("del " + Number(slot.slot), slot);
    const std::string line = "set " + Number(slot.slot) + " " +
                             Place(slot.guest_address, slot.size) + " " + Bytes(slot.host_address) +
                             ((slot.flags & kKvmReadonly) != 0 ? " ro" : "") +
                             ((slot.flags & kKvmLogDirtyPages) != 0 ? " log" : "");
    return Ask(line, slot);
  }
  int GetDirtyLog(std::uint32_t slot, std::span<std::uint64_t> pages) override {
    return Note("log " + Number(slot), fake_.GetDirtyLog(slot, pages));
  }
  int ClearDirtyLog(std::uint32_t slot, std::uint64_t first_page, std::uint32_t page_count,
                    std::span<const std::uint64_t> pages) override {
    std::string line = "clear " + Number(slot) + " " + std::to_string(first_page) + "+" +
                       std::to_string(page_count) + ":";
    for (std::uint64_t page = 0; page < page_count; ++page) {
      if ((pages[page / 64] >> (page % 64) & 1) != 0)
        line += " " + std::to_string(first_page + page);
    }
    return Note(line, fake_.ClearDirtyLog(slot, first_page, page_count, pages));
  }
  int AssignIoEventfd(const KvmIoEventfd& entry) override {
    return Note("assign " + Text(entry), fake_.AssignIoEventfd(entry));
  }
  int DeassignIoEventfd(const KvmIoEventfd& entry) override {
    return Note("deassign " + Text(entry), fake_.DeassignIoEventfd(entry));
  }
  int RegisterCoalescedZone(const KvmCoalescedZone& zone) override {
    return Note("zone " + Bus(zone.bus) + Place(zone.address, zone.size),
                fake_.RegisterCoalescedZone(zone));
  }
  int UnregisterCoalescedZone(const KvmCoalescedZone& zone) override {
    return Note("unzone " + Bus(zone.bus) + Place(zone.address, zone.size),
                fake_.UnregisterCoalescedZone(zone));
  }
  void Run(std::span<GuestAccess> accesses, const GuestExitHandler& exit) override {
    fake_.Run(accesses, exit);
  }
  std::uint64_t TakeSignals(std::uint32_t notifier) override { return fake_.TakeSignals(notifier); }

  const FakeKvmVm& fake() const { return fake_; }
  // The next request of that slot is refused, with EIO.
  void RefuseOnce(std::string line) { refused_ = std::move(line); }
  std::string Taken() { return std::exchange(lines_, {}); }

 private:
  int Ask(const std::string& line, const KvmMemorySlot& slot) {
    if (refused_ != line) return Note(line, fake_.SetMemorySlot(slot));
    refused_.clear();
    return Note(line, EIO);
  }
  int Note(const std::string& line, int error) {
    lines_ += line + (error != 0 ? " !" : "") + "\n";
    return error;
  }

  static std::string Hex(std::uint64_t value) { return JournalDevice::Hex(value); }
  static std::string Number(std::uint32_t slot) {
    return (slot >> 16 != 0 ? Hex(slot >> 16) + ":" : "") + std::to_string(slot & 0xffff);
  }
  static std::string Place(std::uint64_t address, std::uint64_t size) {
    return Hex(address) + "+" + Hex(size);
  }
  static std::string Bus(KvmBus bus) { return bus == KvmBus::kPortIo ? "port " : ""; }
  static std::string Text(const KvmIoEventfd& entry) {
    return Bus(entry.bus) + Place(entry.address, entry.size) +
           (entry.match_data ? "=" + Hex(entry.data) : "") + " to " + Hex(entry.notifier);
  }
  // The region and the block's offset.
  std::string Bytes(std::uint64_t host_address) const {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): KVM names host memory by number.
    const auto at = blocks_.FromHost(reinterpret_cast<std::uint8_t*>(host_address));
    if (at.block == nullptr) return "nothing";
    return at.block->region().name() + "+" + Hex(at.offset);
  }

  FakeKvmVm fake_;
  const RamList& blocks_;
  std::string lines_;
  std::string refused_;
};

class KvmListenerTest : public MemoryTest {
 protected:
  // Nothing is left in the kernel, whatever was there.
  void TearDown() override {
    if (listener_ == nullptr) return;
    Granted(map_.UnregisterListener(*listener_));
    EXPECT_TRUE(vm_->fake().slots().empty());
    EXPECT_TRUE(vm_->fake().ioeventfds().empty());
    EXPECT_TRUE(vm_->fake().coalesced_zones().empty());
  }

  void StartKvm(const KvmCapabilities& capabilities = {}, KvmListenerOptions options = {}) {
    vm_ = std::make_unique<JournalKvmVm>(capabilities, map_.ram_list());
    options.failed = [this](const KvmFailure& failure) { Note(failure); };
    listener_ = std::make_unique<KvmListener>(*vm_, map_, options);
    Granted(map_.RegisterListener(*listener_, memory_, 10));
  }

  // The ioctls since this was last asked.
  std::string Ioctls() { return vm_->Taken(); }
  // What the listener told of failed requests, such as "EEXIST at 1000+3000\n".
  std::string Failures() { return std::exchange(failures_, {}); }

  void GuestWrites(std::uint64_t address) {
    GuestAccess write{.address = address, .is_write = true, .value = 0x5a};
    vm_->Run({&write, 1}, [](std::size_t, const GuestExit&) { return std::uint64_t{0}; });
  }

  // Pages that are dirty to VGA, such as "3 70".
  std::string Dirty(const MemoryRegion& region) {
    std::string pages;
    const ByteRange block{0, region.ram()->max_length()};
    for (const PageRange& run : DirtyRuns(map_, region, block, DirtyClient::kVga).value) {
      for (std::uint64_t page = run.first; page < run.end; ++page) {
        pages += (pages.empty() ? "" : " ") + std::to_string(page);
      }
    }
    return pages;
  }
  // Without a word to the listeners.
  void Clean(const MemoryRegion& region) {
    const RamBlock& block = *region.ram();
    map_.dirty_memory()
        .Of(DirtyClient::kVga)
        .TestAndClear(map_.PagesOf(block, 0, block.max_length()));
  }

  std::unique_ptr<JournalKvmVm> vm_;
  std::unique_ptr<KvmListener> listener_;

 private:
  void Note(const KvmFailure& failure) {
    failures_ += std::string(failure.request) + " " + std::to_string(failure.error) + " " +
                 JournalDevice::Hex(failure.address) + "+" + JournalDevice::Hex(failure.size) +
                 "\n";
  }

  std::string failures_;
};

}  // namespace flatcheck::engine
