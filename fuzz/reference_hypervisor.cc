#include "fuzz/reference_hypervisor.h"

#include <optional>
#include <variant>

#include "fuzz/backing_of_length.h"
#include "fuzz/executor.h"
#include "fuzz/reference_machine_values.h"

namespace flatcheck {
namespace {

using engine::KvmBus;
using reference::GuestBus;

reference::GuestRules RulesOf(const HypervisorOptions& options) {
  const engine::KvmCapabilities& kernel = options.capabilities;
  reference::GuestRules rules = {
      .slots = {.page_size = kernel.page_size,
                .address_end = kernel.address_end,
                .slot_bytes_max = options.slot_bytes_max,
                .has_readonly_slots = kernel.readonly_memory,
                .start_in_page =
                    [](const reference::RamBlock& block) {
                      return block.is_resizeable ? 0 : StartInHostPage(block.max_length);
                    }},
      .slots_max = kernel.slots_max,
      .address_spaces = kernel.address_spaces,
      .is_log_protected = kernel.manual_dirty_log_protect,
      .has_memory_zones = kernel.coalesced_mmio,
      .has_port_zones = kernel.coalesced_pio};
  if (options.is_short_of_memory) {
    rules.lacks_room = [](const reference::Slot& slot) {
      return LacksRoom(static_cast<std::uint64_t>(slot.start), slot.is_readonly);
    };
  }
  return rules;
}

SlotSeen SlotSeenOf(const reference::GuestSlot& one, unsigned address_space) {
  const reference::Slot& slot = one.slot;
  return {.address_space = static_cast<std::uint16_t>(address_space),
          .guest_address = static_cast<std::uint64_t>(slot.start),
          .size = static_cast<std::uint64_t>(slot.end - slot.start),
          .region = SlotOf<RegionSlot>(slot.region),
          .offset = slot.offset,
          .readonly = slot.is_readonly,
          .logs_dirty_pages = slot.is_logged,
          .dirty_pages = {one.written.begin(), one.written.end()}};
}

BusEntrySeen BusEntrySeenOf(KvmBus bus, const reference::KernelBus::Device& device) {
  BusEntrySeen seen{
      .bus = bus, .address = device.address, .size = device.size, .is_zone = !device.eventfd};
  if (device.eventfd) {
    seen.matches_data = device.eventfd->is_data_matched;
    seen.data = seen.matches_data ? device.eventfd->data : 0;
    seen.notifier = device.eventfd->notifier;
  }
  return seen;
}

reference::GuestAccess GuestAccessOf(const engine::GuestAccess& access) {
  return {.bus = access.bus == KvmBus::kPortIo ? GuestBus::kPorts : GuestBus::kMemory,
          .address_space = access.address_space,
          .address = access.address,
          .size = access.size,
          .direction = DirectionOf({access.is_write}),
          .value = access.value};
}

engine::GuestExit GuestExitOf(const reference::GuestExit& exit) {
  return {.bus = exit.bus == GuestBus::kPorts ? KvmBus::kPortIo : KvmBus::kMmio,
          .address = exit.address,
          .size = static_cast<std::uint8_t>(exit.size),
          .is_write = exit.direction == reference::Direction::kWrite,
          .value = exit.value,
          .is_coalesced = exit.is_coalesced};
}

Operation OperationOf(const reference::GuestExit& exit) {
  const auto space = SlotOf<SpaceSlot>(exit.space);
  const AccessLength length{static_cast<std::uint8_t>(exit.size)};
  if (exit.direction == reference::Direction::kRead) return op::Read{space, {exit.address}, length};
  return op::Write{space, {exit.address}, length, {exit.value}};
}

}  // namespace

ReferenceUnderKvm::ReferenceUnderKvm(const HypervisorOptions& options)
    : options_(options), guest_(model(), RulesOf(options)) {}

std::string_view ReferenceUnderKvm::Apply(const Operation& operation, Trace& trace) {
  const std::string_view refusal = ReferenceMachine::Apply(operation, trace);
  if (!refusal.empty()) return refusal;
  if (std::holds_alternative<op::Space>(operation)) {
    guest_.Enter(static_cast<reference::SpaceId>(model().spaces().size() - 1));
  } else if (const auto* destroy = std::get_if<op::SpaceDestroy>(&operation)) {
    guest_.Leave(IdOf(destroy->space));
  }
  return refusal;
}

void ReferenceUnderKvm::ObserveSlots(std::vector<SlotSeen>& slots) const {
  for (unsigned i = 0; i < options_.capabilities.address_spaces; ++i) {
    for (const reference::GuestSlot& one : guest_.slots(i)) {
      slots.push_back(SlotSeenOf(one, i));
    }
  }
}

void ReferenceUnderKvm::ObserveBuses(std::vector<BusEntrySeen>& entries) const {
  for (const GuestBus bus : {GuestBus::kMemory, GuestBus::kPorts}) {
    for (const reference::KernelBus::Device& device : guest_.devices(bus)) {
      entries.push_back(
          BusEntrySeenOf(bus == GuestBus::kPorts ? KvmBus::kPortIo : KvmBus::kMmio, device));
    }
  }
}

void ReferenceUnderKvm::RunGuest(std::span<engine::GuestAccess> accesses, GuestSeen& seen) {
  std::size_t number = 0;
  const reference::GuestExitHandler answer = [&](const reference::GuestExit& exit) {
    return Answer(exit, number, seen);
  };
  for (; number < accesses.size(); ++number) {
    engine::GuestAccess& access = accesses[number];
    const std::optional<std::uint64_t> value = guest_.Access(GuestAccessOf(access), answer);
    access.outcome =
        value ? engine::GuestAccess::Outcome::kDone : engine::GuestAccess::Outcome::kUnreachable;
    if (value && !access.is_write) access.value = *value;
  }
  guest_.DeliverSetAside(answer);
  for (const auto& [notifier, count] : guest_.TakeSignals()) {
    seen.signals.push_back({notifier, count});
  }
}

// By a step of the machine, as a program would take it. Where there is no space, that is refused,
// and a read gets 0.
std::uint64_t ReferenceUnderKvm::Answer(const reference::GuestExit& exit, std::size_t access,
                                        GuestSeen& seen) {
  seen.exits.push_back({exit.is_coalesced ? 0 : access, GuestExitOf(exit)});
  Trace& trace = seen.emulation;
  RunStep(OperationOf(exit), *this, trace);
  if (exit.direction == reference::Direction::kWrite || trace.steps.back().answer < 0) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < exit.size; ++i) {
    value |= std::uint64_t{trace.answers.back().data[i]} << (8 * i);
  }
  return value;
}

}  // namespace flatcheck
