#include "reference/model.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace flatcheck::reference {

namespace {

// Its data is in the byte order of the device, where the size is that of an access.
Eventfd AsDeviceSees(const Region& region, Eventfd eventfd) {
  const bool is_access = eventfd.size == 2 || eventfd.size == 4 || eventfd.size == 8;
  if (is_access && region.profile.endian == Endian::kBig) {
    eventfd.data = Swap(eventfd.data, eventfd.size);
  }
  return eventfd;
}

}  // namespace

Refusal Model::CreateAlias(Wide size, RegionId target, std::uint64_t offset) {
  const bool has_target = IsLiveRegion(target);
  Region& region = regions_.emplace_back();
  if (!has_target) return "absent";
  region.kind = Kind::kAlias;
  region.size = size;
  region.target = target;
  region.target_offset = offset;
  if (const Refusal refusal = Overgrowth(); !refusal.empty()) {
    region = {};
    return refusal;
  }
  region.is_live = true;
  return {};
}

// A space that is created sees the tree of this moment, unless its root has a view already.
Refusal Model::CreateSpace(RegionId root) {
  Space& space = spaces_.emplace_back();
  if (!IsLiveRegion(root)) return "absent";
  space.is_live = true;
  space.root = root;
  space.view = &ViewOf(root);
  space.eventfds = EventfdsOf(regions_, *space.view);
  return {};
}

Refusal Model::Listen(SpaceId space, std::uint32_t priority) {
  const ListenerId id = listeners_created_++;
  if (!IsLiveSpace(space)) return "absent";
  Join({id, space, priority, nullptr});
  return {};
}

void Model::AttachEar(Ear& ear, SpaceId space, std::uint32_t priority) {
  assert(IsLiveSpace(space));
  Join({kAttached, space, priority, &ear});
}

Refusal Model::DestroyRegion(RegionId id) {
  if (!IsLiveRegion(id)) return "absent";
  if (depth_ > 0) return "depth";
  if (regions_[id].container != kNone) return "has-parent";
  const auto is_root = [id](const Space& space) { return space.is_live && space.root == id; };
  if (std::ranges::any_of(spaces_, is_root)) return "is-root";
  const auto is_target = [id](const Region& region) { return region.target == id; };
  if (std::ranges::any_of(regions_, is_target)) return "is-target";
  const auto maps = [id](const Mapping& one) { return one.is_live && one.region == id; };
  if (std::ranges::any_of(mappings_, maps)) return "has-mappings";
  if (regions_[id].iommu && !regions_[id].iommu->notifiers.empty()) return "has-notifiers";
  // No space sees the region any more, so nobody is told, and its children go unnoticed.
  for (const RegionId child : regions_[id].children) regions_[child].container = kNone;
  std::erase(ram_list_, id);
  regions_[id] = {};
  return {};
}

Refusal Model::DestroySpace(SpaceId id) {
  if (!IsLiveSpace(id)) return "absent";
  if (!audience_.IsEmpty(id)) return "has-listeners";
  const auto maps = [id](const Mapping& one) { return one.is_live && one.space == id; };
  if (std::ranges::any_of(mappings_, maps)) return "has-mappings";
  for (const Listener& listener : audience_.LeaveAttached(id)) {
    TellReplay(audience_, listener, *spaces_[id].view, Replay::kLeave);
  }
  spaces_[id] = {};
  return {};
}

Refusal Model::Unlisten(ListenerId id) {
  if (!audience_.Has(id)) return "absent";
  const Listener listener = audience_.Leave(id);
  TellReplay(audience_, listener, *spaces_[listener.space].view, Replay::kLeave);
  return {};
}

