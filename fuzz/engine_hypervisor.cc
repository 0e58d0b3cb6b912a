#include "fuzz/engine_hypervisor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>
#include <variant>

#include "fuzz/executor.h"
#include "fuzz/limits.h"

namespace flatcheck {
namespace {

constexpr std::uint32_t kListenerPriority = 10;  // Of accelerators (memory-map 4.1).

using Section = engine::MemoryRegionSection;

// KVM's listener, which does not hear of what is hidden for a while. (Other calls it does not
// take.)
class Muted final : public engine::MemoryListener {
 public:
  Muted(const EngineMachine& machine, std::unique_ptr<engine::MemoryListener> listener)
      : machine_(machine), listener_(std::move(listener)) {}

  void Commit() override { Tell(&MemoryListener::Commit); }
  void RegionAdd(const Section& s) override { Tell(&MemoryListener::RegionAdd, s); }
  void RegionDel(const Section& s) override { Tell(&MemoryListener::RegionDel, s); }
  void LogStart(const Section& s, std::uint8_t before, std::uint8_t after) override {
    Tell(&MemoryListener::LogStart, s, before, after);
  }
  void LogStop(const Section& s, std::uint8_t before, std::uint8_t after) override {
    Tell(&MemoryListener::LogStop, s, before, after);
  }
  void LogSync(const Section& s) override { Tell(&MemoryListener::LogSync, s); }
  void LogClear(const Section& s) override { Tell(&MemoryListener::LogClear, s); }
  void EventfdAdd(const Section& s, const engine::IoEventfd& e) override {
    Tell(&MemoryListener::EventfdAdd, s, e);
  }
  void EventfdDel(const Section& s, const engine::IoEventfd& e) override {
    Tell(&MemoryListener::EventfdDel, s, e);
  }
  void CoalescedIoAdd(const Section& s, std::uint64_t start, std::uint64_t length) override {
    Tell(&MemoryListener::CoalescedIoAdd, s, start, length);
  }
  void CoalescedIoDel(const Section& s, std::uint64_t start, std::uint64_t length) override {
    Tell(&MemoryListener::CoalescedIoDel, s, start, length);
  }

 private:
  template <class Callback, class... Arguments>
  void Tell(Callback callback, const Arguments&... arguments) {
    if (!machine_.is_hiding()) (listener_.get()->*callback)(arguments...);
  }

