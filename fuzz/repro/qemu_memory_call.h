// The operations of fuzz/memory_operations.h as calls of QEMU.

#pragma once

#include <string>

#include "fuzz/program.h"
#include "fuzz/repro/qemu_call.h"

namespace flatcheck {

class QemuMemoryCall : public QemuCall {
 public:
  using QemuCall::QemuCall;

  std::string operator()(const op::ResizeableRam& o) const;
  std::string operator()(const op::Iommu& o) const;
  std::string operator()(const op::RamResize& o) const;
  std::string operator()(const op::Load& o) const;
  std::string operator()(const op::Store& o) const;
  std::string operator()(const op::AccessValid& o) const;
  std::string operator()(const op::WriteRom& o) const;
  std::string operator()(const op::Blocks& o) const;
  std::string operator()(const op::Dirty& o) const;
  std::string operator()(const op::TestClear& o) const;
  std::string operator()(const op::Snapshot& o) const;
  std::string operator()(const op::SetDirty& o) const;
  std::string operator()(const op::Map& o) const;
  std::string operator()(const op::Unmap& o) const;
  std::string operator()(const op::Peek& o) const;
  std::string operator()(const op::Poke& o) const;
  std::string operator()(const op::HostOf& o) const;
  std::string operator()(const op::RegionPointer& o) const;
  std::string operator()(const op::IommuMap& o) const;
  std::string operator()(const op::IommuUnmap& o) const;
  std::string operator()(const op::IotlbEntry& o) const;
  std::string operator()(const op::IommuNotifierAdd& o) const;
  std::string operator()(const op::IommuNotifierDel& o) const;
  std::string operator()(const op::IommuNotify& o) const;
  std::string operator()(const op::IommuReplay& o) const;
};

}  // namespace flatcheck
