// The operations of fuzz/map_operations.h as calls of QEMU.

#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/program.h"
#include "fuzz/repro/qemu_call.h"
#include "fuzz/repro/qemu_devices.h"

namespace flatcheck {

class QemuMapCall : public QemuCall {
 public:
  using QemuCall::QemuCall;

  std::string operator()(const op::Unknown&) const {
    return QemuComment("An operation of another version: nothing.");
  }

  std::string operator()(const op::Container& o) const {
    return Call("memory_region_init", New(), "NULL", Quoted(), U64(o.size.value));
  }
  std::string operator()(const op::Io& o) const {
    return InitIo(OpsOf(o.profile), OpaqueName(), o.size);
  }
  std::string operator()(const op::Reservation& o) const { return InitIo("NULL", "NULL", o.size); }
  std::string operator()(const op::Ram& o) const {
    return InitRam("memory_region_init_ram", o.size);
  }
  std::string operator()(const op::Rom& o) const {
    return InitRam("memory_region_init_rom", o.size);
  }
  std::string operator()(const op::RomDevice& o) const {
    return Call("memory_region_init_rom_device", New(), "NULL", OpsOf(o.profile), OpaqueName(),
                Quoted(), U64(o.size.value), "&error_fatal");
  }
  std::string operator()(const op::RamDevice& o) const {
    return Call("memory_region_init_ram_device_ptr", New(), "NULL", Quoted(), U64(o.size.value),
                fmt::format("qemu_anon_ram_alloc({}, NULL, false, true)", U64(o.size.value)));
  }
  std::string operator()(const op::Alias& o) const {
    return Call("memory_region_init_alias", New(), "NULL", Quoted(), Of(o.target),
                U64(o.offset.value), U64(o.size.value));
  }
  std::string operator()(const op::Destroy& o) const {
    return Call("object_unparent", fmt::format("OBJECT({})", Of(o.region)));
  }

  std::string operator()(const op::Add& o) const {
    if (o.priority.value == 0) {
      return Call("memory_region_add_subregion", Of(o.parent), U64(o.offset.value), Of(o.child));
    }
    return Call("memory_region_add_subregion_overlap", Of(o.parent), U64(o.offset.value),
                Of(o.child),
                o.priority.value == INT32_MIN ? "INT32_MIN" : fmt::format("{}", o.priority.value));
  }
  std::string operator()(const op::Del& o) const {
    return Call("memory_region_del_subregion", Of(o.parent), Of(o.child));
  }
  std::string operator()(const op::Enable& o) const {
    return Call("memory_region_set_enabled", Of(o.region), Bool(o.on));
  }
  std::string operator()(const op::Readonly& o) const {
    return Call("memory_region_set_readonly", Of(o.region), Bool(o.on));
  }
  std::string operator()(const op::Nonvolatile& o) const {
    return Call("memory_region_set_nonvolatile", Of(o.region), Bool(o.on));
  }
  std::string operator()(const op::Unmergeable& o) const {
    return Call("memory_region_set_unmergeable", Of(o.region), Bool(o.on));
  }
  std::string operator()(const op::RomdMode& o) const {
    return Call("memory_region_rom_device_set_romd", Of(o.region), Bool(o.on));
  }
  std::string operator()(const op::MoveTo& o) const {
    return Call("memory_region_set_address", Of(o.region), U64(o.address.value));
  }
  std::string operator()(const op::Resize& o) const {
    return Call("memory_region_set_size", Of(o.region), U64(o.size.value));
  }
  std::string operator()(const op::AliasOffset& o) const {
    return Call("memory_region_set_alias_offset", Of(o.region), U64(o.offset.value));
  }

