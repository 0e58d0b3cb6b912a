#include "engine/kvm/linux_kvm_vm.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace flatcheck::engine {
namespace {

// Calls again what a signal interrupted. Answers -1 and errno, or what the kernel does.
template <class Argument>
int Ioctl(int fd, unsigned long request, Argument argument) {
  int answer;
  do answer = ioctl(fd, request, argument);
  while (answer < 0 && errno == EINTR);
  return answer;
}

template <class Argument>
int ErrnoOf(int fd, unsigned long request, Argument* argument) {
  return Ioctl(fd, request, argument) < 0 ? errno : 0;
}

std::string ReasonOf(const char* what) { return std::string(what) + ": " + std::strerror(errno); }

kvm_coalesced_mmio_zone ForKernel(const KvmCoalescedZone& zone) {
  kvm_coalesced_mmio_zone result = {};
  result.addr = zone.address;
  result.size = zone.size;
  result.pio = zone.bus == KvmBus::kPortIo ? 1 : 0;
  return result;
}

}  // namespace

LinuxKvmVm::Opened LinuxKvmVm::Open(const LinuxKvmVmOptions& options) {
  Opened opened;
  opened.vm.reset(new LinuxKvmVm);
  opened.reason = opened.vm->Start(options);
  if (!opened.reason.empty()) opened.vm.reset();
  return opened;
}

LinuxKvmVm::~LinuxKvmVm() {
  guest_.reset();
  for (const auto& [notifier, eventfd] : eventfds_) close(eventfd);
  if (vm_ >= 0) close(vm_);
  if (kvm_ >= 0) close(kvm_);
}

std::string LinuxKvmVm::Start(const LinuxKvmVmOptions& options) {
  kvm_ = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm_ < 0) return ReasonOf("/dev/kvm");
  const int version = Ioctl(kvm_, KVM_GET_API_VERSION, 0);
  if (version != kKvmApiVersion) {
    return "KVM_GET_API_VERSION: " + std::to_string(version) + ", expected " +
           std::to_string(kKvmApiVersion);
  }
  vm_ = Ioctl(kvm_, KVM_CREATE_VM, 0);
  if (vm_ < 0) return ReasonOf("KVM_CREATE_VM");
  ReadCapabilities();
  if (options.manual_dirty_log_protect) {
    kvm_enable_cap protect = {};
    protect.cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2;
    protect.args[0] = KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE;
    capabilities_.manual_dirty_log_protect = ErrnoOf(vm_, KVM_ENABLE_CAP, &protect) == 0;
  }
  return StartGuest();
}

// It takes the highest slot numbers and guest addresses.
std::string LinuxKvmVm::StartGuest() {
  if (capabilities_.slots_max <= GuestProbe::kSlots) return "KVM_CAP_NR_MEMSLOTS: too few";
  capabilities_.slots_max -= GuestProbe::kSlots;
  std::error_code error;
  guest_ = GuestProbe::Create(kvm_, vm_, capabilities_.slots_max, error);
  if (guest_ == nullptr) return "the guest's vCPU: " + error.message();
  capabilities_.address_end = guest_->first_own_address();
  return "";
}

void LinuxKvmVm::ReadCapabilities() {
  capabilities_.page_size = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  capabilities_.slots_max = Extension(KVM_CAP_NR_MEMSLOTS);
  capabilities_.address_spaces = 1;  // The guest never enters system management mode.
  capabilities_.readonly_memory = Extension(KVM_CAP_READONLY_MEM) != 0;
  capabilities_.coalesced_mmio = Extension(KVM_CAP_COALESCED_MMIO) != 0;
  capabilities_.dirty_ring_bytes = Extension(KVM_CAP_DIRTY_LOG_RING);
  capabilities_.coalesced_pio = Extension(KVM_CAP_COALESCED_PIO) != 0;
}

// 0 if the kernel does not have it.
std::uint32_t LinuxKvmVm::Extension(int capability) const {
  return static_cast<std::uint32_t>(std::max(0, Ioctl(vm_, KVM_CHECK_EXTENSION, capability)));
}

