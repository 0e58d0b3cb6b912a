#include "engine/ram/iommu.h"

#include <algorithm>
#include <utility>

namespace flatcheck::engine {

namespace {

// Does the page of the address hold a range in part?
bool SharesPage(const FlatView& view, std::uint64_t address, std::uint64_t page_size) {
  const std::uint64_t page_first = address / page_size * page_size;
  const std::uint64_t page_last = page_first + (page_size - 1);
  const FlatRange* const range = view.Find(address);
  const bool fills = range != nullptr && range->first <= page_first && page_last <= range->last;
  if (fills) return false;
  const auto first = view.FirstEndingAt(page_first);
  return first != view.end() && first->first <= page_last;
}

}  // namespace

Refusal RegisterNotifier(MemoryRegion& region, IommuNotifier& notifier) {
  Iommu* const iommu = region.FollowAliases().region->iommu();
  if (iommu == nullptr) return Refusal::kNotIommu;
  if (notifier.region() != nullptr) return Refusal::kAlreadyRegistered;
  if (notifier.flags() == 0) return Refusal::kBadFlags;
  if (notifier.first() > notifier.last()) return Refusal::kBadRange;
  return iommu->Add(notifier);
}

Refusal UnregisterNotifier(IommuNotifier& notifier) {
  if (notifier.region() == nullptr) return Refusal::kAbsent;
  notifier.region()->iommu()->Remove(notifier);
  return Refusal::kNone;
}

Refusal NotifyIommu(MemoryRegion& region, const IommuEntry& entry, std::uint8_t type) {
  if (region.iommu() == nullptr) return Refusal::kNotIommu;
  return region.iommu()->Notify(entry, type);
}

Iommu::~Iommu() {
  for (IommuNotifier* notifier : notifiers_) notifier->region_ = nullptr;
}

Refusal Iommu::Add(IommuNotifier& notifier) {
  notifiers_.push_back(&notifier);
  notifier.region_ = &region_;
  if (UpdateFlags()) return Refusal::kNone;
  std::erase(notifiers_, &notifier);
  notifier.region_ = nullptr;
  // One with the same flags may have come meanwhile.
  for (const IommuNotifier* other : notifiers_) flags_ |= other->flags();
  return Refusal::kDeviceRefuses;
}

void Iommu::Remove(IommuNotifier& notifier) {
  std::erase(notifiers_, &notifier);
  notifier.region_ = nullptr;
  UpdateFlags();
}

bool Iommu::UpdateFlags() {
  std::uint8_t flags = 0;
  for (const IommuNotifier* notifier : notifiers_) flags |= notifier->flags();
  // Known before the device is told, so that it may register notifiers itself.
  const std::uint8_t before = std::exchange(flags_, flags);
  if (before == flags) return true;
  const AccessGuard guard(map_);
  if (device_.NotifyFlagsChanged(before, flags)) return true;
  // What it accepted meanwhile, by a notifier of its own, stays.
  if (flags_ == flags) flags_ = before;
  return false;
}

Refusal Iommu::Notify(const IommuEntry& entry, std::uint8_t type) {
  std::uint64_t last = 0;
  if (__builtin_add_overflow(entry.iova, entry.mask, &last)) return Refusal::kBadRange;
  if (type == kIommuUnmap && entry.permission != kIommuNone) return Refusal::kBadPermission;
  const auto meets = [&](const IommuNotifier& n) {
    return n.first() <= last && entry.iova <= n.last();
  };
  const auto is_cut = [](const IommuNotifier& n) {
    return (n.flags() & kIommuDeviceIotlbUnmap) != 0;
  };
  for (const IommuNotifier* n : notifiers_) {
    const bool holds = n->first() <= entry.iova && last <= n->last();
    if (meets(*n) && !is_cut(*n) && !holds) return Refusal::kNotInside;
  }
  const AccessGuard guard(map_);
  // A notifier may come or go when one is called: those of now are told.
  const std::vector<IommuNotifier*> notifiers(notifiers_.rbegin(), notifiers_.rend());
  for (IommuNotifier* n : notifiers) {
    const bool is_gone = std::find(notifiers_.begin(), notifiers_.end(), n) == notifiers_.end();
    if (is_gone || !meets(*n) || (n->flags() & type) == 0) continue;
    IommuEntry told = entry;
    if (is_cut(*n)) {
      told.iova = std::max(entry.iova, n->first());
      told.mask = std::min(last, n->last()) - told.iova;
    }
    n->Notify(told);
  }
  return Refusal::kNone;
}

Refusal ReplayIommu(const MemoryMap& map, IommuNotifier& notifier) {
  const MemoryRegion* const region = notifier.region();
  if (region == nullptr) return Refusal::kAbsent;
  const MapLimits& limits = map.limits();
  const Size end = region->size();
  if (end > Size{limits.replay_pages_max} * limits.page_size) return Refusal::kTooLong;
  const AccessGuard guard(map);
  IommuDevice& device = region->iommu()->device();
  const auto is_registered = [&] { return notifier.region() == region; };
  for (Size offset = 0; offset < end && is_registered(); offset += limits.page_size) {
    const IommuEntry entry = device.Translate(static_cast<std::uint64_t>(offset), kIommuNone);
    const bool is_told = entry.target != nullptr && entry.permission != kIommuNone;
    if (is_told && is_registered()) notifier.Notify(entry);
  }
  return Refusal::kNone;
}

IommuEntry IotlbEntry(const MemoryMap& map, const AddressSpace& space, std::uint64_t address,
                      bool is_write) {
  const std::uint8_t wanted = is_write ? kIommuWrite : kIommuRead;
  const std::uint64_t page_size = map.limits().page_size;
  const AccessGuard guard(map);
  const AddressSpace* in = &space;
  std::uint64_t at = address;
  std::uint64_t mask = UINT64_MAX;
  for (std::size_t crossed = 0;; ++crossed) {
    const FlatRange* const range = in->view().Find(at);
    const bool shares_page = SharesPage(in->view(), at, page_size);
    if (range == nullptr && !shares_page) return {};
    Iommu* const iommu = shares_page ? nullptr : range->region->iommu();
    if (iommu == nullptr) {
      if (crossed == 0) mask = page_size - 1;
      return {in, address & ~mask, at & ~mask, mask, kIommuReadWrite};
    }
    if (crossed == map.limits().iommu_levels_max) return {};
    const std::uint64_t offset = range->offset + (at - range->first);
    const IommuEntry entry = iommu->device().Translate(offset, wanted);
    if (entry.target == nullptr || (entry.permission & wanted) == 0) return {};
    in = entry.target;
    at = (entry.translated & ~entry.mask) | (offset & entry.mask);
    mask &= entry.mask;
  }
}

}  // namespace flatcheck::engine
