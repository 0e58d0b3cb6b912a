// A RamBlock is the host memory behind a RAM, ROM or ROM device region: zeroed pages, backed when
// they are first touched.

#pragma once

#include <cstdint>
#include <memory>

namespace flatcheck::engine {

class RamBlock {
 public:
  // Null if the host refuses.
  static std::unique_ptr<RamBlock> Allocate(std::uint64_t size);
  ~RamBlock();
  RamBlock(const RamBlock&) = delete;
  RamBlock& operator=(const RamBlock&) = delete;

  std::uint8_t* host() const { return host_; }
  std::uint64_t size() const { return size_; }  // Bytes.

 private:
  RamBlock(std::uint8_t* host, std::uint64_t size) : host_(host), size_(size) {}

  std::uint8_t* host_;
  std::uint64_t size_;
};

}  // namespace flatcheck::engine
