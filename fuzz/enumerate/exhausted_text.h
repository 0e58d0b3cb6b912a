// The text in which a state file keeps how far an enumeration is. Its last line is a digest of all
// others and of the build: what one engine has run says nothing of another.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/enumerate/enumeration.h"
#include "fuzz/enumerate/exhaustion.h"

namespace flatcheck {

// FNV-1a of the bytes, or of those that `before` is of and these.
inline constexpr std::uint64_t kDigestOfNothing = 0xcbf29ce484222325;
std::uint64_t DigestOf(std::string_view bytes, std::uint64_t before = kDigestOfNothing);

// `build` is a digest of what runs the programs.
std::string PrintExhausted(const Enumeration& enumeration, std::uint64_t build,
                           const Exhausted& exhausted);

// Nothing if it is no such text, or one of another scope or build.
std::optional<Exhausted> ParseExhausted(const Enumeration& enumeration, std::uint64_t build,
                                        std::string_view text);

}  // namespace flatcheck