int LinuxKvmVm::SetMemorySlot(const KvmMemorySlot& slot) {
  const std::uint64_t end = capabilities_.address_end;
  const bool fits = slot.guest_address <= end && slot.size <= end - slot.guest_address;
  if (!IsOffered(slot.slot) || (slot.size != 0 && !fits)) return EINVAL;
  kvm_userspace_memory_region region = {};
  region.slot = slot.slot;
  region.flags = slot.flags;
  region.guest_phys_addr = slot.guest_address;
  region.memory_size = slot.size;
  region.userspace_addr = slot.host_address;
  return ErrnoOf(vm_, KVM_SET_USER_MEMORY_REGION, &region);
}

bool LinuxKvmVm::IsOffered(std::uint32_t slot) const { return slot < capabilities_.slots_max; }

int LinuxKvmVm::GetDirtyLog(std::uint32_t slot, std::span<std::uint64_t> pages) {
  if (!IsOffered(slot)) return EINVAL;
  kvm_dirty_log log = {};
  log.slot = slot;
  log.dirty_bitmap = pages.data();
  return ErrnoOf(vm_, KVM_GET_DIRTY_LOG, &log);
}

int LinuxKvmVm::ClearDirtyLog(std::uint32_t slot, std::uint64_t first_page,
                              std::uint32_t page_count, std::span<const std::uint64_t> pages) {
  if (!IsOffered(slot)) return EINVAL;
  kvm_clear_dirty_log log = {};
  log.slot = slot;
  log.num_pages = page_count;
  log.first_page = first_page;
  log.dirty_bitmap = const_cast<std::uint64_t*>(pages.data());  // The kernel only reads it.
  return ErrnoOf(vm_, KVM_CLEAR_DIRTY_LOG, &log);
}

int LinuxKvmVm::AssignIoEventfd(const KvmIoEventfd& entry) { return IoEventfd(entry, 0); }

int LinuxKvmVm::DeassignIoEventfd(const KvmIoEventfd& entry) {
  return IoEventfd(entry, KVM_IOEVENTFD_FLAG_DEASSIGN);
}

int LinuxKvmVm::IoEventfd(const KvmIoEventfd& entry, std::uint32_t flags) {
  kvm_ioeventfd request = {};
  request.fd = EventfdOf(entry.notifier);
  if (request.fd < 0) return errno;
  if (entry.bus == KvmBus::kPortIo) flags |= KVM_IOEVENTFD_FLAG_PIO;
  if (entry.match_data) flags |= KVM_IOEVENTFD_FLAG_DATAMATCH;
  request.datamatch = entry.data;
  request.addr = entry.address;
  request.len = entry.size;
  request.flags = flags;
  return ErrnoOf(vm_, KVM_IOEVENTFD, &request);
}

int LinuxKvmVm::EventfdOf(std::uint32_t notifier) {
  const auto present = eventfds_.find(notifier);
  if (present != eventfds_.end()) return present->second;
  const int created = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (created >= 0) eventfds_.emplace(notifier, created);
  return created;
}

int LinuxKvmVm::RegisterCoalescedZone(const KvmCoalescedZone& zone) {
  kvm_coalesced_mmio_zone request = ForKernel(zone);
  return ErrnoOf(vm_, KVM_REGISTER_COALESCED_MMIO, &request);
}

int LinuxKvmVm::UnregisterCoalescedZone(const KvmCoalescedZone& zone) {
  kvm_coalesced_mmio_zone request = ForKernel(zone);
  return ErrnoOf(vm_, KVM_UNREGISTER_COALESCED_MMIO, &request);
}

void LinuxKvmVm::Run(std::span<GuestAccess> accesses, const GuestExitHandler& exit) {
  guest_->Run(accesses, exit);
}

std::uint64_t LinuxKvmVm::TakeSignals(std::uint32_t notifier) {
  const auto present = eventfds_.find(notifier);
  std::uint64_t count = 0;
  const bool has_some =
      present != eventfds_.end() && read(present->second, &count, sizeof(count)) == sizeof(count);
  return has_some ? count : 0;
}

}  // namespace flatcheck::engine
