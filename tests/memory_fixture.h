// A map with a root of all addresses and a space on it, for tests of what happens at addresses.

#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine/map/memory_map.h"
#include "engine/ram/access.h"

namespace flatcheck::engine {

inline constexpr std::uint64_t kPage = 0x1000;
inline constexpr ByteOrder kLittle = ByteOrder::kLittle;
inline constexpr ByteOrder kBig = ByteOrder::kBig;

template <class T>
T& Granted(Created<T> created) {
  EXPECT_EQ(ToString(created.refusal), "");
  return *created.object;
}
inline void Granted(Refusal refusal) { EXPECT_EQ(ToString(refusal), ""); }

// Writes down each call. A byte of a read tells its offset.
class JournalDevice final : public MmioDevice {
 public:
  using MmioDevice::MmioDevice;

  std::uint64_t Read(std::uint64_t offset, unsigned size) override {
    calls += "r" + std::to_string(offset) + "." + std::to_string(size) + " ";
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= ((0xa0 + offset + i) & 0xff) << (8 * i);
    return value;
  }
  void Write(std::uint64_t offset, unsigned size, std::uint64_t value) override {
    calls += "w" + std::to_string(offset) + "." + std::to_string(size) + "=" + Hex(value) + " ";
  }

  static std::string Hex(std::uint64_t value) {
    std::string digits;
    do {
      digits.insert(digits.begin(), "0123456789abcdef"[value % 16]);
      value /= 16;
    } while (value != 0);
    return digits;
  }

  std::string Taken() {
    std::string taken;
    taken.swap(calls);
    return taken;
  }

  std::string calls;
};

class MemoryTest : public testing::Test {
 protected:
  // Adds the region to the root.
  MemoryRegion& At(std::uint64_t address, Created<MemoryRegion> created,
                   std::int32_t priority = 0) {
    MemoryRegion& region = Granted(created);
    Granted(map_.AddSubregion(system_, address, region, priority));
    return region;
  }

  // Result and bytes, such as "0 0102".
  std::string ReadText(std::uint64_t address, std::size_t length) {
    std::vector<std::uint8_t> bytes(length);
    const MemTx result = Read(map_, memory_, address, bytes);
    return std::to_string(result) + " " + Text(bytes);
  }
  static std::string Text(std::span<const std::uint8_t> bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) {
      text += "0123456789abcdef"[byte / 16];
      text += "0123456789abcdef"[byte % 16];
    }
    return text;
  }
  MemTx WriteBytes(std::uint64_t address, std::vector<std::uint8_t> bytes) {
    return Write(map_, memory_, address, bytes);
  }

  MemoryMap map_;
  MemoryRegion& system_ = Granted(map_.CreateContainer("system", UINT64_MAX));
  AddressSpace& memory_ = Granted(map_.CreateAddressSpace("memory", system_));
};

}  // namespace flatcheck::engine
