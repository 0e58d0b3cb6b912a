#include "fuzz/operand_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <limits>

#include "fuzz/limits.h"

namespace flatcheck {
namespace {

template <std::integral Integer>
std::optional<Integer> ParseDigits(std::string_view digits, int base) {
  Integer value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || stop != end || error != std::errc()) return std::nullopt;
  return value;
}

template <class Operand>
std::string_view ParseUpTo(std::uint64_t max, std::string_view expected, std::string_view token,
                           Operand& operand) {
  const std::optional<std::uint64_t> number = ParseNumber(token);
  if (!number || *number > max) return expected;
  operand.value = static_cast<decltype(operand.value)>(*number);
  return {};
}

// By value.
constexpr std::array<std::string_view, 3> kOrders = {"le", "be", "native"};
constexpr std::array<std::string_view, 3> kClients = {"vga", "code", "migration"};

template <class Operand>
std::string_view ParseWord(const std::array<std::string_view, 3>& words, std::string_view expected,
                           std::string_view token, Operand& operand) {
  const auto* const found = std::ranges::find(words, token);
  if (found == words.end()) return expected;
  operand.value = static_cast<decltype(operand.value)>(found - words.begin());
  return {};
}

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

std::string PrintNumber(std::uint64_t value) {
  return value < 10 ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

}  // namespace

std::optional<std::uint64_t> ParseNumber(std::string_view token) {
  if (token == "2^64") return kAll;
  if (token.starts_with("0x") || token.starts_with("0X")) {
    return ParseDigits<std::uint64_t>(token.substr(2), 16);
  }
  return ParseDigits<std::uint64_t>(token, token.starts_with('0') ? 8 : 10);
}

std::string_view ParseOperand(std::string_view token, Address& operand) {
  return ParseUpTo(kAll, "a number below 2^64", token, operand);
}
std::string_view ParseOperand(std::string_view token, RegionSize& operand) {
  return ParseUpTo(kAll, "a size, 0 to 2^64", token, operand);
}
std::string_view ParseOperand(std::string_view token, Length& operand) {
  return ParseUpTo(kAll, "a number below 2^64", token, operand);
}
std::string_view ParseOperand(std::string_view token, Value& operand) {
  return ParseUpTo(kAll, "a number below 2^64", token, operand);
}
std::string_view ParseOperand(std::string_view token, Priority& operand) {
  const auto value = ParseDigits<std::int32_t>(token, 10);
  if (!value) return "a decimal priority, -2147483648 to 2147483647";
  operand.value = *value;
  return {};
}
std::string_view ParseOperand(std::string_view token, ListenerPriority& operand) {
  return ParseUpTo(std::numeric_limits<std::uint32_t>::max(), "a priority, 0 to 4294967295", token,
                   operand);
}
std::string_view ParseOperand(std::string_view token, Flag& operand) {
  if (token != "0" && token != "1") return "0 or 1";
  operand.value = token == "1";
  return {};
}
std::string_view ParseOperand(std::string_view token, Notifier& operand) {
  static_assert(limits::kNotifiers == 64);
  return ParseUpTo(63, "a notifier, 0 to 63", token, operand);
}
std::string_view ParseOperand(std::string_view token, AccessLength& operand) {
  static_assert(limits::kAccessLengthMax == 64);
  return ParseUpTo(64, "a length, 0 to 64", token, operand);
}
std::string_view ParseOperand(std::string_view token, Width& operand) {
  constexpr std::string_view kExpected = "a width, 1, 2, 4 or 8";
  const std::optional<std::uint64_t> number = ParseNumber(token);
  if (!number || *number > 8 || !std::has_single_bit(*number)) return kExpected;
  operand.value = static_cast<std::uint8_t>(*number);
  return {};
}
std::string_view ParseOperand(std::string_view token, ByteOrder& operand) {
  return ParseWord(kOrders, "le, be or native", token, operand);
}
std::string_view ParseOperand(std::string_view token, PageMask& operand) {
  constexpr std::string_view kExpected = "a mask, 2^k - 1, or 2^64 for all ones";
  const std::optional<std::uint64_t> number = ParseNumber(token);
  if (!number || (*number & (*number + 1)) != 0) return kExpected;
  operand.value = *number;
  return {};
}
std::string_view ParseOperand(std::string_view token, Permission& operand) {
  return ParseUpTo(3, "a permission, 0 to 3", token, operand);
}
std::string_view ParseOperand(std::string_view token, EventFlags& operand) {
  return ParseUpTo(7, "flags, 0 to 7", token, operand);
}
std::string_view ParseOperand(std::string_view token, EventType& operand) {
  if (token != "1" && token != "2" && token != "4") return "a type, 1, 2 or 4";
  operand.value = static_cast<std::uint8_t>(token.front() - '0');
  return {};
}
std::string_view ParseOperand(std::string_view token, DirtyClient& operand) {
  return ParseWord(kClients, "vga, code or migration", token, operand);
}

std::string PrintOperand(Address operand) { return PrintNumber(operand.value); }
std::string PrintOperand(RegionSize operand) {
  return operand.value == kAll ? "2^64" : PrintNumber(operand.value);
}
std::string PrintOperand(Length operand) { return PrintNumber(operand.value); }
std::string PrintOperand(Value operand) { return PrintNumber(operand.value); }
std::string PrintOperand(Priority operand) { return fmt::format("{}", operand.value); }
std::string PrintOperand(ListenerPriority operand) { return fmt::format("{}", operand.value); }
std::string PrintOperand(Flag operand) { return operand.value ? "1" : "0"; }
std::string PrintOperand(Notifier operand) { return fmt::format("{}", operand.value); }
std::string PrintOperand(AccessLength operand) { return fmt::format("{}", operand.value); }
std::string PrintOperand(Width operand) { return fmt::format("{}", operand.value); }
std::string PrintOperand(ByteOrder operand) {
  return std::string(kOrders[static_cast<std::size_t>(operand.value)]);
}
std::string PrintOperand(PageMask operand) {
  return operand.value == kAll ? "2^64" : PrintNumber(operand.value);
}
std::string PrintOperand(Permission operand) { return fmt::format("{}", operand.value); }
std::string PrintOperand(EventFlags operand) { return fmt::format("{}", operand.value); }
std::string PrintOperand(EventType operand) { return fmt::format("{}", operand.value); }
std::string PrintOperand(DirtyClient operand) {
  return std::string(kClients[static_cast<std::size_t>(operand.value)]);
}

}  // namespace flatcheck
