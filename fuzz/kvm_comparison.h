// A KvmComparison puts the same calls to a fake kernel and to this host's, and compares every
// answer: errors, dirty logs, what the guest reads, its exits, signals, and the memory it leaves.
//
// The host's VM lives on from calls to calls and is empty in between, as making one takes longer
// than most inputs; after a disagreement it is of no more use. Where the host has no KVM, the
// fake's own invariants are all that is checked.

#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "engine/kvm/fake_kvm_vm.h"
#include "engine/kvm/linux_kvm_vm.h"
#include "fuzz/kvm_call.h"

namespace flatcheck {

class KvmComparison {
 public:
  KvmComparison();

  // Why the host's kernel takes no part, in one line; empty if it does.
  const std::string& reason() const { return reason_; }
  // Calls whose answers were compared.
  std::uint64_t compared() const { return compared_; }
  const engine::KvmCapabilities& capabilities() const { return capabilities_; }

  // A report on the first disagreement, of several lines; empty if there is none.
  std::string Compare(const KvmCalls& calls);

 private:
  // Memory that both guests see at different host addresses.
  struct Arena {
    std::unique_ptr<std::uint8_t, decltype(&std::free)> bytes = {nullptr, &std::free};
    std::uint64_t address() const { return reinterpret_cast<std::uint64_t>(bytes.get()); }
  };
  static Arena MakeArena();

  // Null if it cannot be opened.
  engine::LinuxKvmVm* HostVm(bool manual_dirty_log_protect);
  std::string CompareCall(const KvmCall& call, engine::FakeKvmVm& fake, engine::KvmVm* host);
  // The accesses whose memory is the arena's, or no memory at all.
  KvmCall Harmless(const KvmCall& call, const engine::FakeKvmVm& fake) const;
  // Takes away what the calls left in both.
  std::string Empty(engine::FakeKvmVm& fake, engine::KvmVm& host, bool manual_dirty_log_protect);

  Arena fake_arena_ = MakeArena();
  Arena host_arena_ = MakeArena();
  std::array<std::unique_ptr<engine::LinuxKvmVm>, 2> hosts_;  // By manual_dirty_log_protect.
  engine::KvmCapabilities capabilities_;
  std::string reason_;
  std::uint64_t compared_ = 0;
};

}  // namespace flatcheck