Refusal Model::Add(RegionId parent, std::uint64_t offset, RegionId child, std::int32_t priority) {
  if (!IsLiveRegion(parent) || !IsLiveRegion(child)) return "absent";
  if (regions_[child].container != kNone) return "has-parent";
  if (Reaches(child, parent)) return "cycle";
  std::vector<RegionId>& siblings = regions_[parent].children;
  siblings.push_back(child);
  const Refusal refusal = Overgrowth();
  siblings.pop_back();
  if (!refusal.empty()) return refusal;
  regions_[child].address = offset;
  regions_[child].priority = priority;
  Attach(parent, child);
  const bool is_seen = regions_[parent].enabled && regions_[child].enabled;
  Touch(is_seen ? Change::kTopology : Change::kUnseen);
  return {};
}

Refusal Model::Remove(RegionId parent, RegionId child) {
  if (!IsLiveRegion(parent) || !IsLiveRegion(child)) return "absent";
  if (regions_[child].container != parent) return "not-child";
  Detach(child);
  const bool is_seen = regions_[parent].enabled && regions_[child].enabled;
  Touch(is_seen ? Change::kTopology : Change::kUnseen);
  return {};
}

// Unlike the other flags, it counts as a change of the topology in whatever state the region is.
Refusal Model::SetEnabled(RegionId id, Toggle toggle) {
  if (!IsLiveRegion(id)) return "absent";
  if (regions_[id].enabled == (toggle == Toggle::kOn)) return {};
  regions_[id].enabled = toggle == Toggle::kOn;
  Touch(Change::kTopology);
  return {};
}

Refusal Model::SetFlag(RegionId id, bool Region::*flag, Toggle toggle) {
  if (!IsLiveRegion(id)) return "absent";
  if (regions_[id].*flag == (toggle == Toggle::kOn)) return {};
  regions_[id].*flag = toggle == Toggle::kOn;
  Touch(regions_[id].enabled ? Change::kTopology : Change::kUnseen);
  return {};
}

// A region with a container is taken out and put in again, which makes it the front one of its
// priority. Without one the new address is noted, and seen by whichever rendering comes next.
Refusal Model::SetAddress(RegionId id, std::uint64_t address) {
  if (!IsLiveRegion(id)) return "absent";
  Region& region = regions_[id];
  if (region.address == address) return {};
  region.address = address;
  const RegionId parent = region.container;
  if (parent == kNone) return {};
  Detach(id);
  Attach(parent, id);
  Touch(regions_[parent].enabled && region.enabled ? Change::kTopology : Change::kUnseen);
  return {};
}

Refusal Model::SetSize(RegionId id, Wide size) {
  if (!IsLiveRegion(id)) return "absent";
  Region& region = regions_[id];
  if (region.block && size > region.block->max_length) return "bad-size";
  if (region.size == size) return {};
  region.size = size;
  Touch(Change::kTopology);
  return {};
}

Refusal Model::SetAliasOffset(RegionId id, std::uint64_t offset) {
  if (!IsLiveRegion(id)) return "absent";
  Region& region = regions_[id];
  if (region.kind != Kind::kAlias) return "not-alias";
  if (region.target_offset == offset) return {};
  region.target_offset = offset;
  Touch(region.enabled ? Change::kTopology : Change::kUnseen);
  return {};
}

Refusal Model::Commit() {
  if (depth_ == 0) return "depth";
  if (--depth_ == 0) PublishPending();
  return {};
}

Refusal Model::AddEventfd(RegionId id, const Eventfd& as_written) {
  if (!IsLiveRegion(id)) return "absent";
  const Eventfd eventfd = AsDeviceSees(regions_[id], as_written);
  std::vector<Eventfd>& eventfds = regions_[id].eventfds;
  eventfds.insert(std::ranges::upper_bound(eventfds, eventfd, Precedes), eventfd);
  Touch(regions_[id].enabled ? Change::kEventfds : Change::kUnseen);
  return {};
}

