#include "engine/kvm/guest_vcpu.h"

#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

namespace flatcheck::engine {
namespace {

// kvm_cpuid2 as it is in C: in C++ its entries stand behind an empty member that has a size, and so
// do the numbers of its ioctls.
constexpr std::uint32_t kCpuidEntriesMax = 256;
struct Cpuid {
  std::uint32_t count = kCpuidEntriesMax;
  std::uint32_t padding = 0;
  std::array<kvm_cpuid_entry2, kCpuidEntriesMax> entries = {};
};
constexpr std::size_t kCpuidHeader = offsetof(Cpuid, entries);
constexpr unsigned long kGetSupportedCpuid =
    _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0x05, kCpuidHeader);
constexpr unsigned long kSetCpuid2 = _IOC(_IOC_WRITE, KVMIO, 0x90, kCpuidHeader);

constexpr std::uint32_t kCpuidAddressSizes = 0x80000008;
constexpr unsigned kAddressBitsWithoutCpuid = 36;

constexpr std::uint64_t kCr0 = 0x80010033;  // Protected mode, paging, write protection.
constexpr std::uint64_t kCr4 = 0x20;        // Physical address extension.
constexpr std::uint64_t kEfer = 0x500;      // Long mode, enabled and active.
constexpr std::uint64_t kRflags = 2;        // Always set.
constexpr kvm_segment kCodeSegment = {.base = 0,
                                      .limit = UINT32_MAX,
                                      .selector = 8,
                                      .type = 11,
                                      .present = 1,
                                      .dpl = 0,
                                      .db = 0,
                                      .s = 1,
                                      .l = 1,
                                      .g = 1,
                                      .avl = 0,
                                      .unusable = 0,
                                      .padding = 0};

constexpr int kUnfinishedMax = 4;

int ErrnoOf(int result) { return result < 0 ? errno : 0; }

kvm_segment DataSegment() {
  kvm_segment segment = kCodeSegment;
  segment.selector = 16;
  segment.type = 3;
  segment.l = 0;
  segment.db = 1;
  return segment;
}

unsigned AddressBits(const Cpuid& cpuid) {
  for (std::uint32_t i = 0; i < cpuid.count; ++i) {
    const kvm_cpuid_entry2& entry = cpuid.entries[i];
    if (entry.function != kCpuidAddressSizes) continue;
    const unsigned of_guest = (entry.eax >> 16) & 0xff;
    return of_guest != 0 ? of_guest : entry.eax & 0xff;
  }
  return kAddressBitsWithoutCpuid;
}

std::uint64_t NumberOf(const std::uint8_t* bytes, std::size_t count) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes, std::min(count, sizeof number));
  return number;
}

}  // namespace

std::unique_ptr<GuestVcpu> GuestVcpu::Create(int kvm_fd, int vm_fd, std::error_code& error) {
  std::unique_ptr<GuestVcpu> vcpu(new GuestVcpu);
  int refused = vcpu->Open(kvm_fd, vm_fd);
  if (refused == 0) refused = vcpu->SetCpuid(kvm_fd);
  error.assign(refused, std::generic_category());
  if (refused != 0) vcpu.reset();
  return vcpu;
}

GuestVcpu::~GuestVcpu() {
  if (run_ != nullptr) munmap(run_, run_bytes_);
  if (fd_ >= 0) close(fd_);
}

std::optional<std::uint64_t> GuestVcpu::instruction() const {
  kvm_regs registers;
  if (ioctl(fd_, KVM_GET_REGS, &registers) < 0) return std::nullopt;
  return registers.rip;
}

int GuestVcpu::Reset(const Start& start) {
  FinishExit();
  if (const int refused = SetSpecialRegisters(start.page_table); refused != 0) return refused;
  kvm_vcpu_events no_events = {};
  if (ioctl(fd_, KVM_SET_VCPU_EVENTS, &no_events) < 0) return errno;
  kvm_mp_state runnable = {.mp_state = KVM_MP_STATE_RUNNABLE};
  if (ioctl(fd_, KVM_SET_MP_STATE, &runnable) < 0) return errno;
  kvm_regs registers = {};
  registers.rip = start.instruction;
  registers.rflags = kRflags;
  return ErrnoOf(ioctl(fd_, KVM_SET_REGS, &registers));
}

