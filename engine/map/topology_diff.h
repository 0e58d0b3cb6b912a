// What a listener hears between two views of one address space (memory-map 4.3), as one walk over
// both.

#pragma once

#include "engine/map/flat_view.h"

namespace flatcheck::engine {

// Walks both views by address. Calls deleted(old range), kept(old range, new range) and added(new
// range), each kind in ascending order. Listeners need all deletions before anything else, so
// callers walk twice and pass what they want.
template <class Deleted, class Kept, class Added>
void WalkDifference(const FlatView& before, const FlatView& after, Deleted deleted, Kept kept,
                    Added added) {
  auto old_range = before.begin();
  auto new_range = after.begin();
  while (old_range != before.end() || new_range != after.end()) {
    const bool both = old_range != before.end() && new_range != after.end();
    if (both && SameRange(*old_range, *new_range)) {
      kept(*old_range++, *new_range++);
    } else if (new_range == after.end() || (both && old_range->first <= new_range->first)) {
      deleted(*old_range++);
    } else {
      added(*new_range++);
    }
  }
}

}  // namespace flatcheck::engine
