// The memory map that a PC's firmware would hand to its guest, in the lines with which Linux prints
// it at boot (ACPI 6.5, section 15).
//
//   BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable
//
// What becomes of a range of the view is chosen as firmware does for the machine it knows:
//   usable      RAM that can be written there, a device's own too if it was created as RAM
//   persistent  the same, if it is nonvolatile (type 7)
//   reserved    ROM, ROM devices in either mode, device memory, RAM that is read-only there, and
//               reservations: somebody answers, or wants nobody to
// Devices are not listed; a guest finds them by other means. Neighbours of one type are one entry.
// Usable and persistent entries are then cut to whole pages of 4 KiB, since a guest takes no part
// of a page; reserved ones stay as they are.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/map/flat_view.h"

namespace flatcheck::engine {

enum class E820Type : std::uint32_t { kUsable = 1, kReserved = 2, kPersistent = 7 };

struct E820Entry {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // Inclusive.
  E820Type type = E820Type::kUsable;
  bool operator==(const E820Entry&) const = default;
};

// Ascending, disjoint.
std::vector<E820Entry> E820Entries(const FlatView& view);

std::string PrintE820(const FlatView& view);

}  // namespace flatcheck::engine
