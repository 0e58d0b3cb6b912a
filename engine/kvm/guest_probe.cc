#include "engine/kvm/guest_probe.h"

#include <linux/kvm.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace flatcheck::engine {
namespace {

constexpr std::uint64_t kGiB = 1ull << 30;
// Of the tables of four levels that any kernel has for its guests.
constexpr unsigned kAddressBitsMax = 48;
constexpr std::uint64_t kKeptFree = 16 * kGiB;
constexpr std::uint64_t kPorts = 0x10000;

constexpr std::size_t kPreparedMax = 192;
constexpr std::size_t kExitsMax = 2;  // Of an access.
constexpr std::size_t kEndAt =
    GuestPages::kPageSize - GuestCodeEnd::kBytes;  // In the page of code.
static_assert(kPreparedMax * GuestCode::kAccessBytesMax <= kEndAt);
static_assert(kPreparedMax * sizeof(std::uint64_t) <= GuestPages::kPageSize);

std::uint64_t FirstOwnAddress(unsigned address_bits) {
  return (1ull << std::min(address_bits, kAddressBitsMax)) - kKeptFree;
}

bool IsWidth(unsigned size) { return size == 1 || size == 2 || size == 4 || size == 8; }

std::uint64_t LowBytes(std::uint64_t value, unsigned size) {
  return size >= sizeof value ? value : value & ((1ull << (8 * size)) - 1);
}

}  // namespace

struct GuestProbe::Batch {
  Batch(std::span<GuestAccess> its_accesses, const GuestExitHandler& its_exit)
      : accesses(its_accesses), exit(its_exit), origins(its_accesses) {}

  std::span<GuestAccess> accesses;
  const GuestExitHandler& exit;
  CoalescedOrigins origins;
};

std::unique_ptr<GuestProbe> GuestProbe::Create(int kvm_fd, int vm_fd, std::uint32_t slot,
                                               std::error_code& error) {
  std::unique_ptr<GuestVcpu> vcpu = GuestVcpu::Create(kvm_fd, vm_fd, error);
  if (vcpu == nullptr) return nullptr;
  std::unique_ptr<GuestProbe> probe(new GuestProbe(vm_fd, slot, std::move(vcpu)));
  int refused = probe->pages_.host() == nullptr ? ENOMEM : 0;
  if (refused == 0) refused = probe->SetSlot(GuestPages::kBytes);
  if (refused == 0) refused = probe->ResetVcpu();
  error.assign(refused, std::generic_category());
  if (refused != 0) probe.reset();
  return probe;
}

GuestProbe::GuestProbe(int vm_fd, std::uint32_t slot, std::unique_ptr<GuestVcpu> vcpu)
    : vm_fd_(vm_fd),
      slot_(slot),
      vcpu_(std::move(vcpu)),
      pages_(FirstOwnAddress(vcpu_->address_bits())),
      ring_(vcpu_->coalesced_ring()) {}

GuestProbe::~GuestProbe() {
  if (has_slot_) static_cast<void>(SetSlot(0));
}

void GuestProbe::Run(std::span<GuestAccess> accesses, const GuestExitHandler& exit) {
  Batch batch(accesses, exit);
  for (std::size_t next = 0; next < accesses.size();) {
    next = Prepare(accesses, next);
    RunPrepared(batch);
  }
  if (!accesses.empty()) Deliver(batch, accesses.size() - 1);
}

int GuestProbe::SetSlot(std::uint64_t size) {
  kvm_userspace_memory_region region = {
      .slot = slot_,
      .flags = 0,
      .guest_phys_addr = pages_.first(),
      .memory_size = size,
      // SAFETY: the kernel's name for the pages, which live as long as the slot.
      .userspace_addr = reinterpret_cast<std::uint64_t>(pages_.host())};
  if (ioctl(vm_fd_, KVM_SET_USER_MEMORY_REGION, &region) < 0) return errno;
  has_slot_ = size != 0;
  return 0;
}

int GuestProbe::ResetVcpu() {
  return vcpu_->Reset({.page_table = pages_.page_table(),
                       .instruction = GuestPages::kCodeAt + kEndAt + GuestCodeEnd::kJumpAt});
}

int GuestProbe::RenewWindow() {
  if (const int refused = SetSlot(0); refused != 0) return refused;
  pages_.EmptyWindow();
  return SetSlot(GuestPages::kBytes);
}

bool GuestProbe::IsReachable(const GuestAccess& access) const {
  if (!IsWidth(access.size)) return false;
  if (access.bus == KvmBus::kPortIo) return access.size < 8 && access.address < kPorts;
  const std::uint64_t end = first_own_address();
  return access.address_space == 0 && access.address < end && access.size <= end - access.address;
}

