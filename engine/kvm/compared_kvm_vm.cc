#include "engine/kvm/compared_kvm_vm.h"

#include <algorithm>
#include <utility>

namespace flatcheck::engine {

ComparedKvmVm::ComparedKvmVm(std::unique_ptr<KvmVm> vm, std::shared_ptr<FakeKvmVm> fake)
    : vm_(std::move(vm)), fake_(std::move(fake)) {}

int ComparedKvmVm::Compare(std::string_view request, int is, int should) {
  if (is != should) {
    differences_.push_back(std::string(request) + ": the kernel answers errno " +
                           std::to_string(is) + ", the fake one " + std::to_string(should));
  }
  return is;
}

int ComparedKvmVm::SetMemorySlot(const KvmMemorySlot& slot) {
  const int is = vm_->SetMemorySlot(slot);
  return Compare("KVM_SET_USER_MEMORY_REGION", is, fake_->SetMemorySlot(slot));
}

int ComparedKvmVm::GetDirtyLog(std::uint32_t slot, std::span<std::uint64_t> pages) {
  fake_pages_.assign(pages.begin(), pages.end());
  const int is = vm_->GetDirtyLog(slot, pages);
  const int should = fake_->GetDirtyLog(slot, fake_pages_);
  if (is == 0 && should == 0 && !std::ranges::equal(pages, fake_pages_)) {
    differences_.emplace_back("KVM_GET_DIRTY_LOG: the kernel finds other pages than the fake one");
  }
  return Compare("KVM_GET_DIRTY_LOG", is, should);
}

int ComparedKvmVm::ClearDirtyLog(std::uint32_t slot, std::uint64_t first_page,
                                 std::uint32_t page_count, std::span<const std::uint64_t> pages) {
  const int is = vm_->ClearDirtyLog(slot, first_page, page_count, pages);
  return Compare("KVM_CLEAR_DIRTY_LOG", is,
                 fake_->ClearDirtyLog(slot, first_page, page_count, pages));
}

int ComparedKvmVm::AssignIoEventfd(const KvmIoEventfd& entry) {
  const int is = vm_->AssignIoEventfd(entry);
  return Compare("KVM_IOEVENTFD", is, fake_->AssignIoEventfd(entry));
}

int ComparedKvmVm::DeassignIoEventfd(const KvmIoEventfd& entry) {
  const int is = vm_->DeassignIoEventfd(entry);
  return Compare("KVM_IOEVENTFD (deassign)", is, fake_->DeassignIoEventfd(entry));
}

int ComparedKvmVm::RegisterCoalescedZone(const KvmCoalescedZone& zone) {
  const int is = vm_->RegisterCoalescedZone(zone);
  return Compare("KVM_REGISTER_COALESCED_MMIO", is, fake_->RegisterCoalescedZone(zone));
}

int ComparedKvmVm::UnregisterCoalescedZone(const KvmCoalescedZone& zone) {
  const int is = vm_->UnregisterCoalescedZone(zone);
  return Compare("KVM_UNREGISTER_COALESCED_MMIO", is, fake_->UnregisterCoalescedZone(zone));
}

void ComparedKvmVm::Run(std::span<GuestAccess> accesses, const GuestExitHandler& exit) {
  vm_->Run(accesses, exit);
  for (const GuestAccess& access : accesses) {
    if (access.outcome == GuestAccess::Outcome::kDone) fake_->NoteWrite(access);
  }
}

}  // namespace flatcheck::engine
