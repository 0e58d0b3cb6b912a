// Every bound on what programs may ask of a machine. Both machines refuse the same requests, so
// both are built with these figures; a bound that only one of them knew would be a disagreement.

#pragma once

#include <cstddef>
#include <cstdint>

namespace flatcheck::limits {

// The page model of the rules: TARGET_PAGE_SIZE and host page.
inline constexpr std::uint64_t kPageSize = 0x1000;

// A container, alias or leaf costs one visit each time a path from some root reaches it. A region
// whose subtree costs more visits than this is refused ("too-many-paths"): alias diamonds double
// the paths at each level.
inline constexpr std::uint64_t kPathsMax = 1u << 16;

// Longest chain of container -> child and alias -> target edges, counted in regions ("too-deep").
inline constexpr std::size_t kDepthMax = 256;

// RAM, ROM, ROM device and RAM device bytes that one map may own together ("no-memory").
inline constexpr std::uint64_t kRamBytesMax = std::uint64_t{1} << 40;

// What one request may make a machine do step by step ("too-long"): the bytes that `accessvalid`
// asks about, the pages of an IOMMU that `ioreplay` walks.
inline constexpr std::uint64_t kAccessValidLengthMax = 0x1000;
inline constexpr std::uint64_t kReplayPagesMax = 0x1000;

// IOMMUs that one access may cross; the next one refuses it.
inline constexpr unsigned kIommuLevelsMax = 16;

// What the generator and the mutators stay within, save that the generator's deepest trees have
// more regions; programs from files may be longer.
inline constexpr std::size_t kGeneratedOperationsMax = 320;
inline constexpr std::size_t kGeneratedRegionsMax = 64;

// Ranges of the text format (and of the byte format, by remainder).
inline constexpr std::uint8_t kNotifiers = 64;        // FD is 0..63.
inline constexpr std::uint8_t kAccessLengthMax = 64;  // Bytes of one read or write.

}  // namespace flatcheck::limits
