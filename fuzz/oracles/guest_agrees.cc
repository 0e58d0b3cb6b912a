#include "fuzz/oracles/guest_agrees.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "fuzz/limits.h"
#include "fuzz/oracles/slot_ioctls.h"
#include "fuzz/oracles/traces_agree.h"

namespace flatcheck {
namespace {

using engine::GuestAccess;
using engine::KvmBus;

constexpr std::array<std::uint8_t, 4> kSizes{1, 2, 4, 8};
constexpr std::uint64_t kPortsEnd = 0x10000;
constexpr std::size_t kFloodsOneIn = 16;   // Visits.
constexpr std::uint64_t kFlood = 200;      // Writes: a ring of one page has 169 entries.
constexpr std::size_t kSignalsMax = 2048;  // Accesses of one visit that are for ioeventfds.

constexpr std::uint64_t PageFirst(std::uint64_t address) {
  return address / limits::kPageSize * limits::kPageSize;
}

std::uint64_t CutTo(std::uint64_t value, std::uint8_t size) {
  return size >= 8 ? value : value & ((std::uint64_t{1} << (8 * size)) - 1);
}

std::string Words(const SlotSeen& slot) {
  return fmt::format("slot {:#x}+{:#x} r{}+{:#x}{}{} in {}, dirty pages [{}]", slot.guest_address,
                     slot.size, slot.region.index, slot.offset, slot.readonly ? " readonly" : "",
                     slot.logs_dirty_pages ? " logged" : "", slot.address_space,
                     fmt::join(slot.dirty_pages, " "));
}

std::string Words(const BusEntrySeen& entry) {
  const std::string_view port = entry.bus == KvmBus::kPortIo ? " port" : "";
  if (entry.is_zone) return fmt::format("zone {:#x}+{:#x}{}", entry.address, entry.size, port);
  return fmt::format("ioeventfd {:#x}+{:#x}{}{} for notifier {}", entry.address, entry.size, port,
                     entry.matches_data ? fmt::format(" of {:#x}", entry.data) : "",
                     entry.notifier);
}

std::string Words(const GuestAccess& access) {
  return fmt::format("{} {:#x} {}{}", access.is_write ? "write" : "read", access.address,
                     access.size, access.bus == KvmBus::kPortIo ? " port" : "");
}

std::string Words(const SignalsSeen& signals) {
  return fmt::format("notifier {} signalled {} times", signals.notifier, signals.count);
}

std::string Words(const ExitSeen& seen) {
  const engine::GuestExit& exit = seen.exit;
  return fmt::format("{} of access {}: {} {:#x} {}{}",
                     exit.is_coalesced ? "a coalesced write" : "an exit", seen.access,
                     exit.is_write ? "write" : "read", exit.address, exit.size,
                     exit.is_write ? fmt::format(" {:#x}", exit.value) : "");
}

// The first of `expect` and `actual` that differ, or that only one of them has.
template <class Seen>
std::string FirstDifference(const std::vector<Seen>& expect, const std::vector<Seen>& actual) {
  const auto [should, is] = std::ranges::mismatch(expect, actual);
  return fmt::format("expect {}, actual {}", should == expect.end() ? "none" : Words(*should),
                     is == actual.end() ? "none" : Words(*is));
}

// The traces' steps answer the same exits, in order.
std::size_t FirstStepThatDiffers(const Trace& expect, const Trace& actual) {
  std::size_t step = 0;
  while (step < expect.steps.size() && !RefusalsAgree(expect, actual, step) &&
         !AnswersAgree(expect, actual, step)) {
    ++step;
  }
  return step;
}

}  // namespace

void GuestAgrees::Start() {
  places_.clear();
  spaces_ = 0;
  eventfds_.clear();
  views_before_ = {};
  slot_numbers_before_.clear();
  slots_before_.clear();
  slot_ioctls_ = 0;
  expect_entries_.clear();
  visits_ = 0;
}

std::optional<Disagreement> GuestAgrees::Check(Machines machines, const Operation& operation,
                                               const Trace& trace, std::size_t step) {
  FollowSpaces(operation, trace.steps[step].refusal.empty(),
               static_cast<std::uint16_t>(
                   machines.expect.hypervisor()->options().capabilities.address_spaces));
  if (const auto* eventfd = std::get_if<op::EventfdAdd>(&operation)) eventfds_.push_back(*eventfd);
  has_space_gone_ =
      std::holds_alternative<op::SpaceDestroy>(operation) && trace.steps[step].refusal.empty();
  if (auto wrong = CompareSlots(machines, step)) return wrong;
  const Extent views = trace.steps[step].views;
  if (views.begin == views.end) return std::nullopt;
  std::optional<Disagreement> wrong;
  const std::uint64_t accesses = tally_.accesses;
  for (std::uint32_t v = views.begin; v < views.end && !wrong; ++v) {
    if (!IsUnchanged(trace, v)) wrong = Visit(machines, trace, trace.views[v], step);
  }
  tally_.commits += tally_.accesses != accesses ? 1 : 0;
  views_before_ = views;
  return wrong;
}

std::optional<Disagreement> GuestAgrees::CheckEnd(Machines machines, const Trace& trace,
                                                  std::size_t step) {
  if (trace.depth == 0) {
    if (auto wrong = CompareSlots(machines, step)) return wrong;
    for (std::uint32_t v = views_before_.begin; v < views_before_.end; ++v) {
      if (auto wrong = Visit(machines, trace, trace.views[v], step)) return wrong;
    }
    return CompareSlots(machines, step);  // What the guest wrote is in the logs.
  }
  return std::nullopt;
}

std::optional<Disagreement> GuestAgrees::CheckLeft(Machines machines, std::size_t step) {
  Hypervisor& actual = *machines.actual.hypervisor();
  const std::string left = actual.Leave();
  tally_.ioctls += actual.ioctls();
  // Their dirty pages would seem to leak to libFuzzer, which counts allocations.
  slots_before_.clear();
  expect_slots_.clear();
  actual_slots_.clear();
  if (auto wrong = CompareKernels(machines, step)) return wrong;
  if (left.empty()) return std::nullopt;
  return Disagreement{step, "slots_agree", "end", left};
}

void GuestAgrees::FollowSpaces(const Operation& operation, bool granted,
                               std::uint16_t address_spaces) {
  if (places_.empty()) {
    for (std::uint16_t i = 0; i < address_spaces; ++i) places_.push_back({KvmBus::kMmio, i});
    places_.push_back({KvmBus::kPortIo, 0});
  }
  const auto hand_over = [this](SpaceSlot from, SpaceSlot to) {
    const auto place = std::ranges::find(places_, from, &Place::space);
    if (place != places_.end()) place->space = to;
  };
  if (std::holds_alternative<op::Space>(operation)) {
    const SpaceSlot space{spaces_++};
    if (granted) hand_over(SpaceSlot{}, space);
  } else if (const auto* destroy = std::get_if<op::SpaceDestroy>(&operation)) {
    if (granted) hand_over(destroy->space, SpaceSlot{});
  }
}

const GuestAgrees::Place* GuestAgrees::PlaceOf(SpaceSlot space) const {
  const auto place = std::ranges::find(places_, space, &Place::space);
  return place == places_.end() ? nullptr : &*place;
}

bool GuestAgrees::IsUnchanged(const Trace& trace, std::size_t view) const {
  const ViewSeen& now = trace.views[view];
  for (std::uint32_t v = views_before_.begin; v < views_before_.end; ++v) {
    const ViewSeen& before = trace.views[v];
    if (before.space != now.space) continue;
    return std::equal(
        trace.ranges.begin() + before.ranges.begin, trace.ranges.begin() + before.ranges.end,
        trace.ranges.begin() + now.ranges.begin, trace.ranges.begin() + now.ranges.end);
  }
  return false;
}

std::optional<Disagreement> GuestAgrees::CompareKernels(Machines machines, std::size_t step) const {
  const std::string difference = machines.actual.hypervisor()->KernelsDiffer();
  if (difference.empty()) return std::nullopt;
  return Disagreement{step, "kernels_agree", "ioctl", difference};
}

std::optional<Disagreement> GuestAgrees::CompareSlots(Machines machines, std::size_t step) {
  if (auto wrong = CompareKernels(machines, step)) return wrong;
  if (!compares_slots_) return std::nullopt;
  expect_slots_.clear();
  actual_slots_.clear();
  machines.expect.hypervisor()->ObserveSlots(expect_slots_);
  machines.actual.hypervisor()->ObserveSlots(actual_slots_);
  if (expect_slots_ != actual_slots_) {
    return Disagreement{step, "slots_agree", "slots",
                        FirstDifference(expect_slots_, actual_slots_)};
  }
  if (auto wrong = CheckSlotNumbers(machines, step)) return wrong;
  if (auto wrong = CheckSlotIoctls(machines, step)) return wrong;
  return CompareBuses(machines, step);
}

// Numbers that no slot had before the operation are the lowest that were free (memory-map 8.2):
// an operation changes slots in one commit at most, which deletes before it creates. Which slot
// takes which of them is left open.
std::optional<Disagreement> GuestAgrees::CheckSlotNumbers(Machines machines, std::size_t step) {
  slot_numbers_.clear();
  machines.actual.hypervisor()->ObserveSlotNumbers(slot_numbers_);
  std::ranges::sort(slot_numbers_);
  std::uint32_t lowest = 0;  // Above all numbers of the address space so far, if they have no gap.
  for (const std::uint32_t number : slot_numbers_) {
    if (number >> 16 != lowest >> 16) lowest = number >> 16 << 16;
    const bool is_new = !std::ranges::binary_search(slot_numbers_before_, number);
    if (is_new && number != lowest) {
      return Disagreement{
          step, "slots_agree", "slot.number",
          fmt::format("expect {:#x}, the lowest that is free, actual {:#x}", lowest, number)};
    }
    if (number == lowest) ++lowest;
  }
  std::swap(slot_numbers_, slot_numbers_before_);
  return std::nullopt;
}

// Where a move is refused for want of memory, which other one is made is left open.
std::optional<Disagreement> GuestAgrees::CheckSlotIoctls(Machines machines, std::size_t step) {
  const Hypervisor& actual = *machines.actual.hypervisor();
  const std::uint64_t taken =
      actual.slot_ioctls() - std::exchange(slot_ioctls_, actual.slot_ioctls());
  const bool logs_stay = actual.options().capabilities.manual_dirty_log_protect;
  const std::uint64_t most =
      taken == 0 ? 0 : SlotIoctlsAtMost(slots_before_, actual_slots_, {logs_stay, has_space_gone_});
  std::swap(slots_before_, actual_slots_);
  if (taken <= most || actual.options().is_short_of_memory) return std::nullopt;
  return Disagreement{
      step, "slots_agree", "slot.ioctls",
      fmt::format("expect {} KVM_SET_USER_MEMORY_REGION at most, actual {}", most, taken)};
}

std::optional<Disagreement> GuestAgrees::CompareBuses(Machines machines, std::size_t step) {
  expect_entries_.clear();
  actual_entries_.clear();
  machines.expect.hypervisor()->ObserveBuses(expect_entries_);
  machines.actual.hypervisor()->ObserveBuses(actual_entries_);
  std::ranges::sort(expect_entries_);
  std::ranges::sort(actual_entries_);
  if (expect_entries_ == actual_entries_) return std::nullopt;
  return Disagreement{step, "slots_agree", "buses",
                      FirstDifference(expect_entries_, actual_entries_)};
}

std::optional<Disagreement> GuestAgrees::Visit(Machines machines, const Trace& trace,
                                               const ViewSeen& view, std::size_t step) {
  const Place* const place = PlaceOf(view.space);
  if (place == nullptr) return std::nullopt;
  CollectAddresses(trace, view, place->bus);
  CollectAccesses(*place, trace, view);
  return RunGuest(machines, view.space, step);
}

void GuestAgrees::CollectAddresses(const Trace& trace, const ViewSeen& view, KvmBus bus) {
  addresses_.clear();
  const auto beside = [this](std::uint64_t edge) {
    addresses_.insert(addresses_.end(), {edge - 1, edge, edge + 1});
  };
  std::uint64_t hole = 0;
  for (std::uint32_t r = view.ranges.begin; r < view.ranges.end; ++r) {
    const RangeSeen& range = trace.ranges[r];
    if (range.first > hole) addresses_.push_back(hole + (range.first - hole) / 2);
    beside(range.first);
    addresses_.push_back(range.first + (range.last - range.first) / 2);
    // Slots have whole pages: the borders nearest to the two ends.
    if (PageFirst(range.first) != range.first) {
      beside(PageFirst(range.first) + limits::kPageSize);
    }
    if (PageFirst(range.last + 1) != range.last + 1) beside(PageFirst(range.last));
    beside(range.last + 1);
    hole = range.last + 1;
  }
  if (view.ranges.begin == view.ranges.end || hole != 0) {
    addresses_.push_back(hole + limits::kPageSize);
  }
  if (bus == KvmBus::kPortIo) {
    std::erase_if(addresses_, [](std::uint64_t address) { return address >= kPortsEnd; });
    addresses_.insert(addresses_.end(), {0, kPortsEnd / 2, kPortsEnd - 1});
  }
  std::ranges::sort(addresses_);
  addresses_.erase(std::unique(addresses_.begin(), addresses_.end()), addresses_.end());
}

// Where there are too many, those for ioeventfds get half of the room. Writes differ from each
// other, and from one visit to the next.
void GuestAgrees::CollectAccesses(const Place& place, const Trace& trace, const ViewSeen& view) {
  Random random(++visits_);
  const auto shorten = [&random, this](std::size_t begin, std::size_t count) {
    const std::size_t end = expect_accesses_.size();
    for (std::size_t i = begin; i < begin + count && i < end; ++i) {
      std::swap(expect_accesses_[i], expect_accesses_[i + random.Below(end - i)]);
    }
    if (end > begin + count) expect_accesses_.resize(begin + count);
  };
  expect_accesses_.clear();
  CollectSignals(place, trace, view);
  if (expect_accesses_.size() > accesses_max_ / 2) shorten(0, accesses_max_ / 2);
  const std::size_t signals = expect_accesses_.size();
  CollectEdges(place, random);
  if (expect_accesses_.size() > accesses_max_) shorten(signals, accesses_max_ - signals);
  if (random.OneIn(kFloodsOneIn)) CollectFlood(place);
}

// More writes to a coalesced zone than the kernel's ring has room for.
void GuestAgrees::CollectFlood(const Place& place) {
  for (const BusEntrySeen& entry : expect_entries_) {
    if (!entry.is_zone || entry.bus != place.bus || entry.size == 0) continue;
    for (std::uint64_t i = 0; i < kFlood; ++i) Add(place, entry.address, 1, i);
    return;
  }
}

void GuestAgrees::Add(const Place& place, std::uint64_t address, std::uint8_t size,
                      std::optional<std::uint64_t> written) {
  if (place.bus == KvmBus::kPortIo && (size == 8 || address >= kPortsEnd)) return;
  expect_accesses_.push_back({.bus = place.bus,
                              .address_space = place.address_space,
                              .address = address,
                              .size = size,
                              .is_write = written.has_value(),
                              .value = written ? CutTo(*written, size) : 0});
}

void GuestAgrees::CollectEdges(const Place& place, Random& random) {
  for (const std::uint64_t address : addresses_) {
    for (const std::uint8_t size : kSizes) {
      Add(place, address, size, random.Next());
      Add(place, address, size, std::nullopt);
    }
  }
}

// What an ioeventfd of a region that is seen waits for, and what it does not.
void GuestAgrees::CollectSignals(const Place& place, const Trace& trace, const ViewSeen& view) {
  for (const op::EventfdAdd& eventfd : eventfds_) {
    for (std::uint32_t r = view.ranges.begin; r < view.ranges.end; ++r) {
      if (expect_accesses_.size() >= kSignalsMax) return;
      const RangeSeen& range = trace.ranges[r];
      if (range.region != eventfd.region) continue;
      const std::uint64_t address = eventfd.address.value - range.offset + range.first;
      if (address < range.first || address > range.last) continue;
      for (const std::uint8_t size : kSizes) {
        const bool fits = eventfd.size.value == 0 || eventfd.size.value == size;
        if (fits) Add(place, address, size, eventfd.data.value);
      }
      Add(place, address, eventfd.size.value == 4 ? 2 : 4, eventfd.data.value);
      if (std::ranges::count(kSizes, eventfd.size.value) != 0) {
        Add(place, address, static_cast<std::uint8_t>(eventfd.size.value), eventfd.data.value + 1);
      }
    }
  }
}

std::optional<Disagreement> GuestAgrees::RunGuest(Machines machines, SpaceSlot space,
                                                  std::size_t step) {
  const auto differs = [&](std::string_view field, const std::string& message) {
    return Disagreement{step, "guest_agrees", field,
                        fmt::format("a guest in as{}: {}", space.index, message)};
  };
  expect_.Clear();
  actual_.Clear();
  machines.expect.hypervisor()->RunGuest(expect_accesses_, expect_);
  RemoveSkipped();
  actual_accesses_ = expect_accesses_;
  for (GuestAccess& access : actual_accesses_) {
    if (!access.is_write) access.value = 0;
  }
  machines.actual.hypervisor()->RunGuest(actual_accesses_, actual_);
  tally_.accesses += actual_accesses_.size();

  if (expect_.exits != actual_.exits) {
    const auto [should, is] = std::ranges::mismatch(expect_.exits, actual_.exits);
    return differs("guest.exits",
                   fmt::format("expect {}, actual {}",
                               should == expect_.exits.end() ? "no exit" : Words(*should),
                               is == actual_.exits.end() ? "no exit" : Words(*is)));
  }
  const auto [should, is] = std::ranges::mismatch(expect_accesses_, actual_accesses_);
  if (should != expect_accesses_.end()) {
    const bool ended = should->outcome == is->outcome;
    return differs(ended ? "guest.value" : "guest.outcome",
                   fmt::format("{}: expect {:#x}, actual {}", Words(*should), should->value,
                               ended ? fmt::format("{:#x}", is->value) : "no end"));
  }
  if (expect_.signals != actual_.signals) {
    const auto [expected, got] = std::ranges::mismatch(expect_.signals, actual_.signals);
    return differs("guest.signals",
                   fmt::format("expect {}, actual {}",
                               expected == expect_.signals.end() ? "no more" : Words(*expected),
                               got == actual_.signals.end() ? "no more" : Words(*got)));
  }
  const std::size_t exit = FirstStepThatDiffers(expect_.emulation, actual_.emulation);
  if (exit == expect_.emulation.steps.size()) return std::nullopt;
  return differs("guest.emulation", fmt::format("{} leads elsewhere", Words(expect_.exits[exit])));
}

// Exits count accesses: those that are left out move the others up.
void GuestAgrees::RemoveSkipped() {
  std::vector<std::size_t>& numbers = numbers_;
  numbers.clear();
  std::size_t kept = 0;
  for (const GuestAccess& access : expect_accesses_) {
    numbers.push_back(kept);
    kept += access.outcome == GuestAccess::Outcome::kDone ? 1 : 0;
  }
  for (ExitSeen& seen : expect_.exits) {
    if (!seen.exit.is_coalesced) seen.access = numbers[seen.access];
  }
  tally_.skipped += std::erase_if(expect_accesses_, [](const GuestAccess& access) {
    return access.outcome != GuestAccess::Outcome::kDone;
  });
}

}  // namespace flatcheck
