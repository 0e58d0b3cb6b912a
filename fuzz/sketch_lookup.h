// Which region answers an access, as far as a sketch can tell: one address, by the tree.

#pragma once

#include <cstdint>
#include <optional>

#include "fuzz/program.h"
#include "fuzz/sketch.h"

namespace flatcheck {

// Where an access ends: a device, memory, a reservation, or an IOMMU region whose table leads
// nowhere; absent where nothing is. Which of two siblings of one priority lies on top is a guess,
// and what an open transaction holds back counts as done.
RegionSlot LeafAt(const Sketch& sketch, SpaceSlot space, std::uint64_t address);

// The regions that have bytes or callbacks to answer with.
SlotSet Answering(const Sketch& sketch);
// Devices, and ROM devices in either mode.
SlotSet AnsweringByCallback(const Sketch& sketch);
// Where a mapping needs no bounce buffer (memory-map 6.3).
SlotSet MappedDirectly(const Sketch& sketch, bool is_write);

// A window in the parent that ends in their target where the child begins, if both are windows.
std::optional<RegionSlot> WindowBefore(const Sketch& sketch, const op::Add& add);

}  // namespace flatcheck
