#include "reference/model_memory.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "reference/model_events.h"

namespace flatcheck::reference {
namespace {

// One step of an access.
struct Piece {
  RegionId region = kNone;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  bool is_direct = false;
};

Piece NextPiece(const Bus& bus, SpaceId space, std::uint64_t address, std::uint64_t length,
                Direction direction);
bool IsWordDirect(const Bus& bus, const Translation& at, std::uint64_t width, Direction direction);
const Profile& ProfileOf(const Bus& bus, RegionId id);
bool Accepts(const Bus& bus, RegionId id, const Access& access);
Response ReadDevice(const Bus& bus, RegionId id, const Access& access, Endian endian);
std::uint32_t WriteDevice(const Bus& bus, RegionId id, const Access& access, Endian endian,
                          std::uint64_t value);
bool IsTakenByEventfd(const Bus& bus, RegionId id, const Access& access, std::uint64_t value);
Response CallRead(const Bus& bus, RegionId id, const Callback& callback);
std::uint32_t CallWrite(const Bus& bus, RegionId id, const Callback& callback, std::uint64_t value);
bool IsPastEnd(const RamBlock& block, const Callback& callback);
std::uint32_t ResultAt(const Profile& profile, std::uint64_t offset);
std::uint64_t DeviceValue(std::uint64_t offset);
std::uint64_t LittleEndian(std::span<const std::uint8_t> bytes);
void PutLittleEndian(std::uint64_t value, std::span<std::uint8_t> bytes);

}  // namespace

bool IsDirect(const Region& region, Direction direction) {
  switch (region.kind) {
    case Kind::kRam:
    case Kind::kRom:
      return direction == Direction::kRead || !region.readonly;
    case Kind::kRomDevice:
      return direction == Direction::kRead && region.romd_mode;
    default:
      return false;
  }
}

std::uint32_t Bus::Read(SpaceId space, std::uint64_t address, std::span<std::uint8_t> bytes) const {
  std::uint32_t result = kOk;
  while (!bytes.empty()) {
    const Piece piece = NextPiece(*this, space, address, bytes.size(), Direction::kRead);
    const std::span<std::uint8_t> part = bytes.first(piece.size);
    if (piece.is_direct) {
      regions[piece.region].block->CopyOut(piece.offset, part);
    } else {
      const Response response = ReadDevice(
          *this, piece.region, {piece.offset, piece.size, Direction::kRead}, Endian::kLittle);
      PutLittleEndian(response.value, part);
      result |= response.result;
    }
    address += piece.size;
    bytes = bytes.subspan(piece.size);
  }
  return result;
}

std::uint32_t Bus::Write(SpaceId space, std::uint64_t address,
                         std::span<const std::uint8_t> bytes) const {
  std::uint32_t result = kOk;
  while (!bytes.empty()) {
    const Piece piece = NextPiece(*this, space, address, bytes.size(), Direction::kWrite);
    const std::span<const std::uint8_t> part = bytes.first(piece.size);
    if (piece.is_direct) {
      regions[piece.region].block->CopyIn(piece.offset, part);
      MarkDirty(piece.region, piece.offset, piece.size);
    } else {
      result |= WriteDevice(*this, piece.region, {piece.offset, piece.size, Direction::kWrite},
                            Endian::kLittle, LittleEndian(part));
    }
    address += piece.size;
    bytes = bytes.subspan(piece.size);
  }
  return result;
}

// A RAM device counts as bytes here, and a ROM device while reads of it do. What is not bytes is
// passed over in the steps that a device would be called in.
void Bus::WriteRom(SpaceId space, std::uint64_t address,
                   std::span<const std::uint8_t> bytes) const {
  while (!bytes.empty()) {
    const Translation at = router().Translate(space, address, bytes.size(), Direction::kWrite);
    std::uint64_t size = 0;
    const bool is_bytes = at.region != kNone && (regions[at.region].kind == Kind::kRamDevice ||
                                                 IsDirect(regions[at.region], Direction::kRead));
    if (is_bytes) {
      RamBlock& block = *regions[at.region].block;
      size = std::min(at.progress, block.max_length - at.address);
      block.CopyIn(at.address, bytes.first(size));
      MarkDirty(at.region, at.address, size);
    } else {
      size = AccessSize(ProfileOf(*this, at.region), at.progress, at.address);
    }
    address += size;
    bytes = bytes.subspan(size);
  }
}

// Where the whole width is not bytes side by side, there is one access of the whole width to the
// region of the first byte: RAM refuses that.
Response Bus::Load(SpaceId space, const WordAt& at) const {
  const Translation to = router().Translate(space, at.address, at.width, Direction::kRead);
  if (!IsWordDirect(*this, to, at.width, Direction::kRead)) {
    return ReadDevice(*this, to.region, {to.address, at.width, Direction::kRead}, at.endian);
  }
  std::array<std::uint8_t, 8> bytes{};
  regions[to.region].block->CopyOut(to.address, std::span(bytes).first(at.width));
  const std::uint64_t value = LittleEndian(bytes);
  return {at.endian == Endian::kLittle ? value : Swap(value, at.width), kOk};
}

std::uint32_t Bus::Store(SpaceId space, const WordAt& at, std::uint64_t value) const {
  value = Cut(value, at.width);
  const Translation to = router().Translate(space, at.address, at.width, Direction::kWrite);
  if (!IsWordDirect(*this, to, at.width, Direction::kWrite)) {
    return WriteDevice(*this, to.region, {to.address, at.width, Direction::kWrite}, at.endian,
                       value);
  }
  std::array<std::uint8_t, 8> bytes{};
  PutLittleEndian(at.endian == Endian::kLittle ? value : Swap(value, at.width), bytes);
  regions[to.region].block->CopyIn(to.address, std::span(bytes).first(at.width));
  MarkDirty(to.region, to.address, at.width);
  return kOk;
}

// Unlike an access, this sizes its steps by the address on the bus, though it checks them at the
// offset in the region; so the two may disagree.
bool Bus::AcceptsAll(SpaceId space, std::uint64_t address, std::uint64_t length,
                     Direction direction) const {
  while (length > 0) {
    const Translation at = router().Translate(space, address, length, direction);
    std::uint64_t size = at.progress;
    if (at.region == kNone || !IsDirect(regions[at.region], direction)) {
      size = AccessSize(ProfileOf(*this, at.region), size, address);
      if (!Accepts(*this, at.region, {at.address, size, direction})) return false;
    }
    address += size;
    length -= size;
  }
  return true;
}

std::uint64_t Bus::ContiguousLength(SpaceId space, std::uint64_t address, std::uint64_t length,
                                    Direction direction, const Translation& first) const {
  const std::uint64_t block_length = regions[first.region].block->max_length - first.address;
  std::uint64_t done = first.progress;
  while (done < length) {
    const Translation next = router().Translate(space, address + done, length - done, direction);
    if (next.region != first.region || next.address != first.address + done) break;
    done += next.progress;
  }
  return std::min(done, block_length);
}

void Bus::MarkDirty(RegionId id, std::uint64_t offset, std::uint64_t length) const {
  const Region& region = regions[id];
  dirty.Set(PagesOf(region.block->offset + offset, length, page_size),
            LogMask(region, migration_mask));
}

namespace {

// A direct access to a ROM device ends with its block alone, wherever the range ends.
Piece NextPiece(const Bus& bus, SpaceId space, std::uint64_t address, std::uint64_t length,
                Direction direction) {
  const Translation at = bus.router().Translate(space, address, length, direction);
  Piece piece{.region = at.region, .offset = at.address};
  if (at.region != kNone && IsDirect(bus.regions[at.region], direction)) {
    piece.is_direct = true;
    piece.size = std::min(at.progress, bus.regions[at.region].block->max_length - at.address);
  } else {
    piece.size = AccessSize(ProfileOf(bus, at.region), at.progress, at.address);
  }
  assert(0 < piece.size && piece.size <= length);
  return piece;
}

bool IsWordDirect(const Bus& bus, const Translation& at, std::uint64_t width, Direction direction) {
  if (at.region == kNone || at.length < width) return false;
  const Region& region = bus.regions[at.region];
  return IsDirect(region, direction) && width <= region.block->max_length - at.address;
}

// Who has no callbacks refuses accesses of up to 4 bytes.
const Profile& ProfileOf(const Bus& bus, RegionId id) {
  static constexpr Profile kDefault{};
  return id == kNone ? kDefault : bus.regions[id].profile;
}

bool Accepts(const Bus& bus, RegionId id, const Access& access) {
  if (id == kNone) return false;
  const Region& region = bus.regions[id];
  const bool has_callbacks = region.kind == Kind::kIo || region.kind == Kind::kRomDevice ||
                             region.kind == Kind::kRamDevice;
  const auto half = static_cast<std::uint64_t>(region.size_created / 2);
  return has_callbacks && IsValid(region.profile, access, half);
}

Response ReadDevice(const Bus& bus, RegionId id, const Access& access, Endian endian) {
  if (!Accepts(bus, id, access)) return {0, kDecodeError};
  const Profile& profile = bus.regions[id].profile;
  Response response;
  for (const Callback& callback : Split(profile, access)) {
    const Response part = CallRead(bus, id, callback);
    response.value |= Shift(Cut(part.value, callback.size), callback.shift);
    response.result |= part.result;
  }
  response.value = Cut(response.value, access.size);
  if (profile.endian != endian) response.value = Swap(response.value, access.size);
  return response;
}

std::uint32_t WriteDevice(const Bus& bus, RegionId id, const Access& access, Endian endian,
                          std::uint64_t value) {
  if (!Accepts(bus, id, access)) return kDecodeError;
  const Profile& profile = bus.regions[id].profile;
  if (profile.endian != endian) value = Swap(value, access.size);
  if (IsTakenByEventfd(bus, id, access, value)) return kOk;
  std::uint32_t result = kOk;
  for (const Callback& callback : Split(profile, access)) {
    result |= CallWrite(bus, id, callback, Cut(Shift(value, -callback.shift), callback.size));
  }
  return result;
}

// Whether an ioeventfd takes the write, which the device then never sees; the first does that may.
bool IsTakenByEventfd(const Bus& bus, RegionId id, const Access& access, std::uint64_t value) {
  const auto& eventfds = bus.regions[id].eventfds;
  const auto taker = std::ranges::find_if(eventfds, [&](const Eventfd& eventfd) {
    const Eventfd write{access.offset, access.size, eventfd.is_data_matched, value,
                        eventfd.notifier};
    return Matches(write, eventfd);
  });
  if (taker == eventfds.end()) return false;
  bus.signals.push_back(taker->notifier);
  return true;
}

Response CallRead(const Bus& bus, RegionId id, const Callback& callback) {
  const Region& region = bus.regions[id];
  if (region.kind == Kind::kRamDevice) {
    if (IsPastEnd(*region.block, callback)) return {0, kError};
    std::array<std::uint8_t, 8> bytes{};
    region.block->CopyOut(callback.offset, std::span(bytes).first(callback.size));
    return {LittleEndian(bytes), kOk};
  }
  bus.calls.push_back({CallKind::kRead, id, {callback.offset, callback.size}});
  return {DeviceValue(callback.offset), ResultAt(region.profile, callback.offset)};
}

std::uint32_t CallWrite(const Bus& bus, RegionId id, const Callback& callback,
                        std::uint64_t value) {
  const Region& region = bus.regions[id];
  if (region.kind == Kind::kRamDevice) {
    if (IsPastEnd(*region.block, callback)) return kError;
    std::array<std::uint8_t, 8> bytes{};
    PutLittleEndian(value, bytes);
    region.block->CopyIn(callback.offset, std::span(bytes).first(callback.size));
    return kOk;
  }
  bus.calls.push_back({CallKind::kWrite, id, {callback.offset, callback.size, value}});
  return ResultAt(region.profile, callback.offset);
}

// A RAM device fails what its bytes do not hold whole.
bool IsPastEnd(const RamBlock& block, const Callback& callback) {
  return callback.size > block.max_length - callback.offset;
}

std::uint32_t ResultAt(const Profile& profile, std::uint64_t offset) {
  const bool fails =
      profile.failing_offsets && (offset & *profile.failing_offsets) == *profile.failing_offsets;
  return fails ? kError : kOk;
}

// What every device answers: each offset something else, so that a wrong offset shows.
std::uint64_t DeviceValue(std::uint64_t offset) {
  return offset * 0x0101010101010101 + 0x1122334455667788;
}

std::uint64_t LittleEndian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

void PutLittleEndian(std::uint64_t value, std::span<std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

}  // namespace
}  // namespace flatcheck::reference
