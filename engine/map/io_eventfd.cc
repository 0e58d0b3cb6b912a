#include "engine/map/io_eventfd.h"

#include <tuple>

#include "engine/map/address_range.h"
#include "engine/map/flat_view.h"
#include "engine/map/memory_region.h"

namespace flatcheck::engine {

bool Before(const IoEventfd& a, const IoEventfd& b) {
  const auto key = [](const IoEventfd& e) {
    return std::tuple(e.address, e.size, e.match_data, e.match_data ? e.data : 0, e.notifier);
  };
  return key(a) < key(b);
}

bool Equal(const IoEventfd& a, const IoEventfd& b) {
  if (a.address != b.address) return false;
  if (a.size == 0 || b.size == 0) return true;
  return a.size == b.size && a.match_data == b.match_data && (!a.match_data || a.data == b.data) &&
         a.notifier == b.notifier;
}

bool Matches(const IoEventfd& entry, std::uint64_t offset, std::uint64_t size, std::uint64_t data) {
  return Equal({offset, size, entry.match_data, data, entry.notifier}, entry);
}

std::vector<IoEventfd> CollectIoEventfds(const FlatView& view) {
  std::vector<IoEventfd> collected;
  for (const FlatRange& range : view) {
    for (IoEventfd entry : range.region->ioeventfds()) {
      const Int128 start = Int128{entry.address} - range.offset + range.first;
      const AddressRange shifted{start, start + entry.size};
      if (start < 0 || !Intersects(shifted, range.addresses())) continue;
      entry.address = static_cast<std::uint64_t>(start);
      collected.push_back(entry);
    }
  }
  return collected;
}

}  // namespace flatcheck::engine
