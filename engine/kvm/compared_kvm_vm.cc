#include "engine/kvm/compared_kvm_vm.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/print/hex.h"

namespace flatcheck::engine {
namespace {

std::string Ox(std::uint64_t value) { return "0x" + Hex(value); }

std::string TextOf(const KvmMemorySlot& slot) {
  return "KVM_SET_USER_MEMORY_REGION slot " + Ox(slot.slot) + " flags " + Ox(slot.flags) + " at " +
         Ox(slot.guest_address) + " size " + Ox(slot.size);
}

std::string TextOf(KvmBus bus) { return bus == KvmBus::kMmio ? " mmio" : " port"; }

std::string TextOf(const char* request, const KvmIoEventfd& entry) {
  return request + TextOf(entry.bus) + " at " + Ox(entry.address) + " size " + Ox(entry.size) +
         (entry.match_data ? " data " + Ox(entry.data) : "") + " notifier " +
         std::to_string(entry.notifier);
}

std::string TextOf(const char* request, const KvmCoalescedZone& zone) {
  return request + TextOf(zone.bus) + " at " + Ox(zone.address) + " size " + Ox(zone.size);
}

std::string TextOfError(int error) { return error == 0 ? "done" : std::strerror(error); }

}  // namespace

int ComparedKvmVm::SetMemorySlot(const KvmMemorySlot& slot) {
  const int host = host_->SetMemorySlot(slot);
  const int fake = fake_->SetMemorySlot(slot);
  return host == fake ? host : Differ(TextOf(slot), host, fake);
}

int ComparedKvmVm::GetDirtyLog(std::uint32_t slot, std::span<std::uint64_t> pages) {
  fake_pages_.assign(pages.begin(), pages.end());  // Words that the kernel leaves stay the same.
  const int host = host_->GetDirtyLog(slot, pages);
  const int fake = fake_->GetDirtyLog(slot, fake_pages_);
  if (host != fake) return Differ("KVM_GET_DIRTY_LOG slot " + Ox(slot), host, fake);
  const auto [ours, theirs] = std::ranges::mismatch(fake_pages_, pages);
  if (ours != fake_pages_.end()) {
    Note("KVM_GET_DIRTY_LOG slot " + Ox(slot) + " word " +
         std::to_string(ours - fake_pages_.begin()) + ": host " + Ox(*theirs) + ", fake " +
         Ox(*ours));
  }
  return host;
}

int ComparedKvmVm::ClearDirtyLog(std::uint32_t slot, std::uint64_t first_page,
                                 std::uint32_t page_count, std::span<const std::uint64_t> pages) {
  const int host = host_->ClearDirtyLog(slot, first_page, page_count, pages);
  const int fake = fake_->ClearDirtyLog(slot, first_page, page_count, pages);
  if (host == fake) return host;
  return Differ("KVM_CLEAR_DIRTY_LOG slot " + Ox(slot) + " pages " + Ox(first_page) + " count " +
                    Ox(page_count),
                host, fake);
}

int ComparedKvmVm::AssignIoEventfd(const KvmIoEventfd& entry) {
  const int host = host_->AssignIoEventfd(entry);
  const int fake = fake_->AssignIoEventfd(entry);
  return host == fake ? host : Differ(TextOf("KVM_IOEVENTFD assign", entry), host, fake);
}

int ComparedKvmVm::DeassignIoEventfd(const KvmIoEventfd& entry) {
  const int host = host_->DeassignIoEventfd(entry);
  const int fake = fake_->DeassignIoEventfd(entry);
  return host == fake ? host : Differ(TextOf("KVM_IOEVENTFD deassign", entry), host, fake);
}

int ComparedKvmVm::RegisterCoalescedZone(const KvmCoalescedZone& zone) {
  const int host = host_->RegisterCoalescedZone(zone);
  const int fake = fake_->RegisterCoalescedZone(zone);
  return host == fake ? host : Differ(TextOf("KVM_REGISTER_COALESCED_MMIO", zone), host, fake);
}

int ComparedKvmVm::UnregisterCoalescedZone(const KvmCoalescedZone& zone) {
  const int host = host_->UnregisterCoalescedZone(zone);
  const int fake = fake_->UnregisterCoalescedZone(zone);
  return host == fake ? host : Differ(TextOf("KVM_UNREGISTER_COALESCED_MMIO", zone), host, fake);
}

void ComparedKvmVm::Run(std::span<GuestAccess> accesses, const GuestExitHandler& exit) {
  host_->Run(accesses, exit);
  for (const GuestAccess& access : accesses) {
    if (access.outcome == GuestAccess::Outcome::kDone) fake_->NoteWrite(access);
  }
}

std::uint64_t ComparedKvmVm::TakeSignals(std::uint32_t notifier) {
  return host_->TakeSignals(notifier);
}

int ComparedKvmVm::Differ(const std::string& request, int host_error, int fake_error) {
  Note(request + ": host " + TextOfError(host_error) + ", fake " + TextOfError(fake_error));
  return host_error;
}

void ComparedKvmVm::Note(std::string difference) {
  if (differences_.size() < kDifferencesMax) differences_.push_back(std::move(difference));
}

}  // namespace flatcheck::engine
