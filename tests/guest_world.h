// A world is the reference under KVM in which a program goes on line by line, with a guest that
// looks at it in between; for tests whose expectations are text.

#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/executor.h"
#include "fuzz/program_text.h"
#include "fuzz/reference_hypervisor.h"
#include "fuzz/trace_text.h"

namespace flatcheck {

using engine::GuestAccess;

inline GuestAccess WriteAt(std::uint64_t address, std::uint8_t size, std::uint64_t value) {
  return {.address = address, .size = size, .is_write = true, .value = value};
}

inline GuestAccess ReadAt(std::uint64_t address, std::uint8_t size) {
  return {.address = address, .size = size};
}

inline GuestAccess Port(GuestAccess access) {
  access.bus = engine::KvmBus::kPortIo;
  return access;
}

class GuestWorld {
 public:
  explicit GuestWorld(std::string_view program, const HypervisorOptions& options = {})
      : machine_(options) {
    Do(program);
  }

  void Do(std::string_view lines) { EXPECT_EQ(Try(lines), "") << lines; }

  // Returns the words of refusals.
  std::string Try(std::string_view lines) {
    program_ += lines;
    const auto parsed = Parse(program_);
    const auto* const text = std::get_if<ProgramText>(&parsed);
    if (text == nullptr) return "no program";
    std::string refusals;
    const std::vector<Operation>& operations = text->program.operations;
    for (; steps_ < operations.size(); ++steps_) {
      Trace trace;
      RunStep(operations[steps_], machine_, trace);
      refusals += trace.steps.front().refusal;
    }
    return refusals;
  }

  // Slots as `start+size@region+offset`, r if read-only, d if logged, by address space.
  std::string Slots() const {
    std::vector<SlotSeen> slots;
    machine_.ObserveSlots(slots);
    std::string text;
    for (const SlotSeen& slot : slots) {
      text += fmt::format("{}{:x}+{:x}@{}+{:x}{}{}", text.empty() ? "" : " ", slot.guest_address,
                          slot.size, slot.region.index, slot.offset, slot.readonly ? "r" : "",
                          slot.logs_dirty_pages ? "d" : "");
      if (slot.address_space != 0) text += fmt::format(" in {}", slot.address_space);
    }
    return text;
  }

  // Dirty pages of a region's block.
  std::string Dirty(std::uint16_t region, Client client = Client::kVga) const {
    MemorySeen seen;
    machine_.ObserveMemory(seen);
    for (std::size_t i = 0; i < seen.blocks.size(); ++i) {
      if (seen.blocks[i].region.index != region) continue;
      const Extent runs = seen.dirty[i].runs[static_cast<std::size_t>(client)];
      return PagesText(std::span(seen.page_runs).subspan(runs.begin, runs.end - runs.begin));
    }
    return "no block";
  }

  // Exits as `access:address.size`, = and the value of a write, c for access if it was set aside;
  // then what each read got; then signals as `!notifier*count`. `#` for what cannot be done.
  std::string Guest(std::vector<GuestAccess> accesses) {
    GuestSeen seen;
    machine_.RunGuest(accesses, seen);
    emulation_ = std::move(seen.emulation);
    std::string text;
    for (const ExitSeen& one : seen.exits) {
      const std::string access = one.exit.is_coalesced ? "c" : std::to_string(one.access);
      text += fmt::format("{}:{:x}.{}", access, one.exit.address, one.exit.size);
      text += one.exit.is_write ? fmt::format("={:x} ", one.exit.value) : " ";
    }
    for (const GuestAccess& access : accesses) {
      if (access.outcome != GuestAccess::Outcome::kDone) {
        text += "# ";
      } else if (!access.is_write) {
        text += fmt::format("{:x} ", access.value);
      }
    }
    for (const SignalsSeen& one : seen.signals) {
      text += fmt::format("!{}*{} ", one.notifier, one.count);
    }
    if (!text.empty()) text.pop_back();
    return text;
  }

  // Of the last batch.
  const Trace& emulation() const { return emulation_; }

 private:
  ReferenceUnderKvm machine_;
  std::string program_;
  std::size_t steps_ = 0;
  Trace emulation_;
};

// Regions are numbered as they are created: root 0, m 1.
inline constexpr std::string_view kRam =
    "region root container 2^64\n"
    "region m ram 0x4000\n"
    "add root 0x10000 m\n"
    "as memory root\n";

}  // namespace flatcheck
