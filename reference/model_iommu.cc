// Tables of IOMMU regions, and their notifiers.

#include <algorithm>

#include "reference/model.h"

namespace flatcheck::reference {
namespace {

bool Overlaps(const Notifier& notifier, const IommuEvent& event);
bool IsInside(const Notifier& notifier, const IommuEvent& event);
bool TakesDeviceIotlb(const Notifier& notifier);
IommuEvent Crop(const IommuEvent& event, const Notifier& notifier);

}  // namespace

Refusal Model::CreateIommu(Wide size, bool is_traced, bool refuses_mappings) {
  Region& region = regions_[Append(Kind::kIommu, size)];
  region.iommu = std::make_unique<Iommu>();
  region.iommu->is_traced = is_traced;
  region.iommu->refuses_mappings = refuses_mappings;
  region.is_live = true;
  return {};
}

Refusal Model::AddIommuEntry(RegionId id, const IommuEntry& entry) {
  if (!IsLiveRegion(id) || !IsLiveSpace(entry.space)) return "absent";
  if (!regions_[id].iommu) return "not-iommu";
  if ((entry.address & entry.mask) != 0) return "bad-range";
  regions_[id].iommu->entries.push_back(entry);
  return {};
}

// Of several entries with the address, the newest goes.
Refusal Model::RemoveIommuEntry(RegionId id, std::uint64_t address) {
  if (!IsLiveRegion(id)) return "absent";
  if (!regions_[id].iommu) return "not-iommu";
  std::vector<IommuEntry>& entries = regions_[id].iommu->entries;
  const auto newest =
      std::find_if(entries.rbegin(), entries.rend(),
                   [address](const IommuEntry& entry) { return entry.address == address; });
  if (newest == entries.rend()) return "absent";
  entries.erase(std::next(newest).base());
  return {};
}

// The region may refuse what its notifiers ask for together; then this one is taken off again.
Refusal Model::Register(Notifier notifier) {
  const auto id = static_cast<NotifierId>(notifiers_.size());
  notifiers_.emplace_back();
  if (!IsLiveRegion(notifier.region)) return "absent";
  while (regions_[notifier.region].target != kNone) {
    notifier.region = regions_[notifier.region].target;
  }
  const std::unique_ptr<Iommu>& iommu = regions_[notifier.region].iommu;
  if (!iommu) return "not-iommu";
  if (notifier.flags == 0) return "bad-flags";
  if (notifier.first > notifier.last) return "bad-range";
  notifiers_[id] = notifier;
  iommu->notifiers.push_back(id);
  notifiers_[id].is_live = UpdateNotifierFlags(notifier.region);
  if (!notifiers_[id].is_live) iommu->notifiers.pop_back();
  return {};
}

Refusal Model::Unregister(NotifierId id) {
  if (!IsLiveNotifier(id)) return "absent";
  const RegionId region = notifiers_[id].region;
  std::erase(regions_[region].iommu->notifiers, id);
  notifiers_[id] = {};
  UpdateNotifierFlags(region);
  return {};
}

// Who asked for device IOTLB events is handed what lies in its range of any event. Others must
// contain those that they meet, also the ones that they do not ask for.
Refusal Model::Notify(RegionId id, const IommuEvent& event) {
  if (!IsLiveRegion(id)) return "absent";
  if (!regions_[id].iommu) return "not-iommu";
  if (Wide{event.address} + event.mask >= kSpaceEnd) return "bad-range";
  if (event.type == kNotifiesUnmap && event.permission != 0) return "bad-permission";
  std::vector<NotifierId> met;  // The newest first.
  for (const NotifierId notifier : regions_[id].iommu->notifiers) {
    if (Overlaps(notifiers_[notifier], event)) met.insert(met.begin(), notifier);
  }
  for (const NotifierId notifier : met) {
    const Notifier& one = notifiers_[notifier];
    if (!TakesDeviceIotlb(one) && !IsInside(one, event)) return "not-inside";
  }
  for (const NotifierId notifier : met) {
    const Notifier& one = notifiers_[notifier];
    if ((one.flags & event.type) == 0) continue;
    TellNotifier(notifier, TakesDeviceIotlb(one) ? Crop(event, one) : event);
  }
  return {};
}

// Every page of the region is looked up for the one notifier, whatever it asked for: its range is
// not heeded, and an entry of several pages is handed over as often.
Refusal Model::Replay(NotifierId id) {
  if (!IsLiveNotifier(id)) return "absent";
  const RegionId region = notifiers_[id].region;
  const Wide size = regions_[region].size;
  if (size > Wide{limits_.replay_pages_max} * limits_.page_size) return "too-long";
  const Router router = bus().router();
  for (Wide address = 0; address < size; address += limits_.page_size) {
    const IommuEntry* const entry = router.Ask(region, static_cast<std::uint64_t>(address), 0);
    if (entry == nullptr || router.PermissionOf(*entry) == 0) continue;
    TellNotifier(id, {entry->address, entry->mask, entry->target, entry->permission});
  }
  return {};
}

bool Model::IsLiveNotifier(NotifierId id) const {
  return id < notifiers_.size() && notifiers_[id].is_live;
}

// The region is asked only when the flags of all its notifiers become others. Returns whether it
// agrees; if not, they stay.
bool Model::UpdateNotifierFlags(RegionId id) {
  Iommu& iommu = *regions_[id].iommu;
  std::uint8_t flags = 0;
  for (const NotifierId notifier : iommu.notifiers) {
    flags = static_cast<std::uint8_t>(flags | notifiers_[notifier].flags);
  }
  if (flags == iommu.flags) return true;
  device_calls_.push_back({CallKind::kFlagsChanged, id, {iommu.flags, flags}});
  if (iommu.refuses_mappings && (flags & kNotifiesMap) != 0) return false;
  iommu.flags = flags;
  return true;
}

void Model::TellNotifier(NotifierId id, const IommuEvent& event) {
  device_calls_.push_back(
      {CallKind::kNotified, id, {event.address, event.mask, event.target, event.permission}});
}

namespace {

bool Overlaps(const Notifier& notifier, const IommuEvent& event) {
  return event.address <= notifier.last && notifier.first <= event.address + event.mask;
}

bool IsInside(const Notifier& notifier, const IommuEvent& event) {
  return notifier.first <= event.address && event.address + event.mask <= notifier.last;
}

bool TakesDeviceIotlb(const Notifier& notifier) {
  return (notifier.flags & kNotifiesDeviceIotlb) != 0;
}

// What is left may be no power of two. The target stays where the uncropped entry begins.
IommuEvent Crop(const IommuEvent& event, const Notifier& notifier) {
  IommuEvent cropped = event;
  cropped.address = std::max(event.address, notifier.first);
  cropped.mask = std::min(event.address + event.mask, notifier.last) - cropped.address;
  return cropped;
}

}  // namespace
}  // namespace flatcheck::reference
