// What the engine's commits and lookups cost, on the layout of QEMU's published figures: slot i at
// 4 GiB + i x 8 KiB, 4 KiB long, never adjacent; odd slots are MMIO, even ones aliases of one 1 GiB
// RAM region; a second address space of 64 KiB of ports is rendered at each commit. N is the number
// of slots.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>
#include <vector>

#include "engine/map/memory_map.h"
#include "engine/map/transaction.h"
#include "engine/ram/access.h"
#include "tests/benchmarks/require.h"

namespace flatcheck::engine {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kGiB = kKiB * kKiB * kKiB;
constexpr std::uint64_t kPage = 4 * kKiB;
constexpr std::uint64_t kSlotsAt = 4 * kGiB;
constexpr std::uint64_t kGuestRamAt = 1024 * kGiB;
constexpr std::uint64_t kGuestRamSize = 16 * kGiB;
constexpr std::size_t kLookups = 1 << 16;

class Silent final : public MmioDevice {
 public:
  std::uint64_t Read(std::uint64_t, unsigned) override { return 0; }
  void Write(std::uint64_t, unsigned, std::uint64_t) override {}
};

// The map of the layout, its slots created and not yet added.
class Machine {
 public:
  explicit Machine(std::size_t slots) {
    MemoryRegion& ram = Require(map_.CreateRam("ram", kGiB));
    for (std::size_t i = 0; i < slots; ++i) {
      slots_.push_back(i % 2 != 0
                           ? &Require(map_.CreateIo("mmio", kPage, device_))
                           : &Require(map_.CreateAlias("alias", kPage, ram, i * kPage % kGiB)));
    }
    Require(map_.CreateAddressSpace("ports", Require(map_.CreateIo("ports", 64 * kKiB, device_))));
  }

  static std::uint64_t AddressOf(std::size_t slot) { return kSlotsAt + slot * 2 * kPage; }

  void AddAll() {
    const Transaction transaction(map_);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      Require(map_.AddSubregion(system_, AddressOf(i), *slots_[i]));
    }
  }

  void RemoveAll() {
    const Transaction transaction(map_);
    for (MemoryRegion* slot : slots_) Require(map_.DelSubregion(system_, *slot));
  }

  void AddGuestRam() {
    Require(
        map_.AddSubregion(system_, kGuestRamAt, Require(map_.CreateRam("guest", kGuestRamSize))));
  }

  void Toggle(std::size_t slot) {
    Require(map_.SetEnabled(*slots_[slot], !slots_[slot]->enabled()));
  }

  MemoryMap& map() { return map_; }
  const MemoryMap& map() const { return map_; }
  const AddressSpace& memory() const { return memory_; }
  std::size_t ranges() const { return memory_.view().size(); }

 private:
  MemoryMap map_;
  Silent device_;
  MemoryRegion& system_ = Require(map_.CreateContainer("system", UINT64_MAX));
  AddressSpace& memory_ = Require(map_.CreateAddressSpace("memory", system_));
  std::vector<MemoryRegion*> slots_;
};

// Small, fixed and good enough to spread lookups.
class Random {
 public:
  std::uint64_t Below(std::uint64_t bound) {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return (state_ >> 33) % bound;
  }

 private:
  std::uint64_t state_ = 1;
};

