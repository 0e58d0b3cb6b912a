// The operands of operations: slots that name objects, and scalars. Each is a type of its own, so
// that one table of printers, parsers, value classes and generators serves all operations.

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace flatcheck {

// The slot that never has an object: an unknown name in text.
inline constexpr std::uint16_t kAbsent = 0xffff;

template <class Kind>
struct Slot {
  std::uint16_t index = kAbsent;
  auto operator<=>(const Slot&) const = default;
};
using RegionSlot = Slot<struct RegionKind>;
using SpaceSlot = Slot<struct SpaceKind>;
using ListenerSlot = Slot<struct ListenerKind>;
using MappingSlot = Slot<struct MappingKind>;  // Guest memory mapped into the host.
using IommuNotifierSlot = Slot<struct IommuNotifierKind>;

// The kinds of objects, counted from 0.
template <class Kind>
inline constexpr std::size_t kKindIndex = 0;
template <>
inline constexpr std::size_t kKindIndex<SpaceKind> = 1;
template <>
inline constexpr std::size_t kKindIndex<ListenerKind> = 2;
template <>
inline constexpr std::size_t kKindIndex<MappingKind> = 3;
template <>
inline constexpr std::size_t kKindIndex<IommuNotifierKind> = 4;
inline constexpr std::size_t kKindCount = 5;

// The place of a new object's name in the text. It holds nothing: the slot follows from the
// program.
template <class Kind>
struct Defines {
  bool operator==(const Defines&) const = default;
};

struct Address {  // A guest address, an offset in a region or container.
  std::uint64_t value = 0;
  auto operator<=>(const Address&) const = default;
};
struct RegionSize {  // 2^64 - 1 means 2^64 (memory-map 0.6).
  std::uint64_t value = 0;
  auto operator<=>(const RegionSize&) const = default;
};
struct Length {  // Bytes of a request; 2^64 - 1 is just that.
  std::uint64_t value = 0;
  auto operator<=>(const Length&) const = default;
};
struct Value {  // Data written or matched.
  std::uint64_t value = 0;
  auto operator<=>(const Value&) const = default;
};
struct Priority {
  std::int32_t value = 0;
  auto operator<=>(const Priority&) const = default;
};
struct ListenerPriority {
  std::uint32_t value = 0;
  auto operator<=>(const ListenerPriority&) const = default;
};
struct Flag {
  bool value = false;
  auto operator<=>(const Flag&) const = default;
};
struct Notifier {  // An eventfd, 0..63.
  std::uint8_t value = 0;
  auto operator<=>(const Notifier&) const = default;
};
struct AccessLength {  // Bytes of one read or write, 0..64.
  std::uint8_t value = 0;
  auto operator<=>(const AccessLength&) const = default;
};

struct Width {  // Bytes of one load or store: 1, 2, 4 or 8.
  std::uint8_t value = 1;
  auto operator<=>(const Width&) const = default;
};
enum class Endian : std::uint8_t { kLittle, kBig, kNative };  // Native is little.
struct ByteOrder {
  Endian value = Endian::kLittle;
  auto operator<=>(const ByteOrder&) const = default;
};
struct PageMask {  // 2^k - 1.
  std::uint64_t value = 0;
  auto operator<=>(const PageMask&) const = default;
};
struct Permission {  // Of an IOMMU's entry: 1 reads, 2 writes, or-ed.
  std::uint8_t value = 0;
  auto operator<=>(const Permission&) const = default;
};
struct EventFlags {  // Of an IOMMU's notifier: 1 unmap, 2 map, 4 device IOTLB unmap, or-ed.
  std::uint8_t value = 0;
  auto operator<=>(const EventFlags&) const = default;
};
struct EventType {  // One of them.
  std::uint8_t value = 1;
  auto operator<=>(const EventType&) const = default;
};
enum class Client : std::uint8_t { kVga, kCode, kMigration };
struct DirtyClient {
  Client value = Client::kVga;
  auto operator<=>(const DirtyClient&) const = default;
};

// Access sizes that a device takes, or implements: 0, 1, 2, 4 or 8 bytes, min <= max; 0 leaves the
// choice to the rules (memory-map 6.5, 6.6).
struct AccessSizes {
  std::uint8_t min = 0;
  std::uint8_t max = 0;
  auto operator<=>(const AccessSizes&) const = default;
};

// What a device's accepts callback refuses, as bits.
enum Refuses : std::uint8_t {
  kRefusesOdd = 1,   // Odd offsets.
  kRefusesHigh = 2,  // Offsets in the second half of the size at creation.
  kRefusesReads = 4,
  kRefusesWrites = 8,
  kRefusesSize1 = 16,
  kRefusesSize2 = 32,
  kRefusesSize4 = 64,
  kRefusesSize8 = 128,
};

// How the device behind an MMIO region or a ROM device behaves.
struct Profile {
  AccessSizes valid;
  AccessSizes impl;
  bool unaligned = false;
  bool impl_unaligned = false;
  Endian endian = Endian::kLittle;
  std::uint8_t refuses = 0;
  // Accesses fail, having happened, where the offset has all of these bits.
  std::optional<std::uint64_t> fail{};
  auto operator<=>(const Profile&) const = default;
};

struct IommuTraits {
  bool trace = false;  // Translations are told.
  bool nomap = false;  // Notifiers of map events are refused.
  auto operator<=>(const IommuTraits&) const = default;
};

}  // namespace flatcheck
