// The layers of a flat view: each place where the tree below its root puts a region, cut to what
// lies above it in the tree, and which parts of the view show it there.
//
// Layers are made from the tree as it is now and the view as it was published. Where the two
// differ, in an open transaction, the parts of the view that no layer accounts for are left over.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/map/address_space.h"
#include "engine/map/flat_view.h"

namespace flatcheck::engine {

struct AddressSpan {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // Inclusive.
  bool operator==(const AddressSpan&) const = default;
};

struct Layer {
  const MemoryRegion* region = nullptr;
  AddressSpan span;
  std::uint64_t offset = 0;          // Of the span's first byte in the region.
  std::optional<std::size_t> above;  // The layer of its container or alias.
  std::size_t end = 0;               // The layers below it are those from the next one to this.
  bool is_enabled = true;            // What a disabled region holds has no layers.
  std::vector<AddressSpan> seen;     // Ascending.
};

struct Layers {
  std::vector<Layer> layers;               // Each before those below it.
  std::vector<std::size_t> front_to_back;  // Where two overlap, the first one hides the other.
  std::vector<FlatRange> left_over;        // Parts of the view.
  bool is_complete = true;                 // There are no more than these.
};

// Below the view's root; for a view of nothing, below the space's. At most layers_max.
Layers LayersOf(const AddressSpace& space, std::size_t layers_max);

}  // namespace flatcheck::engine
