// However many aliases show a block, its bytes are one array.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "tests/memory_fixture.h"

namespace flatcheck::engine {
namespace {

class Random {
 public:
  std::uint64_t Below(std::uint64_t bound) {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return (state_ >> 33) % bound;
  }

 private:
  std::uint64_t state_ = 1;
};

// Each byte of the guest leads to a byte of a block.
class FlatModel {
 public:
  static constexpr std::uint64_t kBlockSize = 3 * kPage;

  explicit FlatModel(std::uint64_t addresses) : places_(addresses) {}

  // A window that hides what was there.
  void Show(std::uint64_t address, std::size_t block, std::uint64_t offset, std::uint64_t size) {
    for (std::uint64_t i = 0; i < size && address + i < places_.size(); ++i) {
      places_[address + i] = block * kBlockSize + offset + i;
    }
  }

  std::uint8_t& At(std::uint64_t address) { return bytes_[places_[address]]; }

 private:
  std::vector<std::size_t> places_;
  std::array<std::uint8_t, 2 * kBlockSize> bytes_{};
};

TEST_F(MemoryTest, AMillionAccessesThroughAliasesAgreeWithAnArray) {
  constexpr std::uint64_t kAddresses = 15 * kPage;
  constexpr std::uint64_t kBlockSize = FlatModel::kBlockSize;
  Random random;
  FlatModel model(kAddresses);
  const std::array<MemoryRegion*, 2> blocks{&Granted(map_.CreateRam("a", kBlockSize)),
                                            &Granted(map_.CreateRam("b", kBlockSize))};
  const auto show = [&](std::uint64_t address, std::size_t block, std::uint64_t offset,
                        std::uint64_t size) {
    At(address, map_.CreateAlias("alias", size, *blocks[block], offset));
    model.Show(address, block, offset, size);
  };
  // There are no holes: what lies behind them, an access of a hole may take along.
  for (std::uint64_t at = 0; at < kAddresses; at += kBlockSize) show(at, 0, 0, kBlockSize);
  for (int i = 0; i < 24; ++i) {
    const std::uint64_t offset = random.Below(kBlockSize);
    show(random.Below(kAddresses), random.Below(2), offset, 1 + random.Below(kBlockSize - offset));
  }
  for (int i = 0; i < 1'000'000; ++i) {
    std::array<std::uint8_t, 16> bytes{};
    const std::uint64_t address = random.Below(kAddresses - bytes.size());
    const std::span<std::uint8_t> part = std::span(bytes).first(1 + random.Below(bytes.size()));
    if (random.Below(2) == 0) {
      for (std::size_t k = 0; k < part.size(); ++k) {
        part[k] = static_cast<std::uint8_t>(random.Below(256));
        model.At(address + k) = part[k];
      }
      ASSERT_EQ(Write(map_, memory_, address, part), kMemTxOk);
    } else {
      ASSERT_EQ(Read(map_, memory_, address, part), kMemTxOk);
      for (std::size_t k = 0; k < part.size(); ++k) {
        ASSERT_EQ(part[k], model.At(address + k)) << "access " << i;
      }
    }
  }
}

}  // namespace
}  // namespace flatcheck::engine
