// What a KvmListener adds to a commit, without the kernel's own time. The slots: slot i at
// 4 GiB + i x 8 KiB, 4 KiB long, aliases of one 1 GiB RAM region. N is their number; `ioctls` is
// how many a commit asks for.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <span>
#include <vector>

#include "engine/kvm/kvm_listener.h"
#include "engine/map/memory_map.h"
#include "engine/map/transaction.h"
#include "tests/benchmarks/require.h"

namespace flatcheck::engine {
namespace {

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kGiB = 1ull << 30;
constexpr std::uint64_t kSlotsAt = 4 * kGiB;

// A kernel that does nothing.
class CountingKvmVm final : public KvmVm {
 public:
  const KvmCapabilities& capabilities() const override { return capabilities_; }
  int SetMemorySlot(const KvmMemorySlot&) override { return Count(); }
  int GetDirtyLog(std::uint32_t, std::span<std::uint64_t>) override { return Count(); }
  int ClearDirtyLog(std::uint32_t, std::uint64_t, std::uint32_t,
                    std::span<const std::uint64_t>) override {
    return Count();
  }
  int AssignIoEventfd(const KvmIoEventfd&) override { return Count(); }
  int DeassignIoEventfd(const KvmIoEventfd&) override { return Count(); }
  int RegisterCoalescedZone(const KvmCoalescedZone&) override { return Count(); }
  int UnregisterCoalescedZone(const KvmCoalescedZone&) override { return Count(); }
  void Run(std::span<GuestAccess>, const GuestExitHandler&) override {}
  std::uint64_t TakeSignals(std::uint32_t) override { return 0; }

  std::uint64_t ioctls() const { return ioctls_; }

 private:
  int Count() {
    ++ioctls_;
    return 0;
  }

  KvmCapabilities capabilities_;
  std::uint64_t ioctls_ = 0;
};

class Machine {
 public:
  explicit Machine(std::size_t slots) {
    const Transaction transaction(map_);
    for (std::size_t i = 0; i < slots; ++i) {
      MemoryRegion& slot = Require(map_.CreateAlias("alias", kPage, ram_, i * kPage % kGiB));
      Require(map_.AddSubregion(system_, kSlotsAt + i * 2 * kPage, slot));
      slots_.push_back(&slot);
    }
  }
  ~Machine() {
    if (listener_.space() != nullptr) Unlisten();
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void Listen() { Require(map_.RegisterListener(listener_, memory_, 10)); }
  void Unlisten() { Require(map_.UnregisterListener(listener_)); }
  void Toggle(std::size_t slot) {
    Require(map_.SetEnabled(*slots_[slot], !slots_[slot]->enabled()));
  }
  MemoryRegionSection SectionOf(std::size_t slot) const {
    return {.space = &memory_,
            .region = &ram_,
            .offset = slots_[slot]->alias_offset(),
            .size = kPage,
            .address = slots_[slot]->address()};
  }
  KvmListener& listener() { return listener_; }
  std::uint64_t ioctls() const { return vm_.ioctls(); }

 private:
  MemoryMap map_;
  MemoryRegion& system_ = Require(map_.CreateContainer("system", UINT64_MAX));
  AddressSpace& memory_ = Require(map_.CreateAddressSpace("memory", system_));
  MemoryRegion& ram_ = Require(map_.CreateRam("ram", kGiB));
  std::vector<MemoryRegion*> slots_;
  CountingKvmVm vm_;
  KvmListener listener_{vm_, map_};
};

// Calls commit() for each round and tells of its ioctls.
template <class Commit>
void CountIoctls(benchmark::State& state, const Machine& machine, Commit commit) {
  const std::uint64_t before = machine.ioctls();
  for (auto _ : state) commit();
  state.counters["ioctls"] = benchmark::Counter(static_cast<double>(machine.ioctls() - before),
                                                benchmark::Counter::kAvgIterations);
}

// The listener alone: one region goes in one commit and comes back in the next.
void OneRegionAmongSlots(benchmark::State& state) {
  const auto slots = static_cast<std::size_t>(state.range(0));
  Machine machine(slots);
  machine.Listen();
  bool present = true;
  CountIoctls(state, machine, [&, section = machine.SectionOf(slots / 2)] {
    if (present) {
      machine.listener().RegionDel(section);
    } else {
      machine.listener().RegionAdd(section);
    }
    machine.listener().Commit();
    present = !present;
  });
  if (!present) machine.listener().RegionAdd(machine.SectionOf(slots / 2));
}

// The listener alone: one region moves to the hole behind it and back.
void OneMoveAmongSlots(benchmark::State& state) {
  const auto slots = static_cast<std::size_t>(state.range(0));
  Machine machine(slots);
  machine.Listen();
  MemoryRegionSection section = machine.SectionOf(slots / 2);
  const std::uint64_t home = section.address;
  const auto move = [&] {
    machine.listener().RegionDel(section);
    section.address ^= kPage;
    machine.listener().RegionAdd(section);
    machine.listener().Commit();
  };
  CountIoctls(state, machine, move);
  if (section.address != home) move();
}

// Whole commits of the map, of which one region is disabled or enabled: with the listener and
// without.
void Toggle(benchmark::State& state) {
  const auto slots = static_cast<std::size_t>(state.range(0));
  Machine machine(slots);
  if (state.range(1) != 0) machine.Listen();
  CountIoctls(state, machine, [&] { machine.Toggle(slots / 2); });
}

// All slots in one commit.
void RegisterAndUnregister(benchmark::State& state) {
  Machine machine(static_cast<std::size_t>(state.range(0)));
  CountIoctls(state, machine, [&] {
    machine.Listen();
    machine.Unlisten();
  });
}

BENCHMARK(OneRegionAmongSlots)->Arg(1000)->Arg(10000)->Arg(32764);
BENCHMARK(OneMoveAmongSlots)->Arg(1000)->Arg(10000)->Arg(32764);
BENCHMARK(Toggle)
    ->ArgNames({"", "listening"})
    ->ArgsProduct({{10000}, {0, 1}})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(RegisterAndUnregister)->Arg(10000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace flatcheck::engine
