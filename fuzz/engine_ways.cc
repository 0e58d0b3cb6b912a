#include "fuzz/engine_ways.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>
#include <vector>

#include "engine/ram/access.h"
#include "engine/ram/cached_translation.h"
#include "engine/ram/dirty_transfer.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kStretch = 16;  // Cached ones begin at multiples of it.
constexpr std::uint64_t kMovedPagesMax = 4096;

struct Access {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  bool is_for_writing = false;
};

// Of one section: to see how far memory goes on behind it would ask an IOMMU there, which tells.
template <class Do>
bool IsDoneByCache(engine::MemoryMap& map, engine::AddressSpace& space, const Access& access,
                   Do do_it) {
  if (!GoesByCache(access.address, access.size)) return false;
  const std::uint64_t offset = access.address % kStretch;
  const std::uint64_t first = access.address - offset;
  const std::uint64_t length = offset + access.size;
  const engine::SectionPiece piece = engine::FindPiece(map, space.view(), first);
  if (piece.region == nullptr || piece.last - first < length - 1) return false;
  // Of a device, as much as there is: of no more than the section.
  const bool is_direct = piece.region->IsDirect(access.is_for_writing);
  const std::uint64_t asked = is_direct ? length : std::numeric_limits<std::uint64_t>::max();
  const engine::CachedTranslation cached(map, space, first, asked, access.is_for_writing);
  assert(cached.region() == piece.region);
  assert(cached.length() == std::min(asked - 1, piece.last - first) + 1);
  do_it(cached, offset);
  return true;
}

// When it is told, one takes its leave and another comes.
class Visitor final : public engine::IommuNotifier {
 public:
  explicit Visitor(std::uint8_t flags, Visitor* leaves = nullptr, Visitor* comes = nullptr)
      : IommuNotifier(0, std::numeric_limits<std::uint64_t>::max(), flags),
        leaves_(leaves),
        comes_(comes) {}
  ~Visitor() override { Leave(); }

  void Enter(engine::MemoryRegion& region) {
    in_ = &region;
    Succeeds(engine::RegisterNotifier(region, *this));
  }
  void Leave() {
    if (region() != nullptr) Succeeds(engine::UnregisterNotifier(*this));
  }
  bool is_told() const { return is_told_; }

  void Notify(const engine::IommuEntry& /*entry*/) override {
    const bool is_again = std::exchange(is_told_, true);
    if (leaves_ == nullptr || is_again) return;
    leaves_->Leave();
    comes_->Enter(*in_);
  }

 private:
  static void Succeeds([[maybe_unused]] engine::Refusal refusal) {
    assert(refusal == engine::Refusal::kNone);
  }

  Visitor* leaves_;
  Visitor* comes_;
  engine::MemoryRegion* in_ = nullptr;
  bool is_told_ = false;
};

}  // namespace

bool GoesByCache(std::uint64_t address, std::uint64_t size) {
  return size != 0 && ((address >> 2 ^ address ^ size) & 3) == 0;
}

bool GoesByBitmap(std::uint64_t start, std::uint64_t length) {
  constexpr std::uint64_t kEnd = kMovedPagesMax * limits::kPageSize;
  return start % limits::kPageSize == 0 && start < kEnd && length < kEnd - start;
}

engine::MemTx ReadSomeWay(engine::MemoryMap& map, engine::AddressSpace& space,
                          std::uint64_t address, std::span<std::uint8_t> bytes) {
  engine::MemTx result = engine::kMemTxOk;
  const auto read = [&](const engine::CachedTranslation& cached, std::uint64_t offset) {
    result = cached.Read(offset, bytes);
  };
  if (IsDoneByCache(map, space, {address, bytes.size(), IsReadByWriter(address)}, read)) {
    return result;
  }
  return engine::Read(map, space, address, bytes);
}

engine::MemTx WriteSomeWay(engine::MemoryMap& map, engine::AddressSpace& space,
                           std::uint64_t address, std::span<const std::uint8_t> bytes) {
  engine::MemTx result = engine::kMemTxOk;
  const auto write = [&](const engine::CachedTranslation& cached, std::uint64_t offset) {
    result = cached.Write(offset, bytes);
  };
  if (IsDoneByCache(map, space, {address, bytes.size(), true}, write)) return result;
  return engine::Write(map, space, address, bytes);
}

engine::Answered<bool> TestAndClearSomeWay(engine::MemoryMap& map, engine::MemoryRegion& region,
                                           engine::ByteRange range, engine::DirtyClient client) {
  if (client != engine::DirtyClient::kMigration || !GoesByBitmap(range.start, range.length)) {
    return engine::TestAndClearDirty(map, region, range, client);
  }
  // Every second page is set before, and those that are set already do not count.
  constexpr std::uint64_t kSetBefore = 0x5555555555555555;
  std::vector<std::uint64_t> expect(kMovedPagesMax / 64, kSetBefore);
  std::vector<std::uint64_t> pages = expect;
  std::uint64_t count = 0;
  const auto dirty = engine::DirtyRuns(map, region, range, client);
  for (const engine::PageRange& run : dirty.value) {
    for (std::uint64_t page = run.first; page < run.end; ++page) {
      const std::uint64_t bit = std::uint64_t{1} << page % 64;
      count += (expect[page / 64] & bit) == 0 ? 1 : 0;
      expect[page / 64] |= bit;
    }
  }
  const auto moved = engine::MoveMigrationDirty(map, region, range, pages);
  // Other pages, or another number than there were, are answered wrongly.
  const bool is_right = pages == expect && moved.value == count;
  return {!dirty.value.empty() == is_right, moved.refusal};
}

engine::Refusal SetDirtySomeWay(engine::MemoryMap& map, const engine::MemoryRegion& region,
                                engine::ByteRange range) {
  const bool logs_all = map.global_logging();
  const int imported = engine::MaskOf(engine::DirtyClient::kVga) |
                       (logs_all ? engine::MaskOf(engine::DirtyClient::kMigration) : 0);
  if (region.LogMask(logs_all) != imported || !GoesByBitmap(range.start, range.length)) {
    return engine::SetDirty(map, region, range);
  }
  const std::vector<std::uint64_t> log(kMovedPagesMax / 64, ~std::uint64_t{0});
  return engine::ImportDirty(map, region, range, log, PageSizeOfLog(range.start, range.length));
}

engine::Answered<bool> NotifySomeWay(engine::MemoryRegion& region, const engine::IommuEntry& entry,
                                     std::uint8_t type, std::uint8_t flags) {
  if (flags == 0) return {true, engine::NotifyIommu(region, entry, type)};
  Visitor gone(flags);
  Visitor come(flags);
  Visitor newest(flags, &gone, &come);  // Which is told first.
  gone.Enter(region);
  newest.Enter(region);
  const engine::Refusal refusal = engine::NotifyIommu(region, entry, type);
  return {newest.is_told() && !gone.is_told() && !come.is_told(), refusal};
}

}  // namespace flatcheck
