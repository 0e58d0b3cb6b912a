#include "fuzz/program_cut.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <type_traits>
#include <utility>

#include "fuzz/draft.h"
#include "fuzz/operation_kinds.h"

namespace flatcheck {
namespace {

// The objects that an operation names, and the one that it defines.
using Object = std::pair<std::size_t, std::uint16_t>;  // Kind and slot.

std::vector<std::vector<Object>> ObjectsByOperation(const Program& program) {
  std::array<std::uint16_t, kKindCount> defined{};
  std::vector<std::vector<Object>> objects;
  for (const Operation& operation : program.operations) {
    std::vector<Object>& of_this = objects.emplace_back();
    VisitOperands(operation, Overload{[&]<class Kind>(const Defines<Kind>&) {
                                        of_this.emplace_back(kKindIndex<Kind>,
                                                             defined[kKindIndex<Kind>]++);
                                      },
                                      [&]<class Kind>(const Slot<Kind>& slot) {
                                        of_this.emplace_back(kKindIndex<Kind>, slot.index);
                                      },
                                      [](const auto&) {}});
  }
  return objects;
}

// The operation that defines the region. REQUIRES: there is one.
std::size_t DefinitionOf(const Program& program, RegionSlot region) {
  std::size_t position = 0;
  for (std::uint16_t defined = 0;; ++position) {
    bool defines = false;
    VisitOperands(
        program.operations[position],
        Overload{[&defines](const Defines<RegionKind>&) { defines = true; }, [](const auto&) {}});
    if (defines && defined++ == region.index) return position;
  }
}

}  // namespace

Program Kept(const Program& program, std::vector<bool> keep) {
  // The new slots by the old ones; kAbsent for what is left out.
  std::array<std::vector<std::uint16_t>, kKindCount> slots;
  std::array<std::uint16_t, kKindCount> count{};
  Program kept;
  for (std::size_t i = 0; i < program.operations.size(); ++i) {
    Operation operation = program.operations[i];
    bool stays = keep[i];
    VisitOperands(operation, Overload{[&]<class Kind>(Slot<Kind>& slot) {
                                        const auto& known = slots[kKindIndex<Kind>];
                                        // One that is not there yet is absent.
                                        const bool is_known = slot.index < known.size();
                                        slot.index = is_known ? known[slot.index] : kAbsent;
                                        stays = stays && (!is_known || slot.index != kAbsent);
                                      },
                                      [](auto&) {}});
    VisitOperands(operation, Overload{[&]<class Kind>(Defines<Kind>&) {
                                        constexpr std::size_t kKind = kKindIndex<Kind>;
                                        slots[kKind].push_back(stays ? count[kKind]++ : kAbsent);
                                      },
                                      [](auto&) {}});
    if (stays) kept.operations.push_back(std::move(operation));
  }
  return kept;
}

Program NeededFor(const Program& program, std::size_t step) {
  const auto objects = ObjectsByOperation(program);
  std::set<Object> needed(objects[step].begin(), objects[step].end());
  std::vector<bool> keep(program.operations.size(), needed.empty());
  for (std::size_t i = 0; i <= step; ++i) keep[i] = keep[i] || objects[i].empty();
  keep[step] = true;
  for (bool grew = true; grew;) {
    grew = false;
    for (std::size_t i = 0; i < step; ++i) {
      const auto is_needed = [&](const Object& object) { return needed.contains(object); };
      if (keep[i] || std::none_of(objects[i].begin(), objects[i].end(), is_needed)) continue;
      keep[i] = grew = true;
      needed.insert(objects[i].begin(), objects[i].end());
    }
  }
  return Kept(program, std::move(keep));
}

Program Merged(const Program& program, RegionSlot gone, RegionSlot other) {
  // Where `gone` lies in `other`, or the other way round.
  std::uint64_t shift = 0;
  RegionSlot shifted = gone;
  for (const Operation& operation : program.operations) {
    const auto* add = std::get_if<op::Add>(&operation);
    if (add == nullptr) continue;
    const bool gone_in_other = add->child == gone && add->parent == other;
    const bool other_in_gone = add->child == other && add->parent == gone;
    if (!gone_in_other && !other_in_gone) continue;
    shift = add->offset.value;
    shifted = add->child;
  }
  Program merged = program;
  std::vector<bool> keep(program.operations.size(), true);
  std::uint16_t defined = 0;
  for (std::size_t i = 0; i < merged.operations.size(); ++i) {
    Operation& operation = merged.operations[i];
    if (auto* add = std::get_if<op::Add>(&operation); add != nullptr && add->parent == shifted) {
      add->offset.value += shift;
    }
    VisitOperands(operation,
                  Overload{[&](Defines<RegionKind>&) { keep[i] = defined++ != gone.index; },
                           [&](RegionSlot& slot) {
                             if (slot == gone) slot = other;
                           },
                           [](auto&) {}});
    // It does not hang in itself.
    const auto* add = std::get_if<op::Add>(&operation);
    const auto* del = std::get_if<op::Del>(&operation);
    if ((add != nullptr && add->parent == add->child) ||
        (del != nullptr && del->parent == del->child)) {
      keep[i] = false;
    }
  }
  return Kept(merged, std::move(keep));
}

Program MergedInto(const Program& program, RegionSlot gone, RegionSlot other) {
  Program changed = program;
  changed.operations[DefinitionOf(program, other)] =
      program.operations[DefinitionOf(program, gone)];
  return Merged(changed, gone, other);
}

Program Folded(const Program& program, std::size_t position) {
  const Operation& change = program.operations[position];
  const auto* move = std::get_if<op::MoveTo>(&change);
  const auto* resize = std::get_if<op::Resize>(&change);
  const auto* aim = std::get_if<op::AliasOffset>(&change);
  const auto* ram_resize = std::get_if<op::RamResize>(&change);
  if (move == nullptr && resize == nullptr && aim == nullptr && ram_resize == nullptr) {
    return program;
  }
  const RegionSlot region = move != nullptr     ? move->region
                            : resize != nullptr ? resize->region
                            : aim != nullptr    ? aim->region
                                                : ram_resize->region;
  Program folded = program;
  for (std::size_t i = 0; i < position; ++i) {
    if (auto* add = std::get_if<op::Add>(&folded.operations[i]);
        move != nullptr && add != nullptr && add->child == region) {
      add->offset = move->address;
    }
  }
  if (move == nullptr && region.index < CountDefinitions(program.operations)[0]) {
    std::visit(
        [&]<class Op>(Op& made) {
          if constexpr (CreatesRegion<Op>) {
            if (resize != nullptr) made.size = resize->size;
            if (ram_resize != nullptr) made.size = ram_resize->size;
          }
          if constexpr (std::is_same_v<Op, op::Alias>) {
            if (aim != nullptr) made.offset = aim->offset;
          }
        },
        folded.operations[DefinitionOf(program, region)]);
  }
  folded.operations.erase(folded.operations.begin() + static_cast<std::ptrdiff_t>(position));
  return folded;
}

}  // namespace flatcheck