Refusal Model::RemoveEventfd(RegionId id, const Eventfd& as_written) {
  if (!IsLiveRegion(id)) return "absent";
  const Eventfd eventfd = AsDeviceSees(regions_[id], as_written);
  std::vector<Eventfd>& eventfds = regions_[id].eventfds;
  const auto matching = std::ranges::find_if(
      eventfds, [&](const Eventfd& candidate) { return Matches(eventfd, candidate); });
  if (matching == eventfds.end()) return "absent";
  eventfds.erase(matching);
  Touch(regions_[id].enabled ? Change::kEventfds : Change::kUnseen);
  return {};
}

// Coalesced windows belong to no transaction: they are announced at once, where views show them.
Refusal Model::AddCoalesced(RegionId id, const CoalescedWindow& window) {
  if (!IsLiveRegion(id)) return "absent";
  regions_[id].coalesced.push_back(window);
  TellCoalesced(EventKind::kCoalescedAdd, id, window);
  return {};
}

Refusal Model::ClearCoalesced(RegionId id) {
  if (!IsLiveRegion(id)) return "absent";
  for (const CoalescedWindow& window : regions_[id].coalesced) {
    TellCoalesced(EventKind::kCoalescedDel, id, window);
  }
  regions_[id].coalesced.clear();
  return {};
}

bool Model::IsLiveRegion(RegionId id) const { return id < regions_.size() && regions_[id].is_live; }

bool Model::IsLiveSpace(SpaceId id) const { return id < spaces_.size() && spaces_[id].is_live; }

std::uint64_t Model::OriginOf(RegionId id) const {
  std::uint64_t origin = 0;
  for (; id != kNone; id = regions_[id].container) origin += regions_[id].address;
  return origin;
}

// Containers are followed upwards as they are now, aliases never; the first space on top of them
// decides, with its published view.
Part Model::Find(RegionId id, std::uint64_t address, std::uint64_t size) const {
  RegionId top = id;
  while (regions_[top].container != kNone) top = regions_[top].container;
  address += OriginOf(id);
  for (const Space& space : spaces_) {
    if (!space.is_live || space.root != top) continue;
    return FindFirst(*space.view, address, Wide{address} + size);
  }
  return {};
}

Translation Model::Translate(SpaceId space, std::uint64_t address, std::uint64_t length,
                             Direction direction, std::vector<DeviceCall>* calls) const {
  const Router router{regions_, spaces_, limits_.page_size, limits_.iommu_levels_max, calls};
  return router.Translate(space, address, length, direction);
}

IotlbEntry Model::FindIotlbEntry(SpaceId space, std::uint64_t address, Direction direction) {
  return bus().router().FindIotlbEntry(space, address, direction);
}

Reply<bool> Model::IsAccessValid(SpaceId space, std::uint64_t address, std::uint64_t length,
                                 Direction direction) {
  if (!IsLiveSpace(space)) return {"absent"};
  if (length > limits_.validity_length_max) return {"too-long"};
  return {{}, bus().AcceptsAll(space, address, length, direction)};
}

Bus Model::bus() {
  return {regions_,         spaces_,       dirty_,  limits_.page_size, limits_.iommu_levels_max,
          migration_mask(), device_calls_, signals_};
}

void Model::Join(const Listener& listener) {
  audience_.Join(listener);
  TellReplay(audience_, listener, *spaces_[listener.space].view,
             is_global_logging_ ? Replay::kJoinWhileGlobalLogging : Replay::kJoin);
}

bool Model::Reaches(RegionId from, RegionId to) const {
  if (from == to) return true;
  const Region& region = regions_[from];
  if (region.target != kNone && Reaches(region.target, to)) return true;
  return std::ranges::any_of(region.children,
                             [this, to](RegionId child) { return Reaches(child, to); });
}

// Asked after an edge has been put in: whether the tree is too large with it.
Refusal Model::Overgrowth() {
  bool has_too_many_paths = false;
  measured_.resize(regions_.size());
  for (Growth& growth : measured_) growth.paths = 0;
  for (RegionId id = 0; id < regions_.size(); ++id) {
    const Growth growth = Measure(id);
    if (growth.depth > limits_.depth_max) return "too-deep";
    has_too_many_paths |= growth.paths > limits_.paths_max;
  }
  return has_too_many_paths ? "too-many-paths" : Refusal{};
}

