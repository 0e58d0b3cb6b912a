#include "fuzz/kvm_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <vector>

#include "fuzz/hypervisor.h"

namespace flatcheck {
namespace {

using engine::FakeKvmVm;
using engine::GuestAccess;
using engine::GuestExit;
using engine::KvmVm;
using engine::LinuxKvmVm;

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kArenaBytes = kArenaPages * kPage;
constexpr std::size_t kLogWords = (kSlotPagesMax + 63) / 64 + 2;  // And some that stay as they are.

struct KvmAnswer {
  int error = 0;
  std::vector<std::uint64_t> log;
  std::vector<GuestAccess> accesses;
  std::vector<ExitSeen> exits;
  std::array<std::uint64_t, kCallNotifiers> signals = {};
  bool operator==(const KvmAnswer&) const = default;
};

// What a device answers: it tells where it was asked.
std::uint64_t AnswerOf(const GuestExit& read) {
  return read.is_write ? 0 : (read.address * 0x9e3779b97f4a7c15) ^ read.size;
}

// Puts a call to one of the two.
struct Asker {
  KvmVm& vm;
  std::uint64_t arena;

  KvmAnswer operator()(const KvmSetSlot& call) const {
    engine::KvmMemorySlot slot = call.slot;
    if (call.in_arena) slot.host_address += arena;
    return KvmAnswer{vm.SetMemorySlot(slot), {}, {}, {}, {}};
  }
  KvmAnswer operator()(const KvmGetLog& call) const {
    KvmAnswer answer;
    answer.log.assign(kLogWords, 0x5a5a5a5a5a5a5a5a);
    answer.error = vm.GetDirtyLog(call.slot, answer.log);
    return answer;
  }
  KvmAnswer operator()(const KvmClearLog& call) const {
    const std::vector<std::uint64_t> pages(kLogWords, call.pages);
    return Only(vm.ClearDirtyLog(call.slot, call.first_page, call.page_count, pages));
  }
  KvmAnswer operator()(const KvmAssign& call) const { return Only(vm.AssignIoEventfd(call.entry)); }
  KvmAnswer operator()(const KvmDeassign& call) const {
    return Only(vm.DeassignIoEventfd(call.entry));
  }
  KvmAnswer operator()(const KvmRegister& call) const {
    return Only(vm.RegisterCoalescedZone(call.zone));
  }
  KvmAnswer operator()(const KvmUnregister& call) const {
    return Only(vm.UnregisterCoalescedZone(call.zone));
  }
  KvmAnswer operator()(const KvmRun& call) const {
    KvmAnswer answer;
    answer.accesses = call.accesses;
    vm.Run(answer.accesses, [&](std::size_t access, const GuestExit& exit) {
      answer.exits.push_back({access, exit});
      return AnswerOf(exit);
    });
    for (std::uint32_t i = 0; i < kCallNotifiers; ++i) answer.signals[i] = vm.TakeSignals(i);
    return answer;
  }