// N regions added in one transaction.
void Build(benchmark::State& state) {
  Machine machine(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    machine.AddAll();
    state.PauseTiming();
    if (machine.ranges() != static_cast<std::size_t>(state.range(0))) std::abort();
    machine.RemoveAll();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// One region disabled or enabled per commit.
void Toggle(benchmark::State& state) {
  Machine machine(static_cast<std::size_t>(state.range(0)));
  machine.AddAll();
  for (auto _ : state) machine.Toggle(static_cast<std::size_t>(state.range(0)) / 2);
}

void TranslateAll(benchmark::State& state, const Machine& machine,
                  const std::vector<std::uint64_t>& addresses) {
  std::size_t next = 0;
  for (auto _ : state) {
    const Translation at = Translate(machine.map(), machine.memory(), addresses[next], 8);
    if (at.region == nullptr) std::abort();
    benchmark::DoNotOptimize(at.offset);
    next = (next + 1) % kLookups;
  }
}

// Any byte of any slot.
void TranslateUniform(benchmark::State& state) {
  const auto slots = static_cast<std::size_t>(state.range(0));
  Machine machine(slots);
  machine.AddAll();
  Random random;
  std::vector<std::uint64_t> addresses(kLookups);
  for (std::uint64_t& address : addresses) {
    address = Machine::AddressOf(random.Below(slots)) + random.Below(kPage);
  }
  TranslateAll(state, machine, addresses);
}

// 70 % one 16 GiB RAM range, 28 % six hot slots, 2 % any slot.
void TranslateGuestMix(benchmark::State& state) {
  const auto slots = static_cast<std::size_t>(state.range(0));
  Machine machine(slots);
  machine.AddAll();
  machine.AddGuestRam();
  Random random;
  std::vector<std::uint64_t> addresses(kLookups);
  for (std::uint64_t& address : addresses) {
    const std::uint64_t dice = random.Below(100);
    if (dice < 70) {
      address = kGuestRamAt + random.Below(kGuestRamSize / kPage) * kPage;
    } else {
      const std::uint64_t slot = dice < 98 ? random.Below(6) * slots / 6 : random.Below(slots);
      address = Machine::AddressOf(slot) + random.Below(kPage);
    }
  }
  TranslateAll(state, machine, addresses);
}

// The eight-byte words of one RAM slot, one after the other.
class HotWords {
 public:
  explicit HotWords(std::size_t slots) : machine_(slots), base_(Machine::AddressOf(slots / 4 * 2)) {
    machine_.AddAll();
    // The host maps the RAM when it is first touched.
    const std::uint64_t touch = 1;
    Write(machine_.map(), machine_.memory(), base_, Bytes(touch));
  }

  static std::span<const std::uint8_t> Bytes(const std::uint64_t& word) {
    return {reinterpret_cast<const std::uint8_t*>(&word), sizeof word};
  }
  static std::span<std::uint8_t> Bytes(std::uint64_t& word) {
    return {reinterpret_cast<std::uint8_t*>(&word), sizeof word};
  }

  Machine& machine() { return machine_; }
  std::uint64_t Next() { return base_ + (next_ = (next_ + sizeof(std::uint64_t)) % kPage); }

 private:
  Machine machine_;
  std::uint64_t base_;
  std::uint64_t next_ = 0;
};

void Read8(benchmark::State& state) {
  HotWords words(static_cast<std::size_t>(state.range(0)));
  std::uint64_t word = 0;
  for (auto _ : state) {
    Read(words.machine().map(), words.machine().memory(), words.Next(), HotWords::Bytes(word));
    benchmark::DoNotOptimize(word);
  }
}

void Write8(benchmark::State& state) {
  HotWords words(static_cast<std::size_t>(state.range(0)));
  std::uint64_t word = 0;
  for (auto _ : state) {
    ++word;
    Write(words.machine().map(), words.machine().memory(), words.Next(),
          HotWords::Bytes(std::as_const(word)));
    benchmark::ClobberMemory();
  }
}

void Load32(benchmark::State& state) {
  HotWords words(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const Loaded loaded =
        Load(words.machine().map(), words.machine().memory(), words.Next(), 4, ByteOrder::kLittle);
    benchmark::DoNotOptimize(loaded.value);
  }
}

BENCHMARK(Build)->Arg(1000)->Arg(10000)->Arg(100000)->Unit(benchmark::kMillisecond);
BENCHMARK(Toggle)->Arg(1000)->Arg(10000)->Arg(100000)->Unit(benchmark::kMicrosecond);
BENCHMARK(TranslateUniform)->Arg(1000)->Arg(10000)->Arg(100000);
BENCHMARK(TranslateGuestMix)->Arg(1000)->Arg(10000)->Arg(100000);
BENCHMARK(Read8)->Arg(1000);
BENCHMARK(Write8)->Arg(1000);
BENCHMARK(Load32)->Arg(1000);

}  // namespace
}  // namespace flatcheck::engine
