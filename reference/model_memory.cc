#include "reference/model_memory.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "reference/model_events.h"

namespace flatcheck::reference {
namespace {

enum class Direction { kRead, kWrite };

// Who takes an access, and so how much of it at once.
enum class Responder {
  kBytes,       // Any number.
  kDevice,      // Up to 4 bytes, aligned.
  kWideDevice,  // Up to 8 bytes, not aligned: the accesses that a RAM device makes to its bytes.
  kNobody,      // As a device, to fail.
};

// One step of an access.
struct Piece {
  RegionId region = kNone;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  Responder responder = Responder::kNobody;
};

Wide PieceEnd(const Range& range, Wide address, std::uint64_t page_size);
Piece NextPiece(const Bus& bus, std::uint64_t address, std::size_t length, Direction direction);
std::uint32_t ReadPiece(const Bus& bus, const Piece& piece, std::span<std::uint8_t> bytes);
std::uint32_t WritePiece(const Bus& bus, const Piece& piece, std::span<const std::uint8_t> bytes);
Responder ResponderOf(const Region& region, Direction direction);
std::uint64_t PieceSize(const Piece& piece, std::uint64_t length, Wide bytes_end);
bool IsTakenByEventfd(const Region& region, const Piece& piece, std::uint64_t value);
std::uint64_t DeviceValue(std::uint64_t offset);
void CopyOut(const Region& region, std::uint64_t offset, std::span<std::uint8_t> bytes);
void CopyIn(Region& region, std::uint64_t offset, std::span<const std::uint8_t> bytes);

}  // namespace

std::optional<Range> FindFirst(const View& view, Wide start, Wide end) {
  for (const Range& range : view.ranges) {
    if (range.start >= end || start >= range.end) continue;
    Range found = range;
    found.start = std::max(range.start, start);
    found.end = std::min(range.end, end);
    found.offset += found.start - range.start;
    return found;
  }
  return std::nullopt;
}

Translation Translate(const std::vector<Region>& regions, const View& view, std::uint64_t address,
                      std::uint64_t length, std::uint64_t page_size) {
  const Wide at = address;
  const auto range = std::ranges::find_if(
      view.ranges, [at](const Range& one) { return one.start <= at && at < one.end; });
  if (range == view.ranges.end()) return {kNone, address, length};
  const Kind kind = regions[range->region].kind;
  if (kind == Kind::kRam || kind == Kind::kRom || kind == Kind::kRamDevice) {
    const Wide length_max = PieceEnd(*range, at, page_size) - at;
    length = static_cast<std::uint64_t>(std::min(Wide{length}, length_max));
  }
  const Wide offset = range->offset + (at - range->start);
  return {range->region, static_cast<std::uint64_t>(offset), length};
}

std::uint32_t Bus::Read(std::uint64_t address, std::span<std::uint8_t> bytes) const {
  std::uint32_t result = kOk;
  while (!bytes.empty()) {
    const Piece piece = NextPiece(*this, address, bytes.size(), Direction::kRead);
    result |= ReadPiece(*this, piece, bytes.first(piece.size));
    address += piece.size;
    bytes = bytes.subspan(piece.size);
  }
  return result;
}

std::uint32_t Bus::Write(std::uint64_t address, std::span<const std::uint8_t> bytes) const {
  std::uint32_t result = kOk;
  while (!bytes.empty()) {
    const Piece piece = NextPiece(*this, address, bytes.size(), Direction::kWrite);
    result |= WritePiece(*this, piece, bytes.first(piece.size));
    address += piece.size;
    bytes = bytes.subspan(piece.size);
  }
  return result;
}

namespace {

// The range is looked up in pieces: up to its first page boundary, whole pages, and the rest.
Wide PieceEnd(const Range& range, Wide address, std::uint64_t page_size) {
  const Wide first_page = (range.start + page_size - 1) / page_size * page_size;
  const Wide last_page = range.end / page_size * page_size;
  if (address < first_page) return std::min(first_page, range.end);
  return address < last_page ? last_page : range.end;
}

Piece NextPiece(const Bus& bus, std::uint64_t address, std::size_t length, Direction direction) {
  const Translation at = Translate(bus.regions, bus.view, address, length, bus.page_size);
  Piece piece{.region = at.region, .offset = at.address};
  Wide bytes_end = 0;
  if (at.region != kNone) {
    piece.responder = ResponderOf(bus.regions[at.region], direction);
    bytes_end = bus.regions[at.region].size_created;
  }
  piece.size = PieceSize(piece, at.length, bytes_end);
  assert(0 < piece.size && piece.size <= length);
  return piece;
}

// The region's own `readonly` counts, not what it inherits on the way to a range.
Responder ResponderOf(const Region& region, Direction direction) {
  switch (region.kind) {
    case Kind::kIo:
      return Responder::kDevice;
    case Kind::kRam:
    case Kind::kRom:
      return direction == Direction::kWrite && region.readonly ? Responder::kNobody
                                                               : Responder::kBytes;
    case Kind::kRomDevice:
      return direction == Direction::kRead && region.romd_mode ? Responder::kBytes
                                                               : Responder::kDevice;
    case Kind::kRamDevice:
      return Responder::kWideDevice;
    case Kind::kReservation:
    case Kind::kContainer:
    case Kind::kAlias:
      break;
  }
  return Responder::kNobody;
}

// Devices are called at the alignment of the offset in the region, not of the bus address.
std::uint64_t PieceSize(const Piece& piece, std::uint64_t length, Wide bytes_end) {
  if (piece.responder == Responder::kBytes) {
    return std::min(length, static_cast<std::uint64_t>(bytes_end - piece.offset));
  }
  std::uint64_t size_max = 8;
  if (piece.responder != Responder::kWideDevice) {
    size_max = 4;
    const std::uint64_t alignment = piece.offset & -piece.offset;
    if (alignment != 0) size_max = std::min(size_max, alignment);
  }
  return std::bit_floor(std::min(length, size_max));
}

std::uint32_t ReadPiece(const Bus& bus, const Piece& piece, std::span<std::uint8_t> bytes) {
  switch (piece.responder) {
    case Responder::kBytes:
    case Responder::kWideDevice:
      CopyOut(bus.regions[piece.region], piece.offset, bytes);
      return kOk;
    case Responder::kDevice:
      bus.calls.push_back({.region = piece.region,
                           .offset = piece.offset,
                           .size = static_cast<std::uint32_t>(piece.size)});
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(DeviceValue(piece.offset) >> (8 * i));
      }
      return kOk;
    case Responder::kNobody:
      break;
  }
  return kDecodeError;
}

std::uint32_t WritePiece(const Bus& bus, const Piece& piece, std::span<const std::uint8_t> bytes) {
  if (piece.responder == Responder::kNobody) return kDecodeError;
  Region& region = bus.regions[piece.region];
  if (piece.responder != Responder::kBytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    if (IsTakenByEventfd(region, piece, value)) return kOk;
    if (piece.responder == Responder::kDevice) {
      bus.calls.push_back(
          {piece.region, true, piece.offset, static_cast<std::uint32_t>(piece.size), value});
      return kOk;
    }
  }
  CopyIn(region, piece.offset, bytes);
  return kOk;
}

// Whether an ioeventfd takes the write, which the device then never sees.
bool IsTakenByEventfd(const Region& region, const Piece& piece, std::uint64_t value) {
  return std::ranges::any_of(region.eventfds, [&](const Eventfd& eventfd) {
    const Eventfd write{piece.offset, piece.size, eventfd.is_data_matched, value, eventfd.notifier};
    return Matches(write, eventfd);
  });
}

// What every device answers: each offset something else, so that a wrong offset shows.
std::uint64_t DeviceValue(std::uint64_t offset) {
  return offset * 0x0101010101010101 + 0x1122334455667788;
}

void CopyOut(const Region& region, std::uint64_t offset, std::span<std::uint8_t> bytes) {
  for (std::uint8_t& byte : bytes) {
    const auto line = region.written_lines.find(offset / kLineSize);
    byte = line == region.written_lines.end() ? 0 : line->second[offset % kLineSize];
    ++offset;
  }
}

void CopyIn(Region& region, std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    region.written_lines[offset / kLineSize][offset % kLineSize] = byte;
    ++offset;
  }
}

}  // namespace
}  // namespace flatcheck::reference
