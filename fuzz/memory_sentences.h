// Sentences about the operations of fuzz/memory_operations.h.

#pragma once

#include <string>

#include "fuzz/program.h"
#include "fuzz/sentence.h"

namespace flatcheck {

class MemorySentence : public Sentence {
 public:
  using Sentence::Sentence;

  std::string operator()(const op::ResizeableRam& made) const;
  std::string operator()(const op::Iommu& made) const;
  std::string operator()(const op::RamResize& change) const;

  std::string operator()(const op::Load& load) const;
  std::string operator()(const op::Store& store) const;
  std::string operator()(const op::AccessValid& ask) const;
  std::string operator()(const op::WriteRom& write) const;

  std::string operator()(const op::Blocks& ask) const;
  std::string operator()(const op::Dirty& ask) const;
  std::string operator()(const op::TestClear& ask) const;
  std::string operator()(const op::Snapshot& ask) const;
  std::string operator()(const op::SetDirty& mark) const;

  std::string operator()(const op::Map& map) const;
  std::string operator()(const op::Unmap& unmap) const;
  std::string operator()(const op::Peek& peek) const;
  std::string operator()(const op::Poke& poke) const;
  std::string operator()(const op::HostOf& ask) const;
  std::string operator()(const op::RegionPointer& ask) const;

  std::string operator()(const op::IommuMap& entry) const;
  std::string operator()(const op::IommuUnmap& entry) const;
  std::string operator()(const op::IotlbEntry& ask) const;
  std::string operator()(const op::IommuNotifierAdd& add) const;
  std::string operator()(const op::IommuNotifierDel& gone) const;
  std::string operator()(const op::IommuNotify& event) const;
  std::string operator()(const op::IommuReplay& replay) const;

 private:
  // "4 KiB of ram0 from offset 0x1000".
  template <class Op>
  std::string StretchOf(const Op& held) const;
};

}  // namespace flatcheck