  static KvmAnswer Only(int error) { return KvmAnswer{error, {}, {}, {}, {}}; }
};

std::string PrintExit(const ExitSeen& seen) {
  const GuestExit& exit = seen.exit;
  return fmt::format(" #{}:{}{}{}:{:#x}.{}={:#x}", seen.access,
                     exit.bus == engine::KvmBus::kPortIo ? "port-" : "",
                     exit.is_coalesced ? "coalesced-" : "", exit.is_write ? "write" : "read",
                     exit.address, exit.size, exit.value);
}

std::string PrintAnswer(const KvmAnswer& answer) {
  std::string text = fmt::format("error={}", answer.error);
  for (const std::uint64_t word : answer.log) text += fmt::format(" {:016x}", word);
  for (const GuestAccess& access : answer.accesses) text += " " + PrintGuestAccess(access);
  for (const ExitSeen& exit : answer.exits) text += PrintExit(exit);
  for (const std::uint64_t count : answer.signals) text += fmt::format(" s{}", count);
  return text;
}

// What is wrong with the fake itself.
std::string BrokenInvariant(const FakeKvmVm& fake) {
  std::optional<FakeKvmVm::Place> end;  // Of the slot before.
  for (const auto& [place, slot] : fake.slots()) {
    const engine::KvmMemorySlot& now = slot.slot;
    if (end && place < *end) return "slots overlap";
    end = {place.address_space, place.guest_address + now.size};
    if (now.guest_address != place.guest_address || now.size == 0) return "a slot is misplaced";
    if ((now.guest_address | now.size) % kPage != 0) return "a slot has no whole pages";
    const std::uint64_t pages = now.size / kPage;
    const bool has_log = (now.flags & engine::kKvmLogDirtyPages) != 0;
    if (slot.dirty_pages.empty()) continue;
    if (!has_log || *slot.dirty_pages.rbegin() >= pages) return "a page is dirty that no log has";
  }
  return "";
}

std::string PrintCalls(std::span<const KvmCall> calls) {
  std::string text;
  for (const KvmCall& call : calls) text += "  " + PrintKvmCall(call) + "\n";
  return text;
}

// The last call shows the difference.
std::string ReportAtLast(std::span<const KvmCall> calls, const std::string& difference) {
  const std::string last = PrintKvmCall(calls.back());
  return fmt::format("kernels_agree {} at line {}:\n{}{}\n", last.substr(0, last.find(' ')),
                     calls.size(), PrintCalls(calls), difference);
}

std::string ReportAtEnd(std::span<const KvmCall> calls, const std::string& difference) {
  return fmt::format("kernels_agree {} at the end:\n{}", difference, PrintCalls(calls));
}

}  // namespace

KvmComparison::KvmComparison() {
  const auto opened = LinuxKvmVm::Open();
  reason_ = opened.reason;
  if (opened.vm != nullptr) capabilities_ = opened.vm->capabilities();
}

KvmComparison::Arena KvmComparison::MakeArena() {
  Arena arena;
  arena.bytes.reset(static_cast<std::uint8_t*>(std::aligned_alloc(kPage, kArenaBytes)));
  if (arena.bytes == nullptr) std::abort();
  return arena;
}

LinuxKvmVm* KvmComparison::HostVm(bool manual_dirty_log_protect) {
  if (!reason_.empty()) return nullptr;
  std::unique_ptr<LinuxKvmVm>& host = hosts_[manual_dirty_log_protect ? 1 : 0];
  if (host == nullptr) {
    auto opened = LinuxKvmVm::Open({manual_dirty_log_protect});
    host = std::move(opened.vm);
    reason_ = opened.reason;
  }
  return host.get();
}

std::string KvmComparison::Compare(const KvmCalls& calls) {
  std::memset(fake_arena_.bytes.get(), 0, kArenaBytes);
  std::memset(host_arena_.bytes.get(), 0, kArenaBytes);
  LinuxKvmVm* host = HostVm(calls.manual_dirty_log_protect);
  engine::KvmCapabilities capabilities = capabilities_;
  capabilities.manual_dirty_log_protect = calls.manual_dirty_log_protect;
  FakeKvmVm fake(host != nullptr ? host->capabilities() : capabilities);
  const std::span all(calls.calls);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string difference = CompareCall(all[i], fake, host);
    if (!difference.empty()) return ReportAtLast(all.first(i + 1), difference);
  }
  if (host == nullptr) return "";
  if (std::memcmp(fake_arena_.bytes.get(), host_arena_.bytes.get(), kArenaBytes) != 0) {
    return ReportAtEnd(all, "memory");
  }
  const std::string left = Empty(fake, *host, calls.manual_dirty_log_protect);
  return left.empty() ? "" : ReportAtEnd(all, left);
}

std::string KvmComparison::CompareCall(const KvmCall& call, FakeKvmVm& fake, KvmVm* host) {
  const KvmCall harmless = Harmless(call, fake);
  const KvmAnswer actual = std::visit(Asker{fake, fake_arena_.address()}, harmless);
  std::string broken = BrokenInvariant(fake);
  if (!broken.empty() || host == nullptr) return broken;
  const KvmAnswer expect = std::visit(Asker{*host, host_arena_.address()}, harmless);
  ++compared_;
  if (actual == expect) return "";
  return "kernel " + PrintAnswer(expect) + "\nfake   " + PrintAnswer(actual);
}

KvmCall KvmComparison::Harmless(const KvmCall& call, const FakeKvmVm& fake) const {
  const auto* run = std::get_if<KvmRun>(&call);
  if (run == nullptr) return call;
  KvmRun harmless = *run;
  std::erase_if(harmless.accesses, [&](const GuestAccess& access) {
    return std::ranges::any_of(std::array{0u, access.size - 1u}, [&](std::uint64_t byte) {
      const FakeKvmVm::Slot* slot = fake.FindSlot(access.address_space, access.address + byte);
      return slot != nullptr && slot->slot.host_address - fake_arena_.address() >= kArenaBytes;
    });
  });
  return harmless;
}

std::string KvmComparison::Empty(FakeKvmVm& fake, KvmVm& host, bool manual_dirty_log_protect) {
  std::vector<engine::KvmMemorySlot> slots;
  for (const auto& [place, slot] : fake.slots()) slots.push_back(slot.slot);
  for (engine::KvmMemorySlot slot : slots) {
    slot.size = 0;
    if (fake.SetMemorySlot(slot) != host.SetMemorySlot(slot)) return "a slot is left";
  }
  for (const engine::KvmIoEventfd& entry : fake.ioeventfds()) {
    if (fake.DeassignIoEventfd(entry) != host.DeassignIoEventfd(entry)) return "an eventfd is left";
  }
  for (engine::KvmCoalescedZone zone : fake.coalesced_zones()) {
    zone.size = 0;
    if (fake.UnregisterCoalescedZone(zone) != host.UnregisterCoalescedZone(zone)) {
      return "a zone is left";
    }
  }
  // The kernel does not remove a zone that wraps.
  if (!fake.coalesced_zones().empty()) hosts_[manual_dirty_log_protect ? 1 : 0].reset();
  return "";
}

}  // namespace flatcheck
