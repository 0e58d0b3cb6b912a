// Addresses, sizes and the one interval convention of the engine.
//
// A published range is closed, [first, last], in unsigned 64-bit: it is never empty and its last
// byte may be 2^64 - 1, so nothing overflows. While rendering, places may be negative (an alias
// looks at its target from before 0) or end at 2^64: there a range is half-open, [start, end), in
// signed 128-bit, and may be empty.

#pragma once

#include <cstdint>

namespace flatcheck::engine {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Size;  // Bytes, 0 .. 2^64.

inline constexpr Size kSizeMax = Size{1} << 64;

// The API form of a size: 2^64 - 1 stands for 2^64, so that 2^64 - 1 itself cannot be said
// (memory-map 0.6).
constexpr Size SizeFromApi(std::uint64_t size) {
  return size == UINT64_MAX ? kSizeMax : Size{size};
}

struct AddressRange {
  Int128 start = 0;
  Int128 end = 0;

  constexpr bool empty() const { return start >= end; }
  constexpr bool Contains(Int128 address) const { return start <= address && address < end; }
};

// An empty range inside a non-empty one intersects it; one just behind it does not (memory-map
// 0.2).
constexpr bool Intersects(AddressRange a, AddressRange b) {
  return a.Contains(b.start) || b.Contains(a.start);
}

constexpr AddressRange Intersection(AddressRange a, AddressRange b) {
  return {a.start > b.start ? a.start : b.start, a.end < b.end ? a.end : b.end};
}

}  // namespace flatcheck::engine
