// The operations of fuzz/map_operations.h as calls of the engine.

#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/backing_of_length.h"
#include "fuzz/engine_ways.h"
#include "fuzz/limits.h"
#include "fuzz/program.h"
#include "fuzz/repro/engine_expressions.h"

namespace flatcheck {

class MapExpression : public EngineExpression {
 public:
  using EngineExpression::EngineExpression;

  std::string operator()(const op::Unknown&) const { return {}; }

  std::string operator()(const op::Container& o) const { return Create("Container", o.size); }
  std::string operator()(const op::Io& o) const { return Create("Io", o.size, performer()); }
  std::string operator()(const op::Reservation& o) const { return Create("Reservation", o.size); }
  std::string operator()(const op::Ram& o) const { return CreateMemory("Ram", o.size); }
  std::string operator()(const op::Rom& o) const { return CreateMemory("Rom", o.size); }
  std::string operator()(const op::RomDevice& o) const {
    return CreateMemory("RomDevice", o.size, performer());
  }
  std::string operator()(const op::RamDevice& o) const { return CreateMemory("RamDevice", o.size); }
  std::string operator()(const op::Alias& o) const {
    return Create("Alias", o.size, Of(o.target), Hex(o.offset.value));
  }
  std::string operator()(const op::Destroy& o) const { return OnMap("Destroy", Of(o.region)); }

  std::string operator()(const op::Add& o) const {
    if (o.priority.value == 0) {
      return OnMap("AddSubregion", Of(o.parent), Hex(o.offset.value), Of(o.child));
    }
    return OnMap("AddSubregion", Of(o.parent), Hex(o.offset.value), Of(o.child),
                 o.priority.value == INT32_MIN ? "INT32_MIN" : fmt::format("{}", o.priority.value));
  }
  std::string operator()(const op::Del& o) const {
    return OnMap("DelSubregion", Of(o.parent), Of(o.child));
  }
  std::string operator()(const op::Enable& o) const { return Set("Enabled", o.region, Bool(o.on)); }
  std::string operator()(const op::Readonly& o) const {
    return Set("Readonly", o.region, Bool(o.on));
  }
  std::string operator()(const op::Nonvolatile& o) const {
    return Set("Nonvolatile", o.region, Bool(o.on));
  }
  std::string operator()(const op::Unmergeable& o) const {
    return Set("Unmergeable", o.region, Bool(o.on));
  }
  std::string operator()(const op::RomdMode& o) const {
    return Set("RomdMode", o.region, Bool(o.on));
  }
  std::string operator()(const op::MoveTo& o) const {
    return Set("Address", o.region, Hex(o.address.value));
  }
  std::string operator()(const op::Resize& o) const {
    return Set("Size", o.region, SizeOf(o.size));
  }
  std::string operator()(const op::AliasOffset& o) const {
    return Set("AliasOffset", o.region, Hex(o.offset.value));
  }

  std::string operator()(const op::Log& o) const {
    return OnMap(o.on.value ? "StartLog" : "StopLog", Of(o.region));
  }
  std::string operator()(const op::GlobalLog& o) const {
    return OnMap(o.on.value ? "StartGlobalLog" : "StopGlobalLog");
  }
  std::string operator()(const op::LogSync&) const { return OnMap("SyncLog"); }
  std::string operator()(const op::LogClear& o) const {
    return OnMap("ClearLog", Of(o.region), Hex(o.start.value), Hex(o.length.value));
  }
  std::string operator()(const op::Begin&) const { return OnMap("Begin"); }
  std::string operator()(const op::Commit&) const { return OnMap("Commit"); }

  std::string operator()(const op::EventfdAdd& o) const {
    return OnMap("AddIoEventfd", Of(o.region), Entry(o));
  }
  std::string operator()(const op::EventfdDel& o) const {
    return OnMap("DelIoEventfd", Of(o.region), Entry(o));
  }
  std::string operator()(const op::Coalesce& o) const {
    return OnMap("AddCoalescing", Of(o.region), Hex(o.offset.value), Hex(o.size.value));
  }
  std::string operator()(const op::Uncoalesce& o) const {
    return OnMap("ClearCoalescing", Of(o.region));
  }

  std::string operator()(const op::Space& o) const {
    return OnMap("CreateAddressSpace", Quoted(), Of(o.root));
  }
  std::string operator()(const op::SpaceDestroy& o) const {
    return OnMap("DestroyAddressSpace", Of(o.space));
  }
  std::string operator()(const op::Listen& o) const {
    return OnMap("RegisterListener", performer(), Of(o.space), fmt::format("{}", o.priority.value));
  }
  std::string operator()(const op::Unlisten&) const {
    return OnMap("UnregisterListener", performer());
  }

  std::string operator()(const op::Find& o) const {
    return Call("Find", "map", Of(o.region), Hex(o.address.value), Hex(o.size.value));
  }
  std::string operator()(const op::Translate& o) const {
    const std::string address = Hex(o.address.value);
    const std::string length = Hex(o.length.value);
    return o.is_write.value ? Call("Translate", "map", Of(o.space), address, length, "true")
                            : Call("Translate", "map", Of(o.space), address, length);
  }
  std::string operator()(const op::Read& o) const {
    const std::string address = Hex(o.address.value);
    if (!GoesByCache(o.address.value, o.length.value)) {
      return fmt::format("Bytes(map, {}, {}, {})", Of(o.space), address, o.length.value);
    }
    return fmt::format("CachedBytes(map, {}, {}, {}, {})", Of(o.space), address, o.length.value,
                       IsReadByWriter(o.address.value) ? "true" : "false");
  }
  std::string operator()(const op::Write& o) const {
    return fmt::format("{}(map, {}, {}, Repeated({}, {}))",
                       GoesByCache(o.address.value, o.length.value) ? "CachedWrite" : "Write",
                       Of(o.space), Hex(o.address.value), Hex(o.value.value), o.length.value);
  }

 private:
  template <class... Arguments>
  std::string CreateMemory(std::string_view kind, RegionSize size,
                           const Arguments&... arguments) const {
    switch (BackingOfLength(size.value)) {
      case Backing::kMemfd:
        return Create(kind, size, arguments..., "MemfdMemory{}");
      case Backing::kFile:
        return Create(kind, size, arguments...,
                      fmt::format("FileMemory{{NewFile(), {:#x}}}", kBackingFileOffset));
      case Backing::kCaller:
        return Create(kind, size, arguments...,
                      fmt::format("CallerMemory{{NewMemory({:#x}) + {:#x}}}",
                                  kCallerMemoryInPage + PagesFor(size.value) * limits::kPageSize,
                                  kCallerMemoryInPage));
      default:
        return Create(kind, size, arguments...);
    }
  }
  std::string Set(std::string_view attribute, RegionSlot region, const std::string& value) const {
    return OnMap(fmt::format("Set{}", attribute), Of(region), value);
  }
  template <class Eventfd>
  static std::string Entry(const Eventfd& o) {
    return fmt::format(
        "{{.address = {}, .size = {}, .match_data = {}, .data = {}, .notifier = {}}}",
        Hex(o.address.value), Hex(o.size.value), Bool(o.match), Hex(o.data.value),
        o.notifier.value);
  }
};

}  // namespace flatcheck
