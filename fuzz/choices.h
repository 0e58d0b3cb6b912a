// The operands that are one of a few choices, counted from 0, the plainest first. Codec, generator,
// mutator and shrinker treat them alike.

#pragma once

#include <bit>
#include <cstdint>

#include "fuzz/operands.h"

namespace flatcheck {

template <class Operand>
struct Choices;

template <class Operand>
concept IsChoice = requires {
  Choices<Operand>::kCount;
};

// A value that counts up from 0.
template <class Operand, std::uint64_t count>
struct CountedChoices {
  static constexpr std::uint64_t kCount = count;
  static constexpr std::uint64_t IndexOf(Operand operand) {
    return static_cast<std::uint64_t>(operand.value);
  }
  static constexpr Operand At(std::uint64_t index) {
    return {static_cast<decltype(Operand::value)>(index)};
  }
};
template <>
struct Choices<ByteOrder> : CountedChoices<ByteOrder, 3> {};
template <>
struct Choices<DirtyClient> : CountedChoices<DirtyClient, 3> {};
template <>
struct Choices<Permission> : CountedChoices<Permission, 4> {};
template <>
struct Choices<EventFlags> : CountedChoices<EventFlags, 8> {};

// One bit.
template <class Operand, std::uint64_t count>
struct BitChoices {
  static constexpr std::uint64_t kCount = count;
  static constexpr std::uint64_t IndexOf(Operand operand) {
    return static_cast<std::uint64_t>(std::countr_zero(operand.value));
  }
  static constexpr Operand At(std::uint64_t index) {
    return {static_cast<decltype(Operand::value)>(1u << index)};
  }
};
template <>
struct Choices<Width> : BitChoices<Width, 4> {};
template <>
struct Choices<EventType> : BitChoices<EventType, 3> {};

template <>
struct Choices<PageMask> {
  static constexpr std::uint64_t kCount = 65;
  static constexpr std::uint64_t IndexOf(PageMask mask) {
    return static_cast<std::uint64_t>(std::bit_width(mask.value));
  }
  static constexpr PageMask At(std::uint64_t index) {
    return {index == 64 ? UINT64_MAX : (std::uint64_t{1} << index) - 1};
  }
};

template <>
struct Choices<IommuTraits> {
  static constexpr std::uint64_t kCount = 4;
  static constexpr std::uint64_t IndexOf(IommuTraits traits) {
    return (traits.trace ? 1u : 0u) + (traits.nomap ? 2u : 0u);
  }
  static constexpr IommuTraits At(std::uint64_t index) {
    return {(index & 1) != 0, (index & 2) != 0};
  }
};

}  // namespace flatcheck
