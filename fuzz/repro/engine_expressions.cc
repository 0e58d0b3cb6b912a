#include "fuzz/repro/engine_expressions.h"

#include <fmt/format.h>

#include "fuzz/engine_ways.h"
#include "fuzz/repro/source_text.h"

namespace flatcheck {
namespace {

std::string_view OrderOf(ByteOrder order) {
  return order.value == Endian::kBig ? "ByteOrder::kBig" : "ByteOrder::kLittle";
}

std::string_view ClientOf(DirtyClient client) {
  switch (client.value) {
    case Client::kVga:
      return "DirtyClient::kVga";
    case Client::kCode:
      return "DirtyClient::kCode";
    case Client::kMigration:
      return "DirtyClient::kMigration";
  }
  return {};
}

std::string_view PermissionOf(Permission permission) {
  constexpr std::string_view kPermissions[] = {"kIommuNone", "kIommuRead", "kIommuWrite",
                                               "kIommuReadWrite"};
  return kPermissions[permission.value & 3];
}

std::string_view TypeOf(EventType type) {
  switch (type.value) {
    case 1:
      return "kIommuUnmap";
    case 2:
      return "kIommuMap";
    default:
      return "kIommuDeviceIotlbUnmap";
  }
}

}  // namespace

std::string EngineExpression::Hex(std::uint64_t value) { return Number(value); }

std::string EngineExpression::SizeOf(RegionSize size) {
  return size.value == UINT64_MAX ? "UINT64_MAX" : Number(size.value);
}

std::string MemoryExpression::operator()(const op::ResizeableRam& o) const {
  if (performer().empty()) return Create("ResizeableRam", o.size, SizeOf(o.size_max));
  return Create("ResizeableRam", o.size, SizeOf(o.size_max), performer());
}

std::string MemoryExpression::operator()(const op::Iommu& o) const {
  return Create("Iommu", o.size, performer());
}

std::string MemoryExpression::operator()(const op::RamResize& o) const {
  return OnMap("ResizeRam", Of(o.region), SizeOf(o.size));
}

std::string MemoryExpression::operator()(const op::Load& o) const {
  return Call("Load", "map", Of(o.space), Hex(o.address.value), Hex(o.width.value),
              OrderOf(o.order));
}

std::string MemoryExpression::operator()(const op::Store& o) const {
  return Call("Store", "map", Of(o.space), Hex(o.address.value), Hex(o.width.value),
              OrderOf(o.order), Hex(FirstBytes(o.value.value, o.width.value)));
}

std::string MemoryExpression::operator()(const op::AccessValid& o) const {
  return Call("AccessValid", "map", Of(o.space), Hex(o.address.value), Hex(o.length.value),
              Bool(o.is_write));
}

std::string MemoryExpression::operator()(const op::WriteRom& o) const {
  return Call("WriteRom", "map", Of(o.space), Hex(o.address.value),
              Call("Repeated", Hex(o.value.value), fmt::format("{}", o.length.value)));
}

std::string MemoryExpression::operator()(const op::Blocks&) const { return "Blocks(map)"; }

template <class Op>
std::string MemoryExpression::DirtyCall(std::string_view function, const Op& o) const {
  const std::string range = fmt::format("{{{}, {}}}", Hex(o.address.value), Hex(o.length.value));
  return Call(function, "map", Of(o.region), range, ClientOf(o.client));
}

std::string MemoryExpression::operator()(const op::Dirty& o) const {
  return DirtyCall("DirtyRuns", o);
}

std::string MemoryExpression::operator()(const op::TestClear& o) const {
  const bool is_moved =
      o.client.value == Client::kMigration && GoesByBitmap(o.address.value, o.length.value);
  if (!is_moved) return DirtyCall("TestAndClearDirty", o);
  return Call("MoveDirty", "map", Of(o.region),
              fmt::format("{{{}, {}}}", Hex(o.address.value), Hex(o.length.value)));
}

std::string MemoryExpression::operator()(const op::Snapshot& o) const {
  return DirtyCall("SnapshotAndClearDirty", o);
}

std::string MemoryExpression::operator()(const op::SetDirty& o) const {
  const std::uint64_t start = o.address.value;
  const std::uint64_t length = o.length.value;
  const std::string range = fmt::format("{{{}, {}}}", Hex(start), Hex(length));
  if (!GoesByBitmap(start, length)) return Call("SetDirty", "map", Of(o.region), range);
  return Call("MarkDirty", "map", Of(o.region), range, Hex(PageSizeOfLog(start, length)));
}

std::string MemoryExpression::operator()(const op::Map& o) const {
  return Call("MapMemory", "map", Of(o.space), Hex(o.address.value), Hex(o.length.value),
              Bool(o.is_write));
}

std::string MemoryExpression::operator()(const op::Unmap& o) const {
  return Call("Unmap", Of(o.mapping), Hex(o.access_length.value));
}

std::string MemoryExpression::operator()(const op::Peek& o) const {
  return fmt::format("Data({}.bytes().subspan({}, {}))", Of(o.mapping), Hex(o.offset.value),
                     o.length.value);
}

std::string MemoryExpression::operator()(const op::Poke& o) const {
  return fmt::format("std::ranges::copy(Repeated({}, {}), {}.bytes().subspan({}).begin())",
                     Hex(o.value.value), o.length.value, Of(o.mapping), Hex(o.offset.value));
}

std::string MemoryExpression::operator()(const op::HostOf& o) const {
  return Call("HostOf", "map", Of(o.space), Hex(o.address.value));
}

std::string MemoryExpression::operator()(const op::RegionPointer& o) const {
  return Call("HostPointerOf", Of(o.region));
}

std::string MemoryExpression::operator()(const op::IommuMap& o) const {
  return Call(performer() + ".Map", Hex(o.iova.value), Hex(o.mask.value), Of(o.target),
              Hex(o.address.value), PermissionOf(o.permission));
}

std::string MemoryExpression::operator()(const op::IommuUnmap& o) const {
  return fmt::format("{}.Remove({})", performer(), Hex(o.iova.value));
}

std::string MemoryExpression::operator()(const op::IotlbEntry& o) const {
  return Call("IotlbEntry", "map", Of(o.space), Hex(o.address.value), Bool(o.is_write));
}

std::string MemoryExpression::operator()(const op::IommuNotifierAdd& o) const {
  return Call("RegisterNotifier", Of(o.region), performer());
}

std::string MemoryExpression::operator()(const op::IommuNotifierDel&) const {
  return Call("UnregisterNotifier", performer());
}

std::string MemoryExpression::operator()(const op::IommuNotify& o) const {
  const std::string event = fmt::format(
      "{{.iova = {}, .translated = {}, .mask = {}, .permission = {}}}", Hex(o.iova.value),
      Hex(o.address.value), Hex(o.mask.value), PermissionOf(o.permission));
  return Call("NotifyIommu", Of(o.region), event, TypeOf(o.type));
}

std::string MemoryExpression::operator()(const op::IommuReplay&) const {
  return Call("ReplayIommu", "map", performer());
}

}  // namespace flatcheck
