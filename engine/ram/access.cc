#include "engine/ram/access.h"

#include <algorithm>

#include "engine/ram/access_part.h"
#include "engine/ram/byte_order.h"
#include "engine/ram/dispatch.h"
#include "engine/ram/ram_block.h"

namespace flatcheck::engine {

namespace {

std::uint64_t LoadLittle(const std::uint8_t* bytes, unsigned count) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, count);
  return value;
}

// The next bytes of an access that goes on piece by piece, where they are memory.
struct MemoryPiece {
  std::uint8_t* host = nullptr;  // Null: the host has no memory.
  std::uint64_t length = 0;
};

bool IsDirect(const Translation& at, bool is_write) {
  return at.region != nullptr && at.region->IsDirect(is_write);
}

MemoryPiece PieceAt(const Translation& at) {
  const RamBlock& block = *at.region->ram();
  std::uint8_t* const host = block.host();
  return {host == nullptr ? nullptr : host + at.offset,
          std::min(at.length, block.max_length() - at.offset)};
}

PartDone WriteMemory(MemoryMap& map, const Translation& at, const std::uint8_t* bytes) {
  const MemoryPiece piece = PieceAt(at);
  if (piece.host == nullptr) return {piece.length, kMemTxError};
  std::memmove(piece.host, bytes, piece.length);
  MarkDirty(map, *at.region, at.offset, piece.length);
  return {piece.length};
}

// The memory of one access of that width, or null if it is not all memory of one piece.
std::uint8_t* WholeAccess(const Translation& at, unsigned width, bool is_write) {
  if (at.length < width || !IsDirect(at, is_write)) return nullptr;
  const MemoryPiece piece = PieceAt(at);
  return piece.length < width ? nullptr : piece.host;
}

// An access of memory that has no memory: the region's own rules do not matter.
bool LacksMemory(const Translation& at, unsigned width, bool is_write) {
  return at.length >= width && IsDirect(at, is_write) && at.region->ram()->host() == nullptr;
}

}  // namespace

PartDone ReadPart(const Translation& at, std::uint8_t* bytes) {
  if (IsDirect(at, false)) {
    const MemoryPiece piece = PieceAt(at);
    if (piece.host == nullptr) {
      std::memset(bytes, 0, piece.length);
      return {piece.length, kMemTxError};
    }
    std::memmove(bytes, piece.host, piece.length);
    return {piece.length};
  }
  const unsigned size = AccessSize(at.region, at.offset, at.length);
  const ReadValue read = DispatchRead({at.region, at.offset, size});
  std::memcpy(bytes, &read.value, size);
  return {size, read.result};
}

PartDone WritePart(MemoryMap& map, const Translation& at, const std::uint8_t* bytes) {
  if (IsDirect(at, true)) return WriteMemory(map, at, bytes);
  const unsigned size = AccessSize(at.region, at.offset, at.length);
  return {size, DispatchWrite(map, {at.region, at.offset, size}, LoadLittle(bytes, size))};
}

namespace slow {

MemTx Read(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
           std::span<std::uint8_t> bytes) {
  const AccessGuard guard(map);
  const auto view = space.ShareView();
  return ReadParts(bytes, [&](std::uint64_t done, std::uint64_t left) {
    return TranslatePiece(map, *view, address + done, left, false);
  });
}

MemTx Write(MemoryMap& map, const AddressSpace& space, std::uint64_t address,
            std::span<const std::uint8_t> bytes) {
  const AccessGuard guard(map);
  const auto view = space.ShareView();
  return WriteParts(map, bytes, [&](std::uint64_t done, std::uint64_t left) {
    return TranslatePiece(map, *view, address + done, left, true);
  });
}

Loaded Load(const MemoryMap& map, const AddressSpace& space, std::uint64_t address, unsigned width,
            ByteOrder order) {
  const AccessGuard guard(map);
  const Translation at = Translate(map, space, address, width, false);
  if (const std::uint8_t* const host = WholeAccess(at, width, false)) {
    const std::uint64_t value = LoadLittle(host, width);
    return {order == ByteOrder::kLittle ? value : ReverseBytes(value, width)};
  }
  if (LacksMemory(at, width, false)) return {0, kMemTxError};
  const ReadValue read = DispatchRead({at.region, at.offset, width, order});
  return {read.value & ValueMask(width), read.result};
}

MemTx Store(MemoryMap& map, const AddressSpace& space, const WordAccess& access,
            std::uint64_t value) {
  const auto [address, width, order] = access;
  value &= ValueMask(width);
  const AccessGuard guard(map);
  const Translation at = Translate(map, space, address, width, true);
  if (std::uint8_t* const host = WholeAccess(at, width, true)) {
    if (order == ByteOrder::kBig) value = ReverseBytes(value, width);
    std::memcpy(host, &value, width);
    MarkDirty(map, *at.region, at.offset, width);
    return kMemTxOk;
  }
  if (LacksMemory(at, width, true)) return kMemTxError;
  return DispatchWrite(map, {at.region, at.offset, width, order}, value);
}

void MarkDirty(MemoryMap& map, const MemoryRegion& region, std::uint64_t offset,
               std::uint64_t length, std::uint8_t mask) {
  map.dirty_memory().Set(mask, map.PagesOf(*region.ram(), offset, length));
}

}  // namespace slow

Answered<bool> AccessValid(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                           std::uint64_t length, bool is_write) {
  if (length > map.limits().access_valid_max) return {false, Refusal::kTooLong};
  const AccessGuard guard(map);
  const auto view = space.ShareView();
  while (length != 0) {
    const Translation at = TranslatePiece(map, *view, address, length, is_write);
    std::uint64_t done = at.length;
    if (!IsDirect(at, is_write)) {
      // Sized by the address and checked at the offset (DER-10).
      const unsigned size = AccessSize(at.region, address, at.length);
      if (!IsValidAccess({at.region, at.offset, size}, is_write)) return {false};
      done = size;
    }
    length -= done;
    address += done;
  }
  return {true};
}

void WriteRom(MemoryMap& map, const AddressSpace& space, std::uint64_t address,
              std::span<const std::uint8_t> bytes) {
  const AccessGuard guard(map);
  while (!bytes.empty()) {
    const Translation at = TranslatePiece(map, space.view(), address, bytes.size(), true);
    const bool is_memory =
        at.region != nullptr && (at.region->is_ram() || at.region->IsDirect(false));
    const std::uint64_t done = is_memory ? WriteMemory(map, at, bytes.data()).size
                                         : AccessSize(at.region, at.offset, at.length);
    address += done;
    bytes = bytes.subspan(done);
  }
}

HostPointer HostPointerOf(const MemoryRegion& region) {
  const auto [target, offset] = region.FollowAliases();
  const RamBlock* const block = target->ram();
  if (block == nullptr) return {nullptr, Refusal::kNoBlock};
  if (offset >= block->max_length()) return {nullptr, Refusal::kBadRange};
  std::uint8_t* const host = block->host();
  if (host == nullptr) return {nullptr, Refusal::kNoMemory};
  return {host + offset};
}

}  // namespace flatcheck::engine
