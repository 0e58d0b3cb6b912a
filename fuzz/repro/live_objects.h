// LiveObjects are the objects that a program's operations can name at one place of it, as the
// reference made and destroyed them.

#pragma once

#include <string_view>
#include <tuple>
#include <vector>

#include "fuzz/operation_kinds.h"
#include "fuzz/program.h"
#include "fuzz/trace.h"

namespace flatcheck {

class LiveObjects {
 public:
  template <class Kind>
  bool Has(Slot<Kind> slot) const {
    const auto& live = std::get<Objects<Kind>>(objects_).live;
    return slot.index < live.size() && live[slot.index];
  }

  // Whether all objects that the operation names are there.
  bool HasAll(const Operation& operation) const;

  // Why the trace's step was refused; behind its end everything is granted that can be asked.
  std::string_view RefusalOf(const Trace& trace, std::size_t step,
                             const Operation& operation) const;

  // Whether it was granted and did what it was to do; as RefusalOf.
  bool TakesEffect(const Trace& trace, std::size_t step, const Operation& operation) const;

  void Advance(const Operation& operation, bool takes_effect);

 private:
  template <class Kind>
  struct Objects {
    std::vector<bool> live;  // By slot.
  };
  std::tuple<Objects<RegionKind>, Objects<SpaceKind>, Objects<ListenerKind>, Objects<MappingKind>,
             Objects<IommuNotifierKind>>
      objects_;
};

}  // namespace flatcheck