  std::string operator()(const op::Log& o) const {
    return Call("memory_region_set_log", Of(o.region), Bool(o.on), "DIRTY_MEMORY_VGA");
  }
  std::string operator()(const op::GlobalLog& o) const {
    if (o.on.value) {
      return Call("memory_global_dirty_log_start", "GLOBAL_DIRTY_MIGRATION", "&error_fatal");
    }
    return Call("memory_global_dirty_log_stop", "GLOBAL_DIRTY_MIGRATION");
  }
  std::string operator()(const op::LogSync&) const {
    return Call("memory_global_dirty_log_sync", "false");
  }
  std::string operator()(const op::LogClear& o) const {
    return Call("memory_region_clear_dirty_bitmap", Of(o.region), U64(o.start.value),
                U64(o.length.value));
  }

  std::string operator()(const op::Begin&) const { return Call("memory_region_transaction_begin"); }
  std::string operator()(const op::Commit&) const {
    return Call("memory_region_transaction_commit");
  }

  std::string operator()(const op::EventfdAdd& o) const {
    return Eventfd("memory_region_add_eventfd", o);
  }
  std::string operator()(const op::EventfdDel& o) const {
    return Eventfd("memory_region_del_eventfd", o);
  }
  std::string operator()(const op::Coalesce& o) const {
    return Call("memory_region_add_coalescing", Of(o.region), U64(o.offset.value),
                U64(o.size.value));
  }
  std::string operator()(const op::Uncoalesce& o) const {
    return Call("memory_region_clear_coalescing", Of(o.region));
  }

  std::string operator()(const op::Space& o) const {
    const std::string_view name = NewName<SpaceKind>();
    return Call("address_space_init", fmt::format("&{}", name), Of(o.root),
                fmt::format("\"{}\"", name));
  }
  std::string operator()(const op::SpaceDestroy& o) const {
    std::string calls;
    for (const RegionSlot iommu : iommus()) {
      calls += Call("ask_table_forget", Table(iommu), Of(o.space));
    }
    return calls + Call("address_space_destroy", Of(o.space));
  }
  std::string operator()(const op::Listen& o) const {
    const std::string_view name = NewName<ListenerKind>();
    return fmt::format("    {} = printing_listener(\"{}\", {}u);\n", name, name, o.priority.value) +
           Call("memory_listener_register", fmt::format("&{}", name), Of(o.space));
  }
  std::string operator()(const op::Unlisten& o) const {
    return Call("memory_listener_unregister", Of(o.listener));
  }

  std::string operator()(const op::Find& o) const {
    return Call("ask_find", Of(o.region), U64(o.address.value), U64(o.size.value));
  }
  std::string operator()(const op::Translate& o) const {
    return Call("ask_translate", Of(o.space), U64(o.address.value), U64(o.length.value),
                Bool(o.is_write));
  }
  std::string operator()(const op::Read& o) const {
    return Call("ask_read", Of(o.space), U64(o.address.value), fmt::format("{}", o.length.value));
  }
  std::string operator()(const op::Write& o) const {
    return Call("ask_write", Of(o.space), U64(o.address.value), fmt::format("{}", o.length.value),
                U64(o.value.value));
  }

 private:
  std::string InitRam(std::string_view function, RegionSize size) const {
    return Call(function, New(), "NULL", Quoted(), U64(size.value), "&error_fatal");
  }
  std::string InitIo(std::string_view ops, std::string_view opaque, RegionSize size) const {
    return Call("memory_region_init_io", New(), "NULL", ops, opaque, Quoted(), U64(size.value));
  }
  template <class AnyEventfd>
  std::string Eventfd(std::string_view function, const AnyEventfd& o) const {
    return Call(function, Of(o.region), U64(o.address.value), U32(o.size.value), Bool(o.match),
                U64(o.data.value), fmt::format("&notifiers[{}]", o.notifier.value));
  }

  std::string OpsOf(const Profile& profile) const { return QemuOpsOf(NewName(), profile); }
  // What the device's callbacks are told.
  std::string OpaqueName() const { return fmt::format("(void *)\"{}\"", NewName()); }
};

}  // namespace flatcheck
