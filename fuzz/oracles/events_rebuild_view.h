// What a listener heard since it was registered, replayed from nothing, is the view that its
// address space publishes.
//
// A listener like KVM's keeps such a copy and never sees the view itself. Within one commit it must
// hear every deletion before the first addition, a deletion only of what it has, an addition only
// where it has nothing, and a range that stays (region_nop) for each range that it keeps; log_start
// and log_stop must begin from the mask that it knows. After unregistration nothing is left.

#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "fuzz/oracles/disagreement.h"
#include "fuzz/program.h"
#include "fuzz/trace.h"

namespace flatcheck {

class EventsRebuildView {
 public:
  // Forgets the program before.
  void Start() { mirrors_.clear(); }

  // Takes the steps of one trace in order, each with the operation that it ran.
  std::optional<Disagreement> Check(const Operation& operation, const Trace& trace,
                                    std::size_t step);

 private:
  // A range as a listener knows it.
  struct Known {
    Section section;
    std::uint8_t log_mask = 0;
    std::uint8_t log_mask_before = 0;  // The old mask of the last change.
    bool mask_is_known = false;  // An addition in a commit does not tell the mask (memory-map 4.3).
    bool kept = false;           // Added or confirmed since the last Begin.
  };
  struct Mirror {
    SpaceSlot space;
    bool is_registered = false;
    bool within_commit = false;
    bool adding = false;        // Something was added or confirmed since Begin.
    std::vector<Known> ranges;  // By ascending address.
  };
  struct Finding {
    std::string_view field;
    std::string_view message;
  };

  std::optional<Finding> Hear(const Callback& callback, bool leaving);
  static std::optional<Finding> HearAdd(Mirror& mirror, const Section& section);
  static std::optional<Finding> HearDel(Mirror& mirror, const Section& section, bool leaving);
  static std::optional<Finding> HearNop(Mirror& mirror, const Section& section);
  static std::optional<Finding> HearMask(Mirror& mirror, const Callback& callback);
  static std::optional<Finding> HearCommit(Mirror& mirror, bool leaving);
  static std::optional<Finding> Compare(Mirror& mirror, const Trace& trace, Extent views);

  std::vector<Mirror> mirrors_;  // By listener slot.
};

}  // namespace flatcheck
