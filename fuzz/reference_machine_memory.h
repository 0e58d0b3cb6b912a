// Puts the operations on memory to the model (fuzz/memory_operations.h, and bulk reads and writes).

#pragma once

#include <string_view>

#include "fuzz/program.h"
#include "fuzz/trace.h"
#include "reference/model.h"

namespace flatcheck {

// Returns why the operation is refused, or nothing. Its answer goes into the trace.
struct MemoryRequest {
  reference::Model& model;
  Trace& trace;

  std::string_view operator()(const op::Translate& o) const;
  std::string_view operator()(const op::Read& o) const;
  std::string_view operator()(const op::Write& o) const;
  std::string_view operator()(const op::Load& o) const;
  std::string_view operator()(const op::Store& o) const;
  std::string_view operator()(const op::AccessValid& o) const;
  std::string_view operator()(const op::WriteRom& o) const;

  std::string_view operator()(const op::ResizeableRam& o) const;
  std::string_view operator()(const op::RamResize& o) const;
  std::string_view operator()(const op::Blocks& o) const;
  std::string_view operator()(const op::Dirty& o) const;
  std::string_view operator()(const op::TestClear& o) const;
  std::string_view operator()(const op::Snapshot& o) const;
  std::string_view operator()(const op::SetDirty& o) const;

  std::string_view operator()(const op::Map& o) const;
  std::string_view operator()(const op::Unmap& o) const;
  std::string_view operator()(const op::Peek& o) const;
  std::string_view operator()(const op::Poke& o) const;
  std::string_view operator()(const op::HostOf& o) const;
  std::string_view operator()(const op::RegionPointer& o) const;

  std::string_view operator()(const op::Iommu& o) const;
  std::string_view operator()(const op::IommuMap& o) const;
  std::string_view operator()(const op::IommuUnmap& o) const;
  std::string_view operator()(const op::IotlbEntry& o) const;
  std::string_view operator()(const op::IommuNotifierAdd& o) const;
  std::string_view operator()(const op::IommuNotifierDel& o) const;
  std::string_view operator()(const op::IommuNotify& o) const;
  std::string_view operator()(const op::IommuReplay& o) const;

 private:
  Answer& Answered(AnswerKind kind) const;
};

}  // namespace flatcheck
