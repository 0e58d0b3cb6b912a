// A Scope is a bound: the universes whose programs it holds, and for each how many regions and how
// many moves these have. No difference in a scope means that there is no small error of the kinds
// that its universes can show.
//
// Why several small universes and not one large: an error takes few objects and few operations, but
// any of some sixty kinds of operations. All of them together would leave room for two or three
// moves; those that write what others of them read, with operands that make the cases of the rules
// (same page and next page and half a page; equal and unequal priority; the ends of 2^64), leave
// room for four to six.

#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "fuzz/enumerate/universe.h"

namespace flatcheck {

struct Scope {
  struct Part {
    Universe (*universe)() = nullptr;
    std::size_t regions_max = 0;
    std::size_t moves_max = 0;
  };
  std::string_view name;
  std::span<const Part> parts;
};

// What regions lie where: children of children, ties, half pages, aliases of what moves.
Universe Places();
// Who shows, and how: enabled, read-only, nonvolatile, unmergeable, sizes, windows, dirty logs.
Universe Attributes();
// Which ranges become one: two windows side by side, to parts of one block that continue each
// other.
Universe Neighbours();
// When it shows: transactions within transactions, with spaces and listeners that come and go.
Universe Transactions();
// What a root is resolved to, which spaces share a view, and who is told in which order.
Universe Spaces();
// Eventfds and coalesced windows of devices that overlap and move.
Universe Devices();
// Regions of 2^64 bytes, and the last page there is.
Universe Edges();
// Bytes, dirty pages, blocks and mappings.
Universe Memory();
// An IOMMU's table, what is read and mapped through it, and its notifiers.
Universe Iommu();

// S, M or L; null if it is none of them. Each holds the ones before.
const Scope* FindScope(std::string_view name);

}  // namespace flatcheck
