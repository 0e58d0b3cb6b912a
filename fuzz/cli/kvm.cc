#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "engine/kvm/linux_kvm_vm.h"
#include "fuzz/cli/commands.h"
#include "fuzz/cli/streams.h"
#include "fuzz/program_text.h"
#include "fuzz/report.h"
#include "fuzz/virtual_machines.h"

namespace flatcheck::cli {
namespace {

// RAM in two places, one of them read-only; ROM, a ROM device in both modes; a device with
// ioeventfds and a coalesced window; a hole; and changes of all that.
constexpr std::string_view kSelfTest = R"(region sys container 0x100000
region ram ram 0x8000
region rom rom 0x2000
region flash romd 0x2000
region uart io 0x1000
region low alias 0x4000 ram 0x0
region high alias 0x2800 ram 0x4000
add sys 0x0 low
add sys 0x6800 high
add sys 0x10000 rom
add sys 0x12000 flash
add sys 0x20000 uart
as memory sys
eventfd add uart 0x10 4 1 0x1234 1
eventfd add uart 0x20 0 0 0 2
coalesce uart 0x100 0x100
log ram 1
logsync
addr high 0x30000
romdmode flash 0
readonly ram 1
romdmode flash 1
readonly ram 0
enable low 0
enable low 1
del sys rom
)";

std::string YesOrNo(bool yes) { return yes ? "yes" : "no"; }

std::string Describe(const engine::KvmCapabilities& offers) {
  return fmt::format(
      "KVM API                     {}\n"
      "memory slots                {}\n"
      "KVM address spaces          {}\n"
      "read-only slots             {}\n"
      "manual dirty log protection {}\n"
      "coalesced MMIO, port I/O    {}, {}\n"
      "dirty ring                  {}\n"
      "slots up to address         {:#x}\n",
      engine::kKvmApiVersion, offers.slots_max, offers.address_spaces,
      YesOrNo(offers.readonly_memory), YesOrNo(offers.manual_dirty_log_protect),
      YesOrNo(offers.coalesced_mmio), YesOrNo(offers.coalesced_pio),
      offers.dirty_ring_bytes == 0 ? "no" : fmt::format("up to {} bytes", offers.dirty_ring_bytes),
      offers.address_end - 1);
}

int Skip(const std::string& reason) {
  return WriteOut(fmt::format("KVM: SKIP ({})\n", reason)) ? kDisagrees : kUnusable;
}

int SelfTest() {
  using Clock = std::chrono::steady_clock;
  const ProgramText text = std::get<ProgramText>(Parse(kSelfTest));
  const auto machines = std::make_shared<VirtualMachines>(VirtualMachines::Kernel::kReal);
  Differential differential = UnderKvm(Oracles::kKvm, machines);
  const Clock::time_point start = Clock::now();
  if (const auto wrong = differential.Check(text.program)) {
    const TracePair traces{differential.expect(), differential.actual()};
    static_cast<void>(
        WriteOut("self-test: DISAGREES\n" + Report(text, traces, *wrong, Colour::kNone)));
    return kDisagrees;
  }
  if (!machines->why_fake().empty()) return Skip(machines->why_fake());
  const auto microseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
  const GuestTally& tally = differential.guest_agrees().tally();
  const std::string line = fmt::format(
      "self-test                   {} accesses by a guest after {} commits agree ({} us)\n",
      tally.accesses, tally.commits, microseconds);
  return WriteOut(line) ? kOk : kUnusable;
}

int DescribeKvm() {
  const auto opened = engine::LinuxKvmVm::Open({.manual_dirty_log_protect = true});
  if (opened.vm == nullptr) return Skip(opened.reason);
  return WriteOut(Describe(opened.vm->capabilities())) ? SelfTest() : kUnusable;
}

}  // namespace

void AddKvm(CLI::App& app, int& status) {
  CLI::App* const command = app.add_subcommand(
      "kvm",
      "Prints what this host's KVM offers, then runs a guest that looks at each change of a map.\n"
      "Exit status: 0 all agrees, 1 something differs or there is no KVM, 2 cannot write.");
  command->callback([&status] { status = DescribeKvm(); });
}

}  // namespace flatcheck::cli
