// The requests on memory of the engine's machine.

#pragma once

#include <string_view>

#include "engine/ram/dirty_log.h"
#include "fuzz/engine_machine.h"

namespace flatcheck {

// One request per kind of operation in memory_operations.h, save those that create regions; each
// returns the word of its refusal.
class EngineMachine::MemoryRequests {
 public:
  using Word = std::string_view;

  explicit MemoryRequests(EngineMachine& machine) : m_(machine) {}

  Word operator()(const op::RamResize& o);
  Word operator()(const op::Load& o);
  Word operator()(const op::Store& o);
  Word operator()(const op::AccessValid& o);
  Word operator()(const op::WriteRom& o);
  Word operator()(const op::Blocks& o);
  Word operator()(const op::Dirty& o);
  Word operator()(const op::TestClear& o);
  Word operator()(const op::Snapshot& o);
  Word operator()(const op::SetDirty& o);
  Word operator()(const op::Map& o);
  Word operator()(const op::Unmap& o);
  Word operator()(const op::Peek& o);
  Word operator()(const op::Poke& o);
  Word operator()(const op::HostOf& o);
  Word operator()(const op::RegionPointer& o);
  Word operator()(const op::IommuMap& o);
  Word operator()(const op::IommuUnmap& o);
  Word operator()(const op::IotlbEntry& o);
  Word operator()(const op::IommuNotifierAdd& o);
  Word operator()(const op::IommuNotifierDel& o);
  Word operator()(const op::IommuNotify& o);
  Word operator()(const op::IommuReplay& o);

 private:
  engine::MemoryRegion* Region(RegionSlot slot) const;
  engine::AddressSpace* Space(SpaceSlot slot) const;
  // Null where the mapping failed or is gone.
  engine::Mapping* Mapping(MappingSlot slot) const;
  EngineNotifier* Notifier(IommuNotifierSlot slot) const;
  // The table behind an IOMMU region, or null.
  static EngineIommu* TableOf(const engine::MemoryRegion& region);

  Answer& NewAnswer(AnswerKind kind);
  // Appends the runs to the trace.
  Extent List(const std::vector<engine::PageRange>& runs);

  EngineMachine& m_;
};

}  // namespace flatcheck
