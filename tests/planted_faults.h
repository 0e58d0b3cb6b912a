// Machines with one deliberate fault each, which an oracle must catch.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/differential.h"
#include "fuzz/hypervisor.h"
#include "fuzz/machine.h"

namespace flatcheck {

// What a faulty machine does wrong; by default nothing.
struct Fault {
  // Before an operation runs: run this instead.
  std::function<Operation(const Operation&, std::uint64_t depth)> replace;
  // After it ran: what it appended begins there.
  std::function<void(Trace&, std::size_t callbacks_begin, std::size_t answers_begin)> spoil;
  std::function<std::string_view(std::string_view)> refuse;
  // After the views are appended: the ranges of this observation begin there.
  std::function<void(Trace&, std::size_t views_begin)> show;
  std::function<void(Translated&)> translate;
  std::function<void(Found&)> find;
  std::function<void(HostPlace&)> host;
  std::function<void(MemorySeen&)> memory;
  std::function<void(std::span<std::uint8_t>)> bytes;
  std::function<void(Listing, std::string&)> list;
  // Under KVM alone.
  std::function<void(std::vector<SlotSeen>&)> slots;
  std::function<void(std::vector<std::uint32_t>&)> slot_numbers;
  std::function<void(std::vector<BusEntrySeen>&)> buses;
  std::function<void(std::span<engine::GuestAccess>, GuestSeen&)> guest;

  // Once there are slots.
  std::function<std::string()> kernels;
  std::function<std::string()> leave;

  bool NeedsKvm() const { return slots || slot_numbers || buses || guest || kernels || leave; }
};

class Faulty final : public Machine, public Hypervisor {
 public:
  Faulty(std::unique_ptr<Machine> sound, const Fault& fault)
      : sound_(std::move(sound)), fault_(fault) {}

  std::string_view Apply(const Operation& operation, Trace& trace) override {
    const std::size_t callbacks = trace.callbacks.size();
    const std::size_t answers = trace.answers.size();
    const std::string_view refusal =
        sound_->Apply(fault_.replace ? fault_.replace(operation, Depth()) : operation, trace);
    if (fault_.spoil) fault_.spoil(trace, callbacks, answers);
    return fault_.refuse ? fault_.refuse(refusal) : refusal;
  }
  std::uint64_t Depth() const override { return sound_->Depth(); }
  void ObserveViews(Trace& trace) const override {
    const std::size_t views = trace.views.size();
    sound_->ObserveViews(trace);
    if (fault_.show) fault_.show(trace, views);
  }
  Translated Translate(SpaceSlot space, std::uint64_t address, std::uint64_t length,
                       bool is_write) const override {
    Translated translated = sound_->Translate(space, address, length, is_write);
    if (fault_.translate) fault_.translate(translated);
    return translated;
  }
  Found Find(RegionSlot region, std::uint64_t address, std::uint64_t size) const override {
    Found found = sound_->Find(region, address, size);
    if (fault_.find) fault_.find(found);
    return found;
  }
  HostPlace HostOf(SpaceSlot space, std::uint64_t address) const override {
    HostPlace place = sound_->HostOf(space, address);
    if (fault_.host) fault_.host(place);
    return place;
  }
  void ObserveMemory(MemorySeen& seen) const override {
    sound_->ObserveMemory(seen);
    if (fault_.memory) fault_.memory(seen);
  }
  void ReadBlock(RegionSlot region, std::uint64_t offset,
                 std::span<std::uint8_t> bytes) const override {
    sound_->ReadBlock(region, offset, bytes);
    if (fault_.bytes) fault_.bytes(bytes);
  }
  std::string List(Listing listing) const override {
    std::string text = sound_->List(listing);
    if (fault_.list) fault_.list(listing, text);
    return text;
  }

  Hypervisor* hypervisor() override { return sound_->hypervisor() == nullptr ? nullptr : this; }
  const HypervisorOptions& options() const override { return sound_->hypervisor()->options(); }
  void ObserveSlots(std::vector<SlotSeen>& slots) const override {
    sound_->hypervisor()->ObserveSlots(slots);
    if (fault_.slots) fault_.slots(slots);
  }
  void ObserveSlotNumbers(std::vector<std::uint32_t>& numbers) const override {
    sound_->hypervisor()->ObserveSlotNumbers(numbers);
    if (fault_.slot_numbers) fault_.slot_numbers(numbers);
  }
  void ObserveBuses(std::vector<BusEntrySeen>& entries) const override {
    sound_->hypervisor()->ObserveBuses(entries);
    if (fault_.buses) fault_.buses(entries);
  }
  void RunGuest(std::span<engine::GuestAccess> accesses, GuestSeen& seen) override {
    sound_->hypervisor()->RunGuest(accesses, seen);
    if (fault_.guest) fault_.guest(accesses, seen);
  }
  std::string KernelsDiffer() const override {
    return fault_.kernels && HasSlots() ? fault_.kernels() : sound_->hypervisor()->KernelsDiffer();
  }
  std::string Leave() override {
    const bool is_faulty = fault_.leave && HasSlots();
    const std::string left = sound_->hypervisor()->Leave();
    return is_faulty ? fault_.leave() : left;
  }

 private:
  bool HasSlots() const {
    std::vector<SlotSeen> slots;
    sound_->hypervisor()->ObserveSlots(slots);
    return !slots.empty();
  }

  const std::unique_ptr<Machine> sound_;
  const Fault& fault_;
};

// A fault in the engine's place alone is for the oracles that compare; one in both places, which no
// comparison can see, is for those that know the rules.
enum class Where { kEngine, kBoth };

struct Planted {
  std::string_view name;
  std::string_view oracle;
  Where where;
  Fault fault;
};

std::vector<Planted> AllPlanted();

// REQUIRES: the fault outlives the differential and its machines.
Differential With(const Fault& fault, Where where);

}  // namespace flatcheck
