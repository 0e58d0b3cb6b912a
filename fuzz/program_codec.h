// The bytes of a program: what libFuzzer mutates and what its corpora hold.
//
//   bytes  = [header] record*
//   header = 'F' 'L' 'T' 'C' version     Bytes that begin otherwise are records from the start.
//   record = number length payload       length: bytes of the payload, 0 to 255.
//
// The version is 1; others are read as 1. A payload is its operation's operands in order, without
// the definitions, each in one to nine bytes (fuzz/operand_codec.h); that of an unknown number is
// kept as it is.
//
// Laws:
// 1. Decode is total: a cut record ends where the bytes end, surplus bytes of a known operation's
//    payload are dropped, operands beyond its end are 0, scalars out of range are taken by
//    remainder. In an `io` or `romd` record of before there were profiles, what was surplus is its
//    profile now.
// 2. A slot is absent, or of an object that the program defines before, and then it is itself. Any
//    larger number counts around the objects that no earlier operation ends, and is absent if there
//    is none: a mutated slot finds another target.
// 3. Encode(Decode(b)) is canonical: Encode(Decode(.)) leaves it as it is.
// 4. Decode(Encode(p)) == p for each canonical p: one that some bytes decode to. Of others, slots
//    that nothing defines become absent, scalars are brought in range and unknown payloads are cut.
// 5. Numbers are permanent, and one that is unknown today survives Decode and Encode.
//
// A definition beyond the 65,535th of its kind has no slot, and its record is dropped.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/program.h"

namespace flatcheck {

Program Decode(std::span<const std::uint8_t> bytes);
std::vector<std::uint8_t> Encode(const Program& program);

}  // namespace flatcheck
