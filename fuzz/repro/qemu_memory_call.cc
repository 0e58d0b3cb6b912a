#include "fuzz/repro/qemu_memory_call.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "fuzz/repro/source_text.h"

namespace flatcheck {
namespace {

std::string_view ClientOf(DirtyClient client) {
  switch (client.value) {
    case Client::kVga:
      return "DIRTY_MEMORY_VGA";
    case Client::kCode:
      return "DIRTY_MEMORY_CODE";
    case Client::kMigration:
      return "DIRTY_MEMORY_MIGRATION";
  }
  return {};
}

// `ldl_le`. A single byte has no order; native is little here.
std::string FunctionOf(std::string_view verb, Width width, ByteOrder order, bool loads) {
  constexpr std::string_view kSizes[] = {"b", "w", "l", "q"};
  const std::size_t size = width.value == 8 ? 3 : width.value / 2;
  const bool is_unsigned = loads && width.value < 4;
  const std::string_view suffix = width.value == 1              ? ""
                                  : order.value == Endian::kBig ? "_be"
                                                                : "_le";
  return fmt::format("address_space_{}{}{}{}", verb, is_unsigned ? "u" : "", kSizes[size], suffix);
}

std::string_view PermissionOf(Permission permission) {
  constexpr std::string_view kPermissions[] = {"IOMMU_NONE", "IOMMU_RO", "IOMMU_WO", "IOMMU_RW"};
  return kPermissions[permission.value & 3];
}

std::string FlagsOf(std::uint8_t flags) {
  constexpr std::string_view kFlags[] = {"IOMMU_NOTIFIER_UNMAP", "IOMMU_NOTIFIER_MAP",
                                         "IOMMU_NOTIFIER_DEVIOTLB_UNMAP"};
  std::string text;
  for (std::size_t bit = 0; bit < std::size(kFlags); ++bit) {
    if ((flags >> bit & 1) == 0) continue;
    text += text.empty() ? "" : " | ";
    text += kFlags[bit];
  }
  return text.empty() ? "IOMMU_NOTIFIER_NONE" : text;
}

}  // namespace

std::string QemuMemoryCall::operator()(const op::ResizeableRam& o) const {
  return Call("memory_region_init_resizeable_ram", New(), "NULL", Quoted(), U64(o.size.value),
              U64(o.size_max.value), "print_resized", "&error_fatal") +
         Call("vmstate_register_ram_global", New());
}

std::string QemuMemoryCall::operator()(const op::Iommu& o) const {
  return Call("ask_table_init", New(), Quoted(), U64(o.size.value), Bool({o.traits.trace}),
              Bool({o.traits.nomap}));
}

std::string QemuMemoryCall::operator()(const op::RamResize& o) const {
  return Call("ask_resize", Of(o.region), U64(o.size.value));
}

std::string QemuMemoryCall::operator()(const op::Load& o) const {
  return "    result = MEMTX_OK;\n" +
         Call("value = " + FunctionOf("ld", o.width, o.order, true), Of(o.space),
              U64(o.address.value), "MEMTXATTRS_UNSPECIFIED", "&result") +
         Call("print_load", "result", "value");
}

std::string QemuMemoryCall::operator()(const op::Store& o) const {
  return "    result = MEMTX_OK;\n" +
         Call(FunctionOf("st", o.width, o.order, false), Of(o.space), U64(o.address.value),
              Number(FirstBytes(o.value.value, o.width.value)), "MEMTXATTRS_UNSPECIFIED",
              "&result") +
         Call("printf", "\"= store res=%u\\n\"", "result");
}

std::string QemuMemoryCall::operator()(const op::AccessValid& o) const {
  return Call("ask_access_valid", Of(o.space), U64(o.address.value), U64(o.length.value),
              Bool(o.is_write));
}

std::string QemuMemoryCall::operator()(const op::WriteRom& o) const {
  return Call("ask_write_rom", Of(o.space), U64(o.address.value), fmt::format("{}", o.length.value),
              U64(o.value.value));
}

std::string QemuMemoryCall::operator()(const op::Blocks&) const { return Call("ask_blocks"); }

std::string QemuMemoryCall::operator()(const op::Dirty& o) const {
  return Call("ask_dirty", Of(o.region), U64(o.address.value), U64(o.length.value),
              ClientOf(o.client));
}

std::string QemuMemoryCall::operator()(const op::TestClear& o) const {
  return Call("ask_test_clear", Of(o.region), U64(o.address.value), U64(o.length.value),
              ClientOf(o.client));
}

std::string QemuMemoryCall::operator()(const op::Snapshot& o) const {
  return Call("ask_snapshot", Of(o.region), U64(o.address.value), U64(o.length.value),
              ClientOf(o.client));
}

std::string QemuMemoryCall::operator()(const op::SetDirty& o) const {
  return Call("memory_region_set_dirty", Of(o.region), U64(o.address.value), U64(o.length.value));
}

std::string QemuMemoryCall::operator()(const op::Map& o) const {
  return Call("ask_map", New<MappingKind>(), Of(o.space), U64(o.address.value), U64(o.length.value),
              Bool(o.is_write));
}

std::string QemuMemoryCall::operator()(const op::Unmap& o) const {
  return Call("ask_unmap", Of(o.mapping), U64(o.access_length.value));
}

std::string QemuMemoryCall::operator()(const op::Peek& o) const {
  return Call("ask_peek", Of(o.mapping), U64(o.offset.value), fmt::format("{}", o.length.value));
}

std::string QemuMemoryCall::operator()(const op::Poke& o) const {
  return Call("ask_poke", Of(o.mapping), U64(o.offset.value), fmt::format("{}", o.length.value),
              U64(o.value.value));
}

std::string QemuMemoryCall::operator()(const op::HostOf& o) const {
  return Call("ask_host_of", Of(o.space), U64(o.address.value));
}

std::string QemuMemoryCall::operator()(const op::RegionPointer& o) const {
  return Call("ask_pointer", Of(o.region));
}

std::string QemuMemoryCall::operator()(const op::IommuMap& o) const {
  return Call("ask_table_map", Table(o.region), U64(o.iova.value), U64(o.mask.value), Of(o.target),
              U64(o.address.value), PermissionOf(o.permission));
}

std::string QemuMemoryCall::operator()(const op::IommuUnmap& o) const {
  return Call("ask_table_unmap", Table(o.region), U64(o.iova.value));
}

std::string QemuMemoryCall::operator()(const op::IotlbEntry& o) const {
  return Call("ask_iotlb", Of(o.space), U64(o.address.value), Bool(o.is_write));
}

std::string QemuMemoryCall::operator()(const op::IommuNotifierAdd& o) const {
  return Call("ask_notifier", New<IommuNotifierKind>(), Quoted<IommuNotifierKind>(), Of(o.region),
              U64(o.first.value), U64(o.last.value), FlagsOf(o.flags.value));
}

std::string QemuMemoryCall::operator()(const op::IommuNotifierDel& o) const {
  return Call("ask_unnotifier", Of(o.notifier));
}

std::string QemuMemoryCall::operator()(const op::IommuNotify& o) const {
  return Call("ask_notify", Of(o.region), U64(o.iova.value), U64(o.mask.value),
              U64(o.address.value), PermissionOf(o.permission), FlagsOf(o.type.value));
}

std::string QemuMemoryCall::operator()(const op::IommuReplay& o) const {
  return Call("ask_replay", Of(o.notifier));
}

}  // namespace flatcheck