// Fills code_ and numbers_ with accesses from `begin` on. Returns the first one that has no room.
std::size_t GuestProbe::Prepare(std::span<GuestAccess> accesses, std::size_t begin) {
  code_.Clear();
  numbers_.clear();
  std::size_t next = begin;
  for (; next < accesses.size() && numbers_.size() < kPreparedMax; ++next) {
    GuestAccess& access = accesses[next];
    access.outcome =
        IsReachable(access) ? GuestAccess::Outcome::kDone : GuestAccess::Outcome::kUnreachable;
    if (access.outcome != GuestAccess::Outcome::kDone) continue;

    std::optional<std::uint64_t> target = 0;
    if (access.bus == KvmBus::kMmio) target = pages_.Reach(access.address);
    if (!target && !numbers_.empty()) return next;
    if (!target) {
      works_ = works_ && RenewWindow() == 0;
      target = pages_.Reach(access.address).value_or(0);
    }
    code_.Append(access, *target, GuestPages::result_at(numbers_.size()));
    numbers_.push_back(next);
  }
  return next;
}

// Does the accesses of code_; behind one that fails the guest goes on.
void GuestProbe::RunPrepared(Batch& batch) {
  for (std::size_t begin = 0; begin < numbers_.size();) {
    std::optional<Range> failed = Range{begin, numbers_.size()};
    if (works_) {
      WriteCodeFrom(begin);
      failed = RunToEnd(batch, begin);
    }
    if (!failed) break;
    for (std::size_t i = failed->begin; i < failed->end; ++i) {
      batch.accesses[numbers_[i]].outcome = GuestAccess::Outcome::kFailed;
    }
    works_ = works_ && ResetVcpu() == 0;
    begin = failed->end;
  }
  TakeResults(batch.accesses);
}

// Code ends where the page does, so that the guest always waits at the same jump.
void GuestProbe::WriteCodeFrom(std::size_t begin) {
  const std::span<const std::uint8_t> code = code_.bytes();
  const std::span<std::uint8_t, GuestPages::kPageSize> page = pages_.code();
  std::ranges::copy(code, page.subspan(kEndAt - code.size()).begin());
  const auto before_end = static_cast<std::int32_t>(code.size() - code_.begin_of(begin));
  GuestCodeEnd::Write(page.last<GuestCodeEnd::kBytes>(), -before_end);
}

// Returns the accesses of code_ that were not done, if any.
std::optional<GuestProbe::Range> GuestProbe::RunToEnd(Batch& batch, std::size_t begin) {
  std::size_t now = begin;
  for (std::size_t exits = 0; exits <= kExitsMax * numbers_.size(); ++exits) {
    const GuestVcpu::Stop stop = vcpu_->Run();
    if (stop == GuestVcpu::Stop::kHalt) return std::nullopt;
    const bool is_exit = stop == GuestVcpu::Stop::kExit;
    const std::optional<std::size_t> found = AccessNow(is_exit && vcpu_->last_exit().is_write);
    if (!found || *found < now) return Range{now, numbers_.size()};
    now = *found;
    if (!is_exit) break;
    Leave(batch, numbers_[now]);
  }
  return Range{now, now + 1};
}

// The guest's last exit, by the access of that number.
void GuestProbe::Leave(Batch& batch, std::size_t number) {
  Deliver(batch, number);
  const GuestExit exit = vcpu_->last_exit();
  const std::uint64_t answer = batch.exit(number, exit);
  if (!exit.is_write) vcpu_->Answer(answer);
  batch.origins.Pass(number);
}

// The access that the guest is at. Behind the exit of a write the next instruction may be up.
std::optional<std::size_t> GuestProbe::AccessNow(bool is_write) const {
  const std::optional<std::uint64_t> instruction = vcpu_->instruction();
  if (!instruction) return std::nullopt;
  const std::uint64_t code_at = GuestPages::kCodeAt + kEndAt - code_.bytes().size();
  return code_.AccessAt(*instruction - (is_write ? 1 : 0) - code_at);
}

void GuestProbe::TakeResults(std::span<GuestAccess> accesses) const {
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    GuestAccess& access = accesses[numbers_[i]];
    if (access.is_write || access.outcome != GuestAccess::Outcome::kDone) continue;
    access.value = LowBytes(pages_.ResultOf(i), access.size);
  }
}

// What was set aside by accesses up to number `latest`.
void GuestProbe::Deliver(Batch& batch, std::size_t latest) {
  while (const std::optional<GuestExit> entry = ring_.Take()) {
    batch.exit(batch.origins.Of(*entry, latest), *entry);
  }
}

}  // namespace flatcheck::engine
