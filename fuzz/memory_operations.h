// The operations on what lies behind the map: bytes, RAM blocks, dirty pages, mappings into host
// memory, IOMMUs.

#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "fuzz/operands.h"

namespace flatcheck::op {

struct ResizeableRam {
  static constexpr std::uint8_t kNumber = 10;
  static constexpr std::string_view kSyntax = "region % resizeable % %";
  Defines<RegionKind> region;
  RegionSize size;
  RegionSize size_max;
  bool operator==(const ResizeableRam&) const = default;
  static constexpr std::tuple kOperands{&ResizeableRam::region, &ResizeableRam::size,
                                        &ResizeableRam::size_max};
};

struct Iommu {
  static constexpr std::uint8_t kNumber = 11;
  static constexpr std::string_view kSyntax = "region % iommu % [%...]";
  Defines<RegionKind> region;
  RegionSize size;
  IommuTraits traits;
  bool operator==(const Iommu&) const = default;
  static constexpr std::tuple kOperands{&Iommu::region, &Iommu::size, &Iommu::traits};
};

struct RamResize {
  static constexpr std::uint8_t kNumber = 26;
  static constexpr std::string_view kSyntax = "ramresize % %";
  RegionSlot region;
  RegionSize size;
  bool operator==(const RamResize&) const = default;
  static constexpr std::tuple kOperands{&RamResize::region, &RamResize::size};
};

struct Load {
  static constexpr std::uint8_t kNumber = 68;
  static constexpr std::string_view kSyntax = "load % % % %";
  SpaceSlot space;
  Address address;
  Width width;
  ByteOrder order;
  bool operator==(const Load&) const = default;
  static constexpr std::tuple kOperands{&Load::space, &Load::address, &Load::width, &Load::order};
};

struct Store {
  static constexpr std::uint8_t kNumber = 69;
  static constexpr std::string_view kSyntax = "store % % % % %";
  SpaceSlot space;
  Address address;
  Width width;
  ByteOrder order;
  Value value;
  bool operator==(const Store&) const = default;
  static constexpr std::tuple kOperands{&Store::space, &Store::address, &Store::width,
                                        &Store::order, &Store::value};
};

struct AccessValid {
  static constexpr std::uint8_t kNumber = 70;
  static constexpr std::string_view kSyntax = "accessvalid % % % %";
  SpaceSlot space;
  Address address;
  Length length;
  Flag is_write;
  bool operator==(const AccessValid&) const = default;
  static constexpr std::tuple kOperands{&AccessValid::space, &AccessValid::address,
                                        &AccessValid::length, &AccessValid::is_write};
};

struct WriteRom {
  static constexpr std::uint8_t kNumber = 71;
  static constexpr std::string_view kSyntax = "writerom % % % %";
  SpaceSlot space;
  Address address;
  AccessLength length;
  Value value;
  bool operator==(const WriteRom&) const = default;
  static constexpr std::tuple kOperands{&WriteRom::space, &WriteRom::address, &WriteRom::length,
                                        &WriteRom::value};
};

struct Blocks {
  static constexpr std::uint8_t kNumber = 72;
  static constexpr std::string_view kSyntax = "blocks";
  bool operator==(const Blocks&) const = default;
  static constexpr std::tuple<> kOperands{};
};

struct Dirty {
  static constexpr std::uint8_t kNumber = 73;
  static constexpr std::string_view kSyntax = "dirty % % % %";
  RegionSlot region;
  Address address;
  Length length;
  DirtyClient client;
  bool operator==(const Dirty&) const = default;
  static constexpr std::tuple kOperands{&Dirty::region, &Dirty::address, &Dirty::length,
                                        &Dirty::client};
};

struct TestClear {
  static constexpr std::uint8_t kNumber = 74;
  static constexpr std::string_view kSyntax = "testclear % % % %";
  RegionSlot region;
  Address address;
  Length length;
  DirtyClient client;
  bool operator==(const TestClear&) const = default;
  static constexpr std::tuple kOperands{&TestClear::region, &TestClear::address, &TestClear::length,
                                        &TestClear::client};
};

struct Snapshot {
  static constexpr std::uint8_t kNumber = 75;
  static constexpr std::string_view kSyntax = "snapshot % % % %";
  RegionSlot region;
  Address address;
  Length length;
  DirtyClient client;
  bool operator==(const Snapshot&) const = default;
  static constexpr std::tuple kOperands{&Snapshot::region, &Snapshot::address, &Snapshot::length,
                                        &Snapshot::client};
};

struct SetDirty {
  static constexpr std::uint8_t kNumber = 76;
  static constexpr std::string_view kSyntax = "setdirty % % %";
  RegionSlot region;
  Address address;
  Length length;
  bool operator==(const SetDirty&) const = default;
  static constexpr std::tuple kOperands{&SetDirty::region, &SetDirty::address, &SetDirty::length};
};

struct Map {
  static constexpr std::uint8_t kNumber = 80;
  static constexpr std::string_view kSyntax = "map % % % % %";
  Defines<MappingKind> mapping;
  SpaceSlot space;
  Address address;
  Length length;
  Flag is_write;
  bool operator==(const Map&) const = default;
  static constexpr std::tuple kOperands{&Map::mapping, &Map::space, &Map::address, &Map::length,
                                        &Map::is_write};
};

struct Unmap {
  static constexpr std::uint8_t kNumber = 81;
  static constexpr std::string_view kSyntax = "unmap % %";
  MappingSlot mapping;
  Length access_length;
  bool operator==(const Unmap&) const = default;
  static constexpr std::tuple kOperands{&Unmap::mapping, &Unmap::access_length};
};

struct Peek {
  static constexpr std::uint8_t kNumber = 82;
  static constexpr std::string_view kSyntax = "peek % % %";
  MappingSlot mapping;
  Address offset;
  AccessLength length;
  bool operator==(const Peek&) const = default;
  static constexpr std::tuple kOperands{&Peek::mapping, &Peek::offset, &Peek::length};
};

struct Poke {
  static constexpr std::uint8_t kNumber = 83;
  static constexpr std::string_view kSyntax = "poke % % % %";
  MappingSlot mapping;
  Address offset;
  AccessLength length;
  Value value;
  bool operator==(const Poke&) const = default;
  static constexpr std::tuple kOperands{&Poke::mapping, &Poke::offset, &Poke::length, &Poke::value};
};

struct HostOf {
  static constexpr std::uint8_t kNumber = 84;
  static constexpr std::string_view kSyntax = "hostof % %";
  SpaceSlot space;
  Address address;
  bool operator==(const HostOf&) const = default;
  static constexpr std::tuple kOperands{&HostOf::space, &HostOf::address};
};

struct RegionPointer {
  static constexpr std::uint8_t kNumber = 85;
  static constexpr std::string_view kSyntax = "regptr %";
  RegionSlot region;
  bool operator==(const RegionPointer&) const = default;
  static constexpr std::tuple kOperands{&RegionPointer::region};
};

struct IommuMap {
  static constexpr std::uint8_t kNumber = 88;
  static constexpr std::string_view kSyntax = "iomap % % % % % %";
  RegionSlot region;
  Address iova;
  PageMask mask;
  SpaceSlot target;
  Address address;
  Permission permission;
  bool operator==(const IommuMap&) const = default;
  static constexpr std::tuple kOperands{&IommuMap::region,  &IommuMap::iova,
                                        &IommuMap::mask,    &IommuMap::target,
                                        &IommuMap::address, &IommuMap::permission};
};

struct IommuUnmap {
  static constexpr std::uint8_t kNumber = 89;
  static constexpr std::string_view kSyntax = "iounmap % %";
  RegionSlot region;
  Address iova;
  bool operator==(const IommuUnmap&) const = default;
  static constexpr std::tuple kOperands{&IommuUnmap::region, &IommuUnmap::iova};
};

struct IotlbEntry {
  static constexpr std::uint8_t kNumber = 90;
  static constexpr std::string_view kSyntax = "iotlb % % %";
  SpaceSlot space;
  Address address;
  Flag is_write;
  bool operator==(const IotlbEntry&) const = default;
  static constexpr std::tuple kOperands{&IotlbEntry::space, &IotlbEntry::address,
                                        &IotlbEntry::is_write};
};

struct IommuNotifierAdd {
  static constexpr std::uint8_t kNumber = 91;
  static constexpr std::string_view kSyntax = "notifier % % % % %";
  Defines<IommuNotifierKind> notifier;
  RegionSlot region;
  Address first;
  Address last;
  EventFlags flags;
  bool operator==(const IommuNotifierAdd&) const = default;
  static constexpr std::tuple kOperands{&IommuNotifierAdd::notifier, &IommuNotifierAdd::region,
                                        &IommuNotifierAdd::first, &IommuNotifierAdd::last,
                                        &IommuNotifierAdd::flags};
};

struct IommuNotifierDel {
  static constexpr std::uint8_t kNumber = 92;
  static constexpr std::string_view kSyntax = "unnotifier %";
  IommuNotifierSlot notifier;
  bool operator==(const IommuNotifierDel&) const = default;
  static constexpr std::tuple kOperands{&IommuNotifierDel::notifier};
};

struct IommuNotify {
  static constexpr std::uint8_t kNumber = 93;
  static constexpr std::string_view kSyntax = "ionotify % % % % % %";
  RegionSlot region;
  Address iova;
  Length mask;
  Address address;
  Permission permission;
  EventType type;
  bool operator==(const IommuNotify&) const = default;
  static constexpr std::tuple kOperands{&IommuNotify::region,     &IommuNotify::iova,
                                        &IommuNotify::mask,       &IommuNotify::address,
                                        &IommuNotify::permission, &IommuNotify::type};
};

struct IommuReplay {
  static constexpr std::uint8_t kNumber = 94;
  static constexpr std::string_view kSyntax = "ioreplay %";
  IommuNotifierSlot notifier;
  bool operator==(const IommuReplay&) const = default;
  static constexpr std::tuple kOperands{&IommuReplay::notifier};
};

}  // namespace flatcheck::op
