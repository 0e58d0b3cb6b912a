#include <fmt/format.h>

#include "fuzz/kvm_call.h"

namespace flatcheck {
namespace {

using engine::KvmBus;

const char* BusWord(KvmBus bus) { return bus == KvmBus::kMmio ? "mmio" : "port"; }

struct CallPrinter {
  std::string operator()(const KvmSetSlot& call) const {
    const engine::KvmMemorySlot& slot = call.slot;
    return fmt::format("set slot={:#x} flags={:#x} guest={:#x} size={:#x} host={}{:#x}", slot.slot,
                       slot.flags, slot.guest_address, slot.size, call.in_arena ? "arena+" : "",
                       slot.host_address);
  }
  std::string operator()(const KvmGetLog& call) const {
    return fmt::format("get_log slot={:#x}", call.slot);
  }
  std::string operator()(const KvmClearLog& call) const {
    return fmt::format("clear_log slot={:#x} first={:#x} count={:#x} pages={:#x}", call.slot,
                       call.first_page, call.page_count, call.pages);
  }
  std::string operator()(const KvmAssign& call) const { return "assign " + Print(call.entry); }
  std::string operator()(const KvmDeassign& call) const { return "deassign " + Print(call.entry); }
  std::string operator()(const KvmRegister& call) const { return "register " + Print(call.zone); }
  std::string operator()(const KvmUnregister& call) const {
    return "unregister " + Print(call.zone);
  }
  std::string operator()(const KvmRun& call) const {
    std::string text = "run";
    for (const engine::GuestAccess& access : call.accesses) text += " " + PrintGuestAccess(access);
    return text;
  }

  static std::string Print(const engine::KvmIoEventfd& entry) {
    const std::string data = entry.match_data ? fmt::format(" data={:#x}", entry.data) : "";
    return fmt::format("{} at={:#x} size={}{} notifier={}", BusWord(entry.bus), entry.address,
                       entry.size, data, entry.notifier);
  }
  static std::string Print(const engine::KvmCoalescedZone& zone) {
    return fmt::format("{} at={:#x} size={:#x}", BusWord(zone.bus), zone.address, zone.size);
  }
};

}  // namespace

std::string PrintKvmCall(const KvmCall& call) { return std::visit(CallPrinter(), call); }

std::string PrintGuestAccess(const engine::GuestAccess& access) {
  static constexpr const char* kOutcomes[] = {"done", "unreachable", "failed"};
  return fmt::format("[{} {} {:#x}.{} {:#x}{} {}]", BusWord(access.bus),
                     access.is_write ? "write" : "read", access.address, access.size, access.value,
                     access.address_space == 0 ? "" : " smm",
                     kOutcomes[static_cast<std::size_t>(access.outcome)]);
}

}  // namespace flatcheck
