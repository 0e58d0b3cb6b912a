// What a guest's look at its memory costs: an access to a slot and one that leaves, in batches, and
// the change of a slot with the first access after it. Skipped without /dev/kvm.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <system_error>

#include "engine/kvm/guest_probe.h"

namespace flatcheck::engine {
namespace {

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kSlotAt = 16 * kPage;
constexpr std::uint64_t kSlotBytes = 16 * kPage;
constexpr std::uint32_t kSlot = 0;
constexpr std::uint32_t kProbeSlot = 1;
constexpr std::int64_t kBatch = 128;

// A virtual machine with one slot and a probe.
class Machine {
 public:
  Machine() {
    kvm_ = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm_ < 0) return;
    vm_ = ioctl(kvm_, KVM_CREATE_VM, 0);
    host_ = mmap(nullptr, kSlotBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (vm_ < 0 || host_ == MAP_FAILED) return;
    std::error_code error;
    probe_ = GuestProbe::Create(kvm_, vm_, kProbeSlot, error);
  }

  ~Machine() {
    probe_.reset();
    if (vm_ >= 0) close(vm_);
    if (kvm_ >= 0) close(kvm_);
    if (host_ != MAP_FAILED) munmap(host_, kSlotBytes);
  }

  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  bool is_there() const { return probe_ != nullptr; }

  void SetSlot(std::uint64_t bytes) {
    kvm_userspace_memory_region region = {.slot = kSlot,
                                          .flags = 0,
                                          .guest_phys_addr = kSlotAt,
                                          .memory_size = bytes,
                                          .userspace_addr = reinterpret_cast<std::uint64_t>(host_)};
    if (ioctl(vm_, KVM_SET_USER_MEMORY_REGION, &region) < 0) std::abort();
  }

  void Run(std::span<GuestAccess> accesses) {
    probe_->Run(accesses, [](std::size_t, const GuestExit&) { return 0; });
    for (const GuestAccess& access : accesses) {
      if (access.outcome != GuestAccess::Outcome::kDone) std::abort();
    }
  }

 private:
  int kvm_ = -1;
  int vm_ = -1;
  void* host_ = MAP_FAILED;
  std::unique_ptr<GuestProbe> probe_;
};

// Batches of reads and writes from `begin` on, over as many pages as the slot has.
void Probe(benchmark::State& state, std::uint64_t begin) {
  Machine machine;
  if (!machine.is_there()) return state.SkipWithError("no guest of KVM");
  machine.SetSlot(kSlotBytes);
  std::array<GuestAccess, kBatch> accesses;
  for (std::size_t i = 0; i < accesses.size(); ++i) {
    accesses[i] = {.address = begin + i * 520 % kSlotBytes, .size = 8, .is_write = i % 2 != 0};
  }
  for (auto _ : state) machine.Run(accesses);
  state.SetItemsProcessed(state.iterations() * kBatch);
}

void GuestRamProbe(benchmark::State& state) { Probe(state, kSlotAt); }
void GuestMmioProbe(benchmark::State& state) { Probe(state, kSlotAt + kSlotBytes); }

void SlotChange(benchmark::State& state) {
  Machine machine;
  if (!machine.is_there()) return state.SkipWithError("no guest of KVM");
  bool is_there = false;
  std::array<GuestAccess, 1> accesses = {{{.address = kSlotAt, .size = 8, .is_write = true}}};
  for (auto _ : state) {
    is_there = !is_there;
    machine.SetSlot(is_there ? kSlotBytes : 0);
    if (state.range(0) != 0) machine.Run(accesses);
  }
}

BENCHMARK(GuestRamProbe);
BENCHMARK(GuestMmioProbe);
BENCHMARK(SlotChange)->ArgName("probed")->Arg(0)->Arg(1);

}  // namespace
}  // namespace flatcheck::engine
