// The text of a scalar operand: one pair of functions for each type of fuzz/operands.h. Names are
// not here; they depend on the program (fuzz/program_text.h).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/operands.h"

namespace flatcheck {

// A number as in C, decimal, 0x... or with a leading 0 octal, or `2^64`, which is 2^64 - 1.
// Nothing if it is no such number or too large.
std::optional<std::uint64_t> ParseNumber(std::string_view token);

// Reads a token. Returns what was expected in its place, or nothing if it was read.
[[nodiscard]] std::string_view ParseOperand(std::string_view token, Address& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, RegionSize& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, Length& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, Value& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, Priority& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, ListenerPriority& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, Flag& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, Notifier& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, AccessLength& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, Width& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, ByteOrder& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, PageMask& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, Permission& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, EventFlags& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, EventType& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view token, DirtyClient& operand);
// These are words with blanks between, none for the default. Where one is wrong, or stands twice
// and may not, `words` becomes that word alone.
[[nodiscard]] std::string_view ParseOperand(std::string_view& words, Profile& operand);
[[nodiscard]] std::string_view ParseOperand(std::string_view& words, IommuTraits& operand);

// The shortest usual spelling that ParseOperand reads back.
std::string PrintOperand(Address operand);
std::string PrintOperand(RegionSize operand);
std::string PrintOperand(Length operand);
std::string PrintOperand(Value operand);
std::string PrintOperand(Priority operand);
std::string PrintOperand(ListenerPriority operand);
std::string PrintOperand(Flag operand);
std::string PrintOperand(Notifier operand);
std::string PrintOperand(AccessLength operand);
std::string PrintOperand(Width operand);
std::string PrintOperand(ByteOrder operand);
std::string PrintOperand(PageMask operand);
std::string PrintOperand(Permission operand);
std::string PrintOperand(EventFlags operand);
std::string PrintOperand(EventType operand);
std::string PrintOperand(DirtyClient operand);
std::string PrintOperand(const Profile& operand);
std::string PrintOperand(IommuTraits operand);

}  // namespace flatcheck
