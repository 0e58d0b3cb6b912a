// An IoEventfd makes a write to an address signal a notifier instead of calling the device. Each
// region keeps a list of them in device offsets; each address space keeps the list that follows
// from its view, in guest addresses.
//
// The order and the equality are QEMU's and do not fit each other (memory-map 5.1, 5.2): an entry
// of size 0 equals every entry at its address, whatever its notifier.

#pragma once

#include <cstdint>
#include <set>
#include <vector>

namespace flatcheck::engine {

class FlatView;

struct IoEventfd {
  std::uint64_t address = 0;  // An offset in the region; in a space's list a guest address.
  std::uint64_t size = 0;     // Bytes; 0 matches any access at the address.
  bool match_data = false;
  std::uint64_t data = 0;
  std::uint32_t notifier = 0;  // A name of its owner's choosing; ties are ordered by it.
};

bool Before(const IoEventfd& a, const IoEventfd& b);

// In the order of Before; one that is neither before nor behind others comes behind them.
struct IoEventfdOrder {
  bool operator()(const IoEventfd& a, const IoEventfd& b) const { return Before(a, b); }
};
using IoEventfdSet = std::multiset<IoEventfd, IoEventfdOrder>;

bool Equal(const IoEventfd& a, const IoEventfd& b);

// Would a write of `size` bytes of `data` at `offset` signal it? (memory-map 5.6)
bool Matches(const IoEventfd& entry, std::uint64_t offset, std::uint64_t size, std::uint64_t data);

// The list of an address space that shows `view` (memory-map 5.4): an entry that straddles two
// ranges of its region appears for each of them, unclipped; one whose address would fall below 0 is
// left out.
std::vector<IoEventfd> CollectIoEventfds(const FlatView& view);

}  // namespace flatcheck::engine
