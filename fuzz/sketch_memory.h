// What a sketch grants and does of the operations on memory: a part of fuzz/sketch.cc.

#pragma once

#include <cstdint>

#include "fuzz/limits.h"
#include "fuzz/program.h"
#include "fuzz/sketch.h"

namespace flatcheck {

// What goes to an address of a space and may meet other accesses there.
template <class Op>
concept IsAccess = kIsOneOf<Op, op::Read, op::Write, op::Load, op::Store, op::WriteRom, op::Map>;

// Wraps to 0 where no block is that large.
constexpr std::uint64_t WholePages(std::uint64_t bytes) {
  return (bytes + limits::kPageSize - 1) & ~(limits::kPageSize - 1);
}

bool HasMapping(const Sketch& sketch, SpaceSlot space);
// The regions that live mappings or notifiers may be of.
SlotSet Held(const Sketch& sketch);
// What address spaces and mappings that are gone have held.
SlotSet OnceHeld(const Sketch& sketch);

bool Allows(const Sketch& sketch, const op::ResizeableRam& ram);
bool Allows(const Sketch& sketch, const op::RamResize& resize);
bool Allows(const Sketch& sketch, const op::AccessValid& valid);
bool Allows(const Sketch& sketch, const op::Dirty& dirty);
bool Allows(const Sketch& sketch, const op::TestClear& clear);
bool Allows(const Sketch& sketch, const op::Snapshot& snapshot);
bool Allows(const Sketch& sketch, const op::SetDirty& set);
bool Allows(const Sketch& sketch, const op::Unmap& unmap);
bool Allows(const Sketch& sketch, const op::Peek& peek);
bool Allows(const Sketch& sketch, const op::Poke& poke);
bool Allows(const Sketch& sketch, const op::RegionPointer& pointer);
bool Allows(const Sketch& sketch, const op::IommuMap& map);
bool Allows(const Sketch& sketch, const op::IommuUnmap& unmap);
bool Allows(const Sketch& sketch, const op::IommuNotifierAdd& add);
bool Allows(const Sketch& sketch, const op::IommuNotify& notify);
bool Allows(const Sketch& sketch, const op::IommuReplay& replay);

void Change(Sketch& sketch, const op::RamResize& resize);
void Change(Sketch& sketch, const op::Unmap& unmap);
void Change(Sketch& sketch, const op::IommuMap& map);
void Change(Sketch& sketch, const op::IommuUnmap& unmap);
void Change(Sketch& sketch, const op::IommuNotifierDel& del);

void Create(Sketch& sketch, const op::Map& map, bool is_granted);
void Create(Sketch& sketch, const op::IommuNotifierAdd& add, bool is_granted);

}  // namespace flatcheck
