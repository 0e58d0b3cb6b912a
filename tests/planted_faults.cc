#include "tests/planted_faults.h"

#include <algorithm>

#include "fuzz/engine_machine.h"
#include "fuzz/reference_machine.h"
#include "fuzz/virtual_machines.h"

namespace flatcheck {
namespace {

void DropCallbacks(Trace& trace, std::size_t begin, CallbackKind kind) {
  const auto from = trace.callbacks.begin() + static_cast<std::ptrdiff_t>(begin);
  trace.callbacks.erase(std::remove_if(from, trace.callbacks.end(),
                                       [kind](const Callback& c) { return c.kind == kind; }),
                        trace.callbacks.end());
}

}  // namespace

std::vector<Planted> AllPlanted() {  // NOLINT(readability-function-size): a table.
  std::vector<Planted> all;
  const auto plant = [&all](std::string_view name, std::string_view oracle, Where where) -> Fault& {
    return all.emplace_back(Planted{name, oracle, where, {}}).fault;
  };
  plant("a second parent is granted", "refusals_agree", Where::kEngine).refuse = [](auto word) {
    return word == "has-parent" ? std::string_view() : word;
  };
  plant("another reason is given", "refusals_agree", Where::kEngine).refuse = [](auto word) {
    return word == "cycle" ? std::string_view("has-parent") : word;
  };
  plant("priorities are turned around", "views_agree", Where::kEngine).replace =
      [](const auto& operation, auto) {
        Operation other = operation;
        if (auto* add = std::get_if<op::Add>(&other)) add->priority.value = ~add->priority.value;
        return other;
      };
  plant("a range's offset is one page off", "views_agree", Where::kEngine).show = [](Trace& trace,
                                                                                     std::size_t) {
    if (trace.ranges.size() > 3) trace.ranges.back().offset += 0x1000;
  };
  plant("a log mask is forgotten", "views_agree", Where::kEngine).show = [](Trace& trace,
                                                                            std::size_t) {
    for (RangeSeen& range : trace.ranges) range.log_mask &= 0x1;
  };
  plant("a shared view is made twice", "views_agree", Where::kEngine).show = [](Trace& trace,
                                                                                std::size_t begin) {
    for (std::size_t i = begin; i < trace.views.size(); ++i) {
      trace.views[i].shares_with = trace.views[i].space;
    }
  };
  plant("region_nop is not called", "events_agree", Where::kEngine).spoil =
      [](Trace& trace, std::size_t begin, std::size_t) {
        DropCallbacks(trace, begin, CallbackKind::kRegionNop);
      };
  plant("two callbacks change places", "events_agree", Where::kEngine).spoil =
      [](Trace& trace, std::size_t begin, std::size_t) {
        const auto from = trace.callbacks.begin() + static_cast<std::ptrdiff_t>(begin);
        if (trace.callbacks.end() - from > 2) std::iter_swap(from, from + 1);
      };
  plant("bytes read are shifted", "answers_agree", Where::kEngine).spoil =
      [](Trace& trace, std::size_t, std::size_t begin) {
        for (std::size_t i = begin; i < trace.answers.size(); ++i) {
          auto& data = trace.answers[i].data;
          std::rotate(data.begin(), data.begin() + 1, data.end());
        }
      };
  plant("a translation is one byte short", "lookups_agree", Where::kEngine).translate =
      [](Translated& translated) {
        if (translated.length > 0x100) --translated.length;
      };
  plant("the last byte of a page is translated to the next", "lookups_agree", Where::kEngine)
      .translate = [](Translated& translated) {
    if (translated.region != RegionSlot{} && translated.address % 0x1000 == 0xfff) {
      ++translated.address;
    }
  };
  plant("find forgets read-only", "lookups_agree", Where::kEngine).find = [](Found& found) {
    found.section.readonly = false;
  };
  plant("a list has the types of ranges wrong", "listings_agree", Where::kEngine).list =
      [](Listing listing, std::string& text) {
        const std::size_t type = text.rfind("ram): ");
        if (listing == Listing::kViews && type != std::string::npos) text.replace(type, 3, "rom");
      };
  plant("a list of trees lacks its last byte", "listings_agree", Where::kEngine).list =
      [](Listing listing, std::string& text) {
        if (listing == Listing::kTrees && text.size() > 100) text.resize(text.size() - 1);
      };
  plant("neighbours are not merged", "view_is_canonical", Where::kBoth).show =
      [](Trace& trace, std::size_t begin) {
        if (trace.views.size() == begin) return;
        ViewSeen& view = trace.views.back();
        if (view.ranges.end == view.ranges.begin) return;
        RangeSeen& last = trace.ranges.back();
        if (last.last == last.first || last.unmergeable) return;
        RangeSeen tail = last;
        last.last = last.first;
        ++tail.first;
        ++tail.offset;
        trace.ranges.push_back(tail);
        ++view.ranges.end;
      };
  plant("ranges overlap", "view_is_canonical", Where::kBoth).show = [](Trace& trace,
                                                                       std::size_t begin) {
    if (trace.views.size() == begin) return;
    const Extent ranges = trace.views.back().ranges;
    if (ranges.end - ranges.begin > 1)
      trace.ranges.back().first = trace.ranges[ranges.end - 2].last;
  };
  plant("deletions are not told", "events_rebuild_view", Where::kBoth).spoil =
      [](Trace& trace, std::size_t begin, std::size_t) {
        DropCallbacks(trace, begin, CallbackKind::kRegionDel);
      };
  plant("additions come before deletions", "events_rebuild_view", Where::kBoth).spoil =
      [](Trace& trace, std::size_t begin, std::size_t) {
        std::stable_partition(trace.callbacks.begin() + static_cast<std::ptrdiff_t>(begin),
                              trace.callbacks.end(), [](const Callback& callback) {
                                return callback.kind == CallbackKind::kBegin ||
                                       callback.kind == CallbackKind::kRegionAdd;
                              });
      };
  plant("a range that stays is not confirmed", "events_rebuild_view", Where::kBoth).spoil =
      [](Trace& trace, std::size_t begin, std::size_t) {
        DropCallbacks(trace, begin, CallbackKind::kRegionNop);
      };
  plant("log_start tells no old mask", "events_rebuild_view", Where::kBoth).spoil =
      [](Trace& trace, std::size_t begin, std::size_t) {
        for (std::size_t i = begin; i < trace.callbacks.size(); ++i) {
          if (trace.callbacks[i].kind == CallbackKind::kLogStart) trace.callbacks[i].extra[0] = 0x2;
        }
      };
  plant("a transaction loses removals", "one_transaction_or_many", Where::kBoth).replace =
      [](const auto& operation, std::uint64_t depth) -> Operation {
    if (depth > 0 && std::holds_alternative<op::Del>(operation)) return op::LogSync{};
    return operation;
  };
  plant("a region is not enabled again", "disable_and_enable", Where::kBoth).replace =
      [](const auto& operation, std::uint64_t) -> Operation {
    const auto* enable = std::get_if<op::Enable>(&operation);
    if (enable != nullptr && enable->on.value) return op::LogSync{};
    return operation;
  };
  plant("priorities are ignored", "hidden_region", Where::kBoth).replace = [](const auto& operation,
                                                                              auto) {
    Operation other = operation;
    if (auto* add = std::get_if<op::Add>(&other)) add->priority.value = 0;
    return other;
  };
  plant("a slot is a page short", "slots_agree", Where::kEngine).slots = [](auto& slots) {
    if (!slots.empty()) slots.back().size -= 0x1000;
  };
  plant("a slot is not read-only", "slots_agree", Where::kEngine).slots = [](auto& slots) {
    for (SlotSeen& slot : slots) slot.readonly = false;
  };
  plant("a slot does not log", "slots_agree", Where::kEngine).slots = [](auto& slots) {
    for (SlotSeen& slot : slots) slot.logs_dirty_pages = false;
  };
  plant("a dirty log has lost a page", "slots_agree", Where::kEngine).slots = [](auto& slots) {
    for (SlotSeen& slot : slots) slot.dirty_pages.clear();
  };
  plant("a slot's number is not the lowest", "slots_agree", Where::kEngine).slot_numbers =
      [](auto& numbers) {
        for (std::uint32_t& number : numbers) ++number;
      };
  plant("an ioeventfd is not in the kernel", "slots_agree", Where::kEngine).buses =
      [](auto& entries) { entries.clear(); };
  plant("the kernel is not left empty", "slots_agree", Where::kEngine).leave = [] {
    return std::string("a slot is left");
  };
  plant("a kernel answers differently", "kernels_agree", Where::kEngine).kernels = [] {
    return std::string("KVM_IOEVENTFD: done, File exists");
  };
  plant("a guest reads other bytes", "guest_agrees", Where::kEngine).guest = [](auto accesses,
                                                                                GuestSeen&) {
    for (engine::GuestAccess& access : accesses) access.value ^= access.is_write ? 0 : 0x80;
  };
  plant("an access does not end", "guest_agrees", Where::kEngine).guest = [](auto accesses,
                                                                             GuestSeen&) {
    for (engine::GuestAccess& access : accesses) {
      access.outcome = engine::GuestAccess::Outcome::kFailed;
    }
  };
  plant("exits come a byte late", "guest_agrees", Where::kEngine).guest = [](auto,
                                                                             GuestSeen& seen) {
    for (ExitSeen& exit : seen.exits) ++exit.exit.address;
  };
  plant("a signal comes twice", "guest_agrees", Where::kEngine).guest = [](auto, GuestSeen& seen) {
    for (SignalsSeen& signals : seen.signals) signals.count *= 2;
  };
  plant("a device is not called", "guest_agrees", Where::kEngine).guest = [](auto,
                                                                             GuestSeen& seen) {
    for (Step& step : seen.emulation.steps) step.device_calls = {};
  };
  return all;
}

Differential UnderKvmWith(const Fault& fault) {
  const auto machines = std::make_shared<VirtualMachines>(VirtualMachines::Kernel::kFake);
  return Differential(
      Oracles::kKvm, [machines](const Program& program) { return machines->NewReference(program); },
      [machines, &fault](const Program& program) {
        return std::make_unique<Faulty>(machines->NewEngine(program), fault);
      });
}

Differential With(const Fault& fault, Where where) {
  if (fault.NeedsKvm()) return UnderKvmWith(fault);
  const NewMachine reference = [](const Program&) { return std::make_unique<ReferenceMachine>(); };
  const NewMachine faulty_reference = [&fault](const Program&) {
    return std::make_unique<Faulty>(std::make_unique<ReferenceMachine>(), fault);
  };
  const NewMachine faulty_engine = [&fault](const Program&) {
    return std::make_unique<Faulty>(std::make_unique<EngineMachine>(), fault);
  };
  return Differential(Oracles::kAll, where == Where::kBoth ? faulty_reference : reference,
                      faulty_engine);
}

}  // namespace flatcheck
