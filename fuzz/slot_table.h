// A SlotTable is what the operations at one place of a program can name: how many objects of each
// kind the operations before it define, and which of these no operation before it ends.
//
// It knows the program only and asks no machine: a refused creation has its slot all the same, a
// refused destruction counts as one.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "fuzz/operands.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/program.h"

namespace flatcheck {

class SlotTable {
 public:
  // One slot number is kAbsent.
  static constexpr std::size_t kObjectsMax = kAbsent;

  template <class Kind>
  std::size_t DefinedCount() const {
    return std::get<Objects<Kind>>(objects_).defined;
  }
  // What the next definition defines.
  template <class Kind>
  Slot<Kind> Next() const {
    return {static_cast<std::uint16_t>(DefinedCount<Kind>())};
  }
  // In order of definition.
  template <class Kind>
  const std::vector<std::uint16_t>& Live() const {
    return std::get<Objects<Kind>>(objects_).live;
  }
  template <class Kind>
  bool IsDefined(Slot<Kind> slot) const {
    return slot.index < DefinedCount<Kind>();
  }

  // Whether the operation's definition, if it has one, gets a slot.
  template <class Op>
  bool HasRoomFor(const Op& operation) const;
  bool HasRoomFor(const op::Unknown&) const { return true; }
  bool HasRoomFor(const Operation& operation) const;

  // Moves to the place behind the operation. REQUIRES: HasRoomFor(operation).
  template <class Op>
  void Advance(const Op& operation);
  void Advance(const op::Unknown&) {}
  void Advance(const Operation& operation);

 private:
  template <class Kind>
  struct Objects {
    std::size_t defined = 0;
    std::vector<std::uint16_t> live;
  };

  std::tuple<Objects<RegionKind>, Objects<SpaceKind>, Objects<ListenerKind>, Objects<MappingKind>,
             Objects<IommuNotifierKind>>
      objects_;
};

template <class Op>
bool SlotTable::HasRoomFor(const Op& operation) const {
  bool has_room = true;
  VisitOperands(operation, Overload{[&]<class Kind>(const Defines<Kind>&) {
                                      has_room = DefinedCount<Kind>() < kObjectsMax;
                                    },
                                    [](const auto&) {}});
  return has_room;
}

template <class Op>
void SlotTable::Advance(const Op& operation) {
  VisitOperands(operation, Overload{[&]<class Kind>(const Defines<Kind>&) {
                                      auto& [defined, live] = std::get<Objects<Kind>>(objects_);
                                      live.push_back(static_cast<std::uint16_t>(defined++));
                                    },
                                    [&]<class Kind>(const Slot<Kind>& slot) {
                                      if constexpr (!kEndsObject<Op>) return;
                                      auto& live = std::get<Objects<Kind>>(objects_).live;
                                      const auto found = std::ranges::lower_bound(live, slot.index);
                                      if (found != live.end() && *found == slot.index)
                                        live.erase(found);
                                    },
                                    [](const auto&) {}});
}

inline bool SlotTable::HasRoomFor(const Operation& operation) const {
  return std::visit([this](const auto& held) { return HasRoomFor(held); }, operation);
}

inline void SlotTable::Advance(const Operation& operation) {
  std::visit([this](const auto& held) { Advance(held); }, operation);
}

}  // namespace flatcheck