GuestVcpu::Stop GuestVcpu::Run() {
  // A signal that came meanwhile was handled.
  while (ioctl(fd_, KVM_RUN, 0) < 0) {
    if (errno != EINTR) return Stop::kFailure;
  }
  switch (run_->exit_reason) {
    case KVM_EXIT_MMIO:
    case KVM_EXIT_IO:
      return Stop::kExit;
    case KVM_EXIT_HLT:
      return Stop::kHalt;
    default:
      return Stop::kFailure;
  }
}

GuestExit GuestVcpu::last_exit() const {
  assert(run_->exit_reason == KVM_EXIT_MMIO || run_->exit_reason == KVM_EXIT_IO);
  const bool is_port = run_->exit_reason == KVM_EXIT_IO;
  GuestExit exit;
  exit.bus = is_port ? KvmBus::kPortIo : KvmBus::kMmio;
  exit.address = is_port ? run_->io.port : run_->mmio.phys_addr;
  exit.size = is_port ? run_->io.size : static_cast<std::uint8_t>(run_->mmio.len);
  exit.is_write = is_port ? run_->io.direction == KVM_EXIT_IO_OUT : run_->mmio.is_write != 0;
  if (exit.is_write) exit.value = NumberOf(LastData(), exit.size);
  return exit;
}

void GuestVcpu::Answer(std::uint64_t value) {
  std::memcpy(LastData(), &value, std::min<std::size_t>(last_exit().size, sizeof value));
}

int GuestVcpu::Open(int kvm_fd, int vm_fd) {
  fd_ = ioctl(vm_fd, KVM_CREATE_VCPU, 0);
  if (fd_ < 0) return errno;
  kvm_lapic_state in_kernel;
  if (ioctl(fd_, KVM_GET_LAPIC, &in_kernel) == 0) return EINVAL;
  const int bytes = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
  if (bytes < 0) return errno;
  run_bytes_ = static_cast<std::size_t>(bytes);
  void* const mapped = mmap(nullptr, run_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (mapped == MAP_FAILED) return errno;
  run_ = static_cast<kvm_run*>(mapped);

  const int ring_page = ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_MMIO);
  if (ring_page <= 0) return 0;
  const auto page_size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  ring_ = static_cast<std::uint8_t*>(mapped) + static_cast<std::size_t>(ring_page) * page_size;
  return 0;
}

int GuestVcpu::SetCpuid(int kvm_fd) {
  const auto cpuid = std::make_unique<Cpuid>();
  if (ioctl(kvm_fd, kGetSupportedCpuid, cpuid.get()) < 0) return errno;
  address_bits_ = AddressBits(*cpuid);
  return ErrnoOf(ioctl(fd_, kSetCpuid2, cpuid.get()));
}

int GuestVcpu::SetSpecialRegisters(std::uint64_t page_table) {
  kvm_sregs registers;
  if (ioctl(fd_, KVM_GET_SREGS, &registers) < 0) return errno;
  registers.cr0 = kCr0;
  registers.cr3 = page_table;
  registers.cr4 = kCr4;
  registers.efer = kEfer;
  registers.cs = kCodeSegment;
  const kvm_segment data = DataSegment();
  for (kvm_segment* const segment :
       {&registers.ds, &registers.es, &registers.fs, &registers.gs, &registers.ss}) {
    *segment = data;
  }
  registers.idt.limit = 0;
  return ErrnoOf(ioctl(fd_, KVM_SET_SREGS, &registers));
}

// Of the last exit.
std::uint8_t* GuestVcpu::LastData() const {
  if (run_->exit_reason == KVM_EXIT_MMIO) return run_->mmio.data;
  // SAFETY: the offset lies in the mapping of run_.
  return reinterpret_cast<std::uint8_t*>(run_) + run_->io.data_offset;
}

// The kernel ends an access that has left the guest when the vCPU runs next, and would do so over
// whatever was set in between.
void GuestVcpu::FinishExit() {
  run_->immediate_exit = 1;
  for (int parts = 0; parts < kUnfinishedMax && ioctl(fd_, KVM_RUN, 0) == 0; ++parts) continue;
  run_->immediate_exit = 0;
}

}  // namespace flatcheck::engine
