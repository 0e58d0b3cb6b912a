// An address space as Linux lists its resources in /proc/iomem.
//
//   00000000-0009ffff : System RAM
//   c0000000-febfffff : pci
//     fd000000-fdffffff : vga.vram
//   fec00000-fec00fff : ioapic
//
// Each visible part of a region is a line with the region's name; RAM that can be written is
// `System RAM`, or `Persistent Memory` if it is nonvolatile. Neighbours of one such kind are one
// line, as are parts of a region that continue each other. A container has a line around its
// regions where nothing else is visible within its bounds; of two whose bounds cross, the one in
// front. So has a device with other regions in it, in place of its own visible parts. Below
// anything else, aliases and RAM among it, the regions stand one level up.
//
// An end is inclusive. Addresses have at least 8 digits, and more where they need them. A control
// character in a name is `?`, so that a line is a region.

#pragma once

#include <string>

#include "engine/map/address_space.h"

namespace flatcheck::engine {

std::string PrintIomem(const AddressSpace& space);

}  // namespace flatcheck::engine
