// A RamBlock is the host memory behind a RAM, ROM, ROM device or RAM device region: zeroed pages,
// mapped when the block is first touched and backed by the host one by one, so that a map may hold
// far more than the host has.

#pragma once

#include <cstdint>

namespace flatcheck::engine {

class RamBlock {
 public:
  explicit RamBlock(std::uint64_t size) : size_(size) {}
  ~RamBlock();
  RamBlock(const RamBlock&) = delete;
  RamBlock& operator=(const RamBlock&) = delete;

  // The first byte; stays where it is. Throws std::bad_alloc if the host has no room for the block.
  std::uint8_t* host() const { return host_ != nullptr ? host_ : Map(); }
  std::uint64_t size() const { return size_; }  // Bytes.

 private:
  std::uint8_t* Map() const;

  mutable std::uint8_t* host_ = nullptr;
  std::uint64_t size_;
};

}  // namespace flatcheck::engine
