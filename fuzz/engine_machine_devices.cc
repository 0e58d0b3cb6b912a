#include "fuzz/engine_machine_devices.h"

#include <algorithm>

#include "engine/ram/dispatch.h"
#include "fuzz/engine_reentry.h"

namespace flatcheck {
namespace {

engine::AccessSizes Sizes(const AccessSizes& sizes, bool unaligned) {
  return {.min = sizes.min, .max = sizes.max, .unaligned = unaligned};
}

engine::MmioTraits TraitsOf(const Profile& profile, engine::ReentrancyGuard* guard) {
  return {.valid = Sizes(profile.valid, profile.unaligned),
          .impl = Sizes(profile.impl, profile.impl_unaligned),
          .order =
              profile.endian == Endian::kBig ? engine::ByteOrder::kBig : engine::ByteOrder::kLittle,
          .guard = guard};
}

// The bit of Refuses for accesses of that size.
unsigned RefusesSize(unsigned size) {
  switch (size) {
    case 1:
      return kRefusesSize1;
    case 2:
      return kRefusesSize2;
    case 4:
      return kRefusesSize4;
    default:
      return kRefusesSize8;
  }
}

template <class Object>
Object* FirstLive(const std::vector<Object*>& objects) {
  const auto live = std::ranges::find_if(objects, [](const Object* o) { return o != nullptr; });
  return live == objects.end() ? nullptr : *live;
}

}  // namespace

void DeviceJournal::Add(DeviceCall call) const {
  if (trace == nullptr) return;
  // The region behind which the caller stands lives, at least.
  call.callbacks_before = trace->callbacks.size() - first_callback;
  call.destroys_refused = IsRefusedInAccess(map, *FirstLive(regions), FirstLive(spaces));
  trace->device_calls.push_back(call);
}

EngineDevice::EngineDevice(const DeviceJournal& journal, RegionSlot region, RegionSize size,
                           const Profile& profile)
    : MmioDevice(TraitsOf(profile, region.index % 2 == 0 ? &guard_ : nullptr)),
      journal_(journal),
      region_(region),
      half_(engine::SizeFromApi(size.value) / 2),
      profile_(profile) {}

bool EngineDevice::Accepts(std::uint64_t offset, unsigned size, bool is_write) const {
  if (is_trying_) return true;
  unsigned kind = RefusesSize(size) | (is_write ? kRefusesWrites : kRefusesReads);
  if (offset % 2 != 0) kind |= kRefusesOdd;
  if (offset >= half_) kind |= kRefusesHigh;
  return (kind & profile_.refuses) == 0;
}

engine::MemTx EngineDevice::ResultAt(std::uint64_t offset) const {
  const bool fails = profile_.fail && (offset & *profile_.fail) == *profile_.fail;
  return fails ? engine::kMemTxError : engine::kMemTxOk;
}

bool EngineDevice::GuardIsRight(std::uint64_t offset, unsigned size) {
  const engine::MemoryRegion& region = *journal_.regions[region_.index];
  if (traits().guard == nullptr || region.kind() != engine::RegionKind::kIo) return true;
  if (traits().valid.max != 0) size = traits().valid.max;
  const engine::RegionAccess access{&region, offset & ~(std::uint64_t{size} - 1), size};
  const auto is_right = [&](bool is_write) {
    has_entered_ = false;
    if (is_write) {
      engine::DispatchWrite(journal_.map, access, 0);
    } else {
      engine::DispatchRead(access);
    }
    return has_entered_ == region.readonly();
  };
  is_trying_ = true;
  // The second read may pass if the first one's end opens the guard. A doorbell would take a write.
  const bool all_are_right =
      is_right(false) && (!region.ioeventfds().empty() || is_right(true)) && is_right(false);
  is_trying_ = false;
  return all_are_right;
}

engine::MemTx EngineDevice::Leave(std::uint64_t offset) const {
  // The last of four words: where an access goes on behind the device, that was its last call.
  if (journal_.trace != nullptr && offset / 4 % 4 == 3) journal_.hide_all();
  return ResultAt(offset);
}

engine::MemTx EngineDevice::Enter() {
  has_entered_ = true;
  return engine::kMemTxOk;
}

engine::MemTx EngineDevice::ReadWithResult(std::uint64_t offset, unsigned size,
                                           std::uint64_t& value) {
  if (is_trying_) return Enter();
  journal_.Add({.kind = DeviceCallKind::kRead,
                .region = region_,
                .offset = offset,
                .size = size,
                .guard_is_right = GuardIsRight(offset, size)});
  value = offset * 0x0101010101010101 + 0x1122334455667788;
  return Leave(offset);
}

engine::MemTx EngineDevice::WriteWithResult(std::uint64_t offset, unsigned size,
                                            std::uint64_t value) {
  if (is_trying_) return Enter();
  journal_.Add({.kind = DeviceCallKind::kWrite,
                .region = region_,
                .offset = offset,
                .size = size,
                .value = value,
                .guard_is_right = GuardIsRight(offset, size)});
  return Leave(offset);
}

bool EngineIommu::Remove(std::uint64_t iova) {
  const auto newest = std::find_if(entries_.rbegin(), entries_.rend(),
                                   [iova](const Entry& entry) { return entry.iova == iova; });
  if (newest == entries_.rend()) return false;
  entries_.erase(std::next(newest).base());
  return true;
}

engine::IommuEntry EngineIommu::Translate(std::uint64_t offset, std::uint8_t flag) {
  if (traits_.trace) {
    journal_.Add(
        {.kind = DeviceCallKind::kTranslate, .region = region_, .offset = offset, .value = flag});
  }
  const auto newest =
      std::find_if(entries_.rbegin(), entries_.rend(),
                   [offset](const Entry& entry) { return (offset & ~entry.mask) == entry.iova; });
  if (newest == entries_.rend()) return {};
  const std::size_t target = newest->target.index;
  return {.target = target < spaces_.size() ? spaces_[target] : nullptr,
          .iova = newest->iova,
          .translated = newest->address,
          .mask = newest->mask,
          .permission = newest->permission};
}

bool EngineIommu::NotifyFlagsChanged(std::uint8_t before, std::uint8_t after) {
  journal_.Add(
      {.kind = DeviceCallKind::kFlags, .region = region_, .offset = before, .value = after});
  return !traits_.nomap || (after & engine::kIommuMap) == 0;
}

void EngineNotifier::Notify(const engine::IommuEntry& entry) {
  journal_.Add({.kind = DeviceCallKind::kNotify,
                .notifier = slot_,
                .offset = entry.iova,
                .size = entry.mask,
                .value = entry.translated,
                .permission = entry.permission});
}

}  // namespace flatcheck
