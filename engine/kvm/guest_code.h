// GuestCode is the machine code by which a guest makes a batch of accesses: x86-64, two or three
// instructions for each, straight on. Without a jump back it comes to its end, whatever it meets.
//
// A write loads the value and stores it with one `mov` of the access's width; a read loads with
// one, and puts what it got among the results. `in` and `out` likewise.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/kvm/kvm_vm.h"

namespace flatcheck::engine {

class GuestCode {
 public:
  static constexpr std::size_t kAccessBytesMax = 20;

  void Clear();
  // An access at the linear address `target`, or at the port; a read leaves its result, with junk
  // above the access's width, in the 8 bytes at the linear address `result`.
  void Append(const GuestAccess& access, std::uint64_t target, std::uint64_t result);

  std::span<const std::uint8_t> bytes() const { return bytes_; }
  std::size_t begin_of(std::size_t access) const { return begins_[access]; }
  // The access that has the byte of that offset among its instructions.
  std::optional<std::size_t> AccessAt(std::uint64_t offset) const;

 private:
  void AppendStore(const GuestAccess& access, std::uint64_t target);
  void AppendLoad(const GuestAccess& access, std::uint64_t target);
  void AppendOut(const GuestAccess& access);
  void AppendIn(const GuestAccess& access);
  void AppendOpcode(std::uint8_t opcode_of_byte, unsigned width);
  void AppendNumber(std::uint64_t number, unsigned bytes);

  std::vector<std::uint8_t> bytes_;
  std::vector<std::size_t> begins_;
};

// What stands behind the code of each batch: a halt, and a jump to where the next batch begins.
struct GuestCodeEnd {
  static constexpr std::size_t kBytes = 6;
  static constexpr std::size_t kJumpAt = 1;  // Where the guest goes on.

  // `begin` is relative to the end's own first byte.
  static void Write(std::span<std::uint8_t, kBytes> at, std::int32_t begin);
};

}  // namespace flatcheck::engine