  const EngineMachine& machine_;
  const std::unique_ptr<engine::MemoryListener> listener_;
};

}  // namespace

bool IsEmpty(const engine::FakeKvmVm& kernel) {
  return kernel.slots().empty() && kernel.ioeventfds().empty() && kernel.coalesced_zones().empty();
}

EngineUnderKvm::EngineUnderKvm(std::shared_ptr<engine::FakeKvmVm> fake,
                               const HypervisorOptions& options)
    : EngineUnderKvm(nullptr, std::move(fake), options) {}

EngineUnderKvm::EngineUnderKvm(std::shared_ptr<engine::ComparedKvmVm> compared,
                               std::shared_ptr<engine::FakeKvmVm> fake,
                               const HypervisorOptions& options)
    : EngineMachine(nullptr, options.capabilities.page_size),
      compared_(std::move(compared)),
      fake_(std::move(fake)),
      vm_(compared_ != nullptr ? static_cast<engine::KvmVm&>(*compared_) : *fake_),
      options_(options),
      ioctls_before_(fake_->ioctls()),
      slot_ioctls_before_(fake_->slot_ioctls()) {
  if (compared_ != nullptr) compared_->ForgetDifferences();
  for (std::uint16_t i = 0; i < options.capabilities.address_spaces; ++i) {
    places_.push_back({engine::KvmBus::kMmio, i});
  }
  places_.push_back({engine::KvmBus::kPortIo, 0});
}

EngineUnderKvm::~EngineUnderKvm() { UnregisterAll(); }

std::string EngineUnderKvm::Leave() {
  UnregisterAll();
  if (spaces_defined() % 2 == 0) {  // Who has left may come back.
    for (const Place& place : places_) {
      if (place.listener == nullptr) continue;
      const engine::Refusal refusal = Register(place);
      if (refusal == engine::Refusal::kNone) continue;
      return fmt::format("KVM's listener may not come back: {}", ToString(refusal));
    }
    UnregisterAll();
  }
  places_.clear();
  if (!refused_.empty()) return std::exchange(refused_, {});
  if (IsEmpty(*fake_)) return {};
  return fmt::format("{} slots, {} ioeventfds, {} coalesced zones are left in the kernel",
                     fake_->slots().size(), fake_->ioeventfds().size(),
                     fake_->coalesced_zones().size());
}

engine::Refusal EngineUnderKvm::Register(const Place& place) {
  return mutable_map().RegisterListener(*place.listener, *SpaceAt(place.space), kListenerPriority);
}

void EngineUnderKvm::UnregisterAll() {
  for (const Place& place : places_) {
    if (place.listener == nullptr) continue;
    [[maybe_unused]] const auto refusal = mutable_map().UnregisterListener(*place.listener);
    assert(refusal == engine::Refusal::kNone);
  }
}

std::string_view EngineUnderKvm::Apply(const Operation& operation, Trace& trace) {
  if (const auto* destroy = std::get_if<op::SpaceDestroy>(&operation)) {
    return DestroySpace(*destroy, trace);
  }
  const std::string_view refusal = EngineMachine::Apply(operation, trace);
  if (refusal.empty() && std::holds_alternative<op::Space>(operation)) {
    Attach({static_cast<std::uint16_t>(spaces_defined() - 1)});
  }
  return refusal;
}

void EngineUnderKvm::Attach(SpaceSlot space) {
  const auto place = std::ranges::find(places_, SpaceSlot{}, &Place::space);
  if (place == places_.end()) return;
  const auto note = [this](const engine::KvmFailure& failure) { Note(failure); };
  std::unique_ptr<engine::MemoryListener> listener;
  if (place->bus == engine::KvmBus::kPortIo) {
    listener = std::make_unique<engine::KvmPortListener>(vm_, note);
  } else {
    listener = std::make_unique<engine::KvmListener>(
        vm_, mutable_map(),
        engine::KvmListenerOptions{place->address_space, options_.slot_bytes_max, note});
  }
  place->listener = std::make_unique<Muted>(*this, std::move(listener));
  place->space = space;
  [[maybe_unused]] const engine::Refusal refusal = Register(*place);
  assert(refusal == engine::Refusal::kNone);
}

// Slots may run out. A slot that is over another, or changes what it may not, nobody may ask for
// (memory-map 8.8). Logs are asked for of slots that keep one: no kernel refuses that. Nor is it
// asked to let go of an ioeventfd that it does not have.
void EngineUnderKvm::Note(const engine::KvmFailure& failure) {
  const std::string_view request = failure.request;
  const bool is_of_slots = request == "KVM_SET_USER_MEMORY_REGION";
  const bool is_of_logs = request == "KVM_GET_DIRTY_LOG" || request == "KVM_CLEAR_DIRTY_LOG";
  const bool is_refused_slot = is_of_slots && (failure.error == EINVAL || failure.error == EEXIST);
  const bool is_unknown_eventfd = request == "KVM_IOEVENTFD" && failure.error == ENOENT;
  if (!is_refused_slot && !is_of_logs && !is_unknown_eventfd) return;
  refused_ =
      fmt::format("the kernel refused {} at {:#x} of {:#x} bytes: {}", request, failure.address,
                  failure.size, std::generic_category().message(failure.error));
}

// KVM's listener must not be in the way, nor leave where the space stays.
std::string_view EngineUnderKvm::DestroySpace(const op::SpaceDestroy& destroy, Trace& trace) {
  const engine::AddressSpace* const space = SpaceAt(destroy.space);
  const auto place = std::ranges::find(places_, destroy.space, &Place::space);
  if (space != nullptr && place != places_.end() && !HasListener(*space)) {
    if (space->has_mappings()) return engine::ToString(engine::Refusal::kHasMappings);
    [[maybe_unused]] const auto refusal = mutable_map().UnregisterListener(*place->listener);
    assert(refusal == engine::Refusal::kNone);
    place->listener = nullptr;
    place->space = {};
  }
  return EngineMachine::Apply(destroy, trace);
}

void EngineUnderKvm::ObserveSlots(std::vector<SlotSeen>& slots) const {
  for (const auto& [where, kept] : fake_->slots()) {
    const engine::KvmMemorySlot& slot = kept.slot;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel knows it as a number.
    const auto* const host = reinterpret_cast<const void*>(slot.host_address);
    const engine::RamList::Place place = map().ram_list().FromHost(host);
    const auto* region = place.block == nullptr ? nullptr : &place.block->region();
    slots.push_back({.address_space = where.address_space,
                     .guest_address = slot.guest_address,
                     .size = slot.size,
                     .region = SlotOf(region),
                     .offset = place.offset,
                     .readonly = (slot.flags & engine::kKvmReadonly) != 0,
                     .logs_dirty_pages = (slot.flags & engine::kKvmLogDirtyPages) != 0,
                     .dirty_pages = {kept.dirty_pages.begin(), kept.dirty_pages.end()}});
  }
}

void EngineUnderKvm::ObserveSlotNumbers(std::vector<std::uint32_t>& numbers) const {
  for (const auto& [where, kept] : fake_->slots()) numbers.push_back(kept.slot.slot);
}

void EngineUnderKvm::ObserveBuses(std::vector<BusEntrySeen>& entries) const {
  for (const engine::KvmIoEventfd& entry : fake_->ioeventfds()) {
    entries.push_back({.bus = entry.bus,
                       .address = entry.address,
                       .size = entry.size,
                       .is_zone = false,
                       .matches_data = entry.match_data,
                       .data = entry.match_data ? entry.data : 0,
                       .notifier = entry.notifier});
  }
  for (const engine::KvmCoalescedZone& zone : fake_->coalesced_zones()) {
    entries.push_back(
        {.bus = zone.bus, .address = zone.address, .size = zone.size, .is_zone = true});
  }
}

void EngineUnderKvm::RunGuest(std::span<engine::GuestAccess> accesses, GuestSeen& seen) {
  vm_.Run(accesses, [&](std::size_t access, const engine::GuestExit& exit) {
    seen.exits.push_back({exit.is_coalesced ? 0 : access, exit});
    const std::uint16_t address_space =
        exit.is_coalesced ? std::uint16_t{0} : accesses[access].address_space;
    return Emulate(SpaceOf(exit.bus, address_space), exit, seen.emulation);
  });
  for (std::uint32_t notifier = 0; notifier < limits::kNotifiers; ++notifier) {
    const std::uint64_t count = vm_.TakeSignals(notifier);
    if (count != 0) seen.signals.push_back({notifier, count});
  }
}

std::string EngineUnderKvm::KernelsDiffer() const {
  if (compared_ == nullptr || compared_->differences().empty()) return {};
  return compared_->differences().front();
}

std::uint64_t EngineUnderKvm::Emulate(SpaceSlot space, const engine::GuestExit& exit,
                                      Trace& trace) {
  if (exit.is_write) {
    RunStep(op::Write{space, {exit.address}, {exit.size}, {exit.value}}, *this, trace);
    return 0;
  }
  RunStep(op::Read{space, {exit.address}, {exit.size}}, *this, trace);
  if (!trace.steps.back().refusal.empty()) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = exit.size; i-- > 0;) value = value << 8 | trace.answers.back().data[i];
  return value;
}

SpaceSlot EngineUnderKvm::SpaceOf(engine::KvmBus bus, std::uint16_t address_space) const {
  for (const Place& place : places_) {
    if (place.bus == bus && place.address_space == address_space) return place.space;
  }
  return {};
}

}  // namespace flatcheck
