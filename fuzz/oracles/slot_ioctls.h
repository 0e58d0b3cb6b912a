// How many KVM_SET_USER_MEMORY_REGION an operation is worth.

#pragma once

#include <cstdint>
#include <vector>

#include "fuzz/hypervisor.h"

namespace flatcheck {

struct SlotChange {
  // The kernel keeps a log when it is fetched, so a slot with one is not kept: it goes and comes
  // again.
  bool logs_stay = false;
  // Its logging stops first, and then its slots become what their regions are by now.
  bool is_space_destroyed = false;
};

// As many as it takes at most to get from the slots `before` to those `after`, both by ascending
// address space and guest address: one for each that goes, comes, moves or has its log switched.
// Where slots that move wait for each other, all but one of them may have to go and come.
std::uint64_t SlotIoctlsAtMost(const std::vector<SlotSeen>& before,
                               const std::vector<SlotSeen>& after, const SlotChange& change = {});

}  // namespace flatcheck
