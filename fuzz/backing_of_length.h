// Where RAM comes from: mostly from the map itself, now and then from a memfd, a file or a caller.
// Its length decides, so that a program which is made shorter keeps what it had, and a test that is
// written of it has the same. Lengths of few pages are the usual ones; they stay with the map,
// which is faster.

#pragma once

#include <cstdint>

#include "fuzz/limits.h"

namespace flatcheck {

enum class Backing { kAnonymous, kMemfd, kFile, kCaller };

// Where RAM begins in its file.
inline constexpr std::uint64_t kBackingFileOffset = 2 * limits::kPageSize;
// Where a caller's RAM begins in a page of the host.
inline constexpr std::uint64_t kCallerMemoryInPage = limits::kPageSize / 2;

constexpr std::uint64_t PagesFor(std::uint64_t size) {
  return size / limits::kPageSize + (size % limits::kPageSize != 0 ? 1 : 0);
}

constexpr Backing BackingOfLength(std::uint64_t size) {
  constexpr std::uint64_t kPagesMax = 64;
  if (PagesFor(size) > kPagesMax) return Backing::kAnonymous;
  switch (PagesFor(size) % 8) {
    case 5:
      return Backing::kMemfd;
    case 6:
      return Backing::kFile;
    case 7:
      return Backing::kCaller;
    default:
      return Backing::kAnonymous;
  }
}

// Where RAM of that length, which cannot be resized, begins in a page of the host.
constexpr std::uint64_t StartInHostPage(std::uint64_t size) {
  return BackingOfLength(size) == Backing::kCaller ? kCallerMemoryInPage : 0;
}

}  // namespace flatcheck
