// The operations of fuzz/memory_operations.h as calls of the engine, and what these have in common
// with those of map_expression.h.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/program.h"
#include "fuzz/repro/engine_calls.h"

namespace flatcheck {

// The call of one operation: each object that it names is there.
class EngineExpression {
 public:
  // `name` is that of the object that the operation creates, `performer` the variable of its
  // device, listener, IOMMU or notifier.
  EngineExpression(EngineCalls& calls, std::string name, std::string performer)
      : calls_(calls), name_(std::move(name)), performer_(std::move(performer)) {}

 protected:
  template <class... Arguments>
  static std::string Call(std::string_view function, const Arguments&... arguments) {
    std::string list;
    ((list += (list.empty() ? "" : ", ") + std::string(arguments)), ...);
    return std::string(function) + "(" + list + ")";
  }
  template <class... Arguments>
  static std::string OnMap(std::string_view function, const Arguments&... arguments) {
    return Call("map." + std::string(function), arguments...);
  }
  template <class... Arguments>
  std::string Create(std::string_view kind, RegionSize size, const Arguments&... arguments) const {
    return OnMap("Create" + std::string(kind), Quoted(), SizeOf(size), arguments...);
  }
  std::string Quoted() const { return '"' + name_ + '"'; }
  const std::string& performer() const { return performer_; }
  template <class AnySlot>
  std::string Of(AnySlot slot) const {
    return calls_.Variable(slot);
  }

  static std::string Bool(Flag flag) { return flag.value ? "true" : "false"; }
  static std::string Hex(std::uint64_t value);
  static std::string SizeOf(RegionSize size);

 private:
  EngineCalls& calls_;
  std::string name_;
  std::string performer_;
};

class MemoryExpression : public EngineExpression {
 public:
  using EngineExpression::EngineExpression;

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

 private:
  // Of the pages of a stretch of a block.
  template <class Op>
  std::string DirtyCall(std::string_view function, const Op& o) const;
};

}  // namespace flatcheck