Model::Growth Model::Measure(RegionId id) {
  if (measured_[id].paths != 0) return measured_[id];
  const Region& region = regions_[id];
  std::uint64_t depth_below = 0;
  std::uint64_t paths_below = 0;
  const auto include = [&](RegionId next) {
    const auto [depth, paths] = Measure(next);
    depth_below = std::max(depth_below, depth);
    paths_below += paths;
  };
  if (region.target != kNone) include(region.target);
  for (const RegionId child : region.children) include(child);
  return measured_[id] = {depth_below + 1, paths_below + 1};
}

// In front of the first sibling of the same or a lower priority.
void Model::Attach(RegionId parent, RegionId child) {
  std::vector<RegionId>& siblings = regions_[parent].children;
  const std::int32_t priority = regions_[child].priority;
  const auto behind = std::ranges::find_if(
      siblings, [&](RegionId sibling) { return regions_[sibling].priority <= priority; });
  siblings.insert(behind, child);
  regions_[child].container = parent;
}

void Model::Detach(RegionId child) {
  std::erase(regions_[regions_[child].container].children, child);
  regions_[child].container = kNone;
}

// Every request that may change what is seen ends here; a transaction only puts publication off.
void Model::Touch(Change change) {
  is_topology_pending_ |= change == Change::kTopology;
  are_eventfds_pending_ |= change == Change::kEventfds;
  if (depth_ == 0) PublishPending();
}

void Model::PublishPending() {
  if (is_topology_pending_) {
    PublishTopology();
  } else if (are_eventfds_pending_) {
    for (SpaceId id = 0; id < spaces_.size(); ++id) PublishEventfds(id);
  }
  is_topology_pending_ = false;
  are_eventfds_pending_ = false;
}

// No listener has a say before all views are rendered, so it does not matter when they are.
void Model::PublishTopology() {
  std::swap(views_, views_before_);
  views_.Clear();
  audience_.TellAll(EventKind::kBegin);
  for (SpaceId id = 0; id < spaces_.size(); ++id) {
    if (!spaces_[id].is_live) continue;
    PublishView(id);
    PublishEventfds(id);
  }
  audience_.TellAll(EventKind::kCommit);
}

// Even a view like the last one is announced: only the empty view stays the same.
void Model::PublishView(SpaceId id) {
  Space& space = spaces_[id];
  const View* const before = space.view;
  space.view = &ViewOf(space.root);
  if (space.view != before) {
    Publication{regions_, id, audience_}.TellViewChange(*before, *space.view);
  }
}

void Model::PublishEventfds(SpaceId id) {
  Space& space = spaces_[id];
  if (!space.is_live) return;
  std::vector<Eventfd> eventfds = EventfdsOf(regions_, *space.view);
  Publication{regions_, id, audience_}.TellEventfdChange(space.eventfds, eventfds);
  space.eventfds = std::move(eventfds);
}

const View& Model::ViewOf(RegionId root) {
  const RegionId canonical = CanonicalRoot(regions_, root);
  if (canonical == kNone) return empty_view_;
  if (const View* const known = views_.Find(canonical)) return *known;
  View& view = views_.Add();
  Render(regions_, canonical, migration_mask(), view);
  return view;
}

void Model::TellCoalesced(EventKind kind, RegionId id, const CoalescedWindow& window) {
  for (SpaceId space = 0; space < spaces_.size(); ++space) {
    if (!spaces_[space].is_live) continue;
    for (const Range& range : spaces_[space].view->ranges) {
      if (range.region != id) continue;
      Publication{regions_, space, audience_}.TellCoalesced(kind, range, window);
    }
  }
}

}  // namespace flatcheck::reference
