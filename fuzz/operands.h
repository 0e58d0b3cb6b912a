// The operands of operations: slots that name objects, and scalars. Each is a type of its own, so
// that one table of printers, parsers, value classes and generators serves all operations.

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

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

// The kinds of objects, counted from 0.
template <class Kind>
inline constexpr std::size_t kKindIndex = 0;
template <>
inline constexpr std::size_t kKindIndex<SpaceKind> = 1;
template <>
inline constexpr std::size_t kKindIndex<ListenerKind> = 2;

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

}  // namespace flatcheck
