// The requests. Regions come and go in memory_map_regions.cc; what a commit does is in
// memory_map_commit.cc.

#include "engine/map/memory_map.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "engine/ram/byte_order.h"
#include "engine/ram/ram_block.h"

namespace flatcheck::engine {

namespace {

MapLimits Checked(MapLimits limits) {
  assert(limits.page_size != 0 && (limits.page_size & (limits.page_size - 1)) == 0);
  if (limits.bounce_bytes_max == 0) limits.bounce_bytes_max = limits.page_size;
  return limits;
}

// Its data in the byte order of the region's device (memory-map 5.3).
IoEventfd SeenByDevice(const MemoryRegion& region, IoEventfd entry) {
  const MmioDevice* const device = region.device();
  if (device != nullptr && device->traits().order == ByteOrder::kBig) {
    entry.data = ReverseBytes(entry.data, entry.size);
  }
  return entry;
}

}  // namespace

MemoryMap::MemoryMap(const MapLimits& limits)
    : limits_(Checked(limits)),
      graph_(limits.depth_max, limits.paths_max),
      ram_list_(limits.page_size),
      empty_view_(std::make_shared<const FlatView>()) {}

MemoryMap::~MemoryMap() {
  for (MemoryListener* listener : listeners_) listener->space_ = nullptr;
}

Refusal MemoryMap::AddSubregion(MemoryRegion& parent, std::uint64_t offset, MemoryRegion& child,
                                std::int32_t priority) {
  if (calling_) return Refusal::kInCallback;
  if (child.container_ != nullptr) return Refusal::kHasParent;
  if (const Refusal refusal = graph_.Connect(parent, child); refusal != Refusal::kNone) {
    return refusal;
  }
  child.address_ = offset;
  Link(parent, child, priority);
  PublishIfOutermost();
  return Refusal::kNone;
}

Refusal MemoryMap::DelSubregion(MemoryRegion& parent, MemoryRegion& child) {
  if (calling_) return Refusal::kInCallback;
  if (child.container_ != &parent) return Refusal::kNotChild;
  Unlink(child);
  graph_.Disconnect(parent, child);
  PublishIfOutermost();
  return Refusal::kNone;
}

void MemoryMap::Link(MemoryRegion& parent, MemoryRegion& child, std::int32_t priority) {
  child.rank_ = {priority, adds_++};
  child.container_ = &parent;
  parent.children_.emplace(child.rank_, &child);
  topology_pending_ |= parent.enabled_ && child.enabled_;
}

void MemoryMap::Unlink(MemoryRegion& child) {
  MemoryRegion& parent = *child.container_;
  parent.children_.erase(child.rank_);
  child.container_ = nullptr;
  topology_pending_ |= parent.enabled_ && child.enabled_;
}

Refusal MemoryMap::SetAddress(MemoryRegion& region, std::uint64_t address) {
  if (calling_) return Refusal::kInCallback;
  if (region.address_ == address) return Refusal::kNone;
  region.address_ = address;
  // Without a container nothing is pending: the root of a space moves at some later commit
  // (memory-map 1.4).
  if (MemoryRegion* parent = region.container_) {
    Unlink(region);
    Link(*parent, region, region.rank_.priority);
    PublishIfOutermost();
  }
  return Refusal::kNone;
}

Refusal MemoryMap::SetSize(MemoryRegion& region, std::uint64_t size) {
  if (calling_) return Refusal::kInCallback;
  const RamBlock* const block = region.ram();
  if (block != nullptr && SizeFromApi(size) > block->max_length()) return Refusal::kBadSize;
  if (region.size_ == SizeFromApi(size)) return Refusal::kNone;
  region.size_ = SizeFromApi(size);
  topology_pending_ = true;
  PublishIfOutermost();
  return Refusal::kNone;
}

Refusal MemoryMap::SetAliasOffset(MemoryRegion& region, std::uint64_t offset) {
  if (calling_) return Refusal::kInCallback;
  if (region.alias_target_ == nullptr) return Refusal::kNotAlias;
  if (region.alias_offset_ == offset) return Refusal::kNone;
  region.alias_offset_ = offset;
  topology_pending_ |= region.enabled_;
  PublishIfOutermost();
  return Refusal::kNone;
}

Refusal MemoryMap::SetEnabled(MemoryRegion& region, bool enabled) {
  if (calling_) return Refusal::kInCallback;
  if (region.enabled_ == enabled) return Refusal::kNone;
  region.enabled_ = enabled;
  topology_pending_ = true;
  PublishIfOutermost();
  return Refusal::kNone;
}

Refusal MemoryMap::SetAttribute(bool MemoryRegion::*attribute, MemoryRegion& region, bool value) {
  if (calling_) return Refusal::kInCallback;
  if (region.*attribute == value) return Refusal::kNone;
  region.*attribute = value;
  region.UpdateDirect();
  topology_pending_ |= region.enabled_;
  PublishIfOutermost();
  return Refusal::kNone;
}

Refusal MemoryMap::SetReadonly(MemoryRegion& region, bool readonly) {
  return SetAttribute(&MemoryRegion::readonly_, region, readonly);
}

Refusal MemoryMap::SetNonvolatile(MemoryRegion& region, bool nonvolatile) {
  return SetAttribute(&MemoryRegion::nonvolatile_, region, nonvolatile);
}

Refusal MemoryMap::SetUnmergeable(MemoryRegion& region, bool unmergeable) {
  return SetAttribute(&MemoryRegion::unmergeable_, region, unmergeable);
}

Refusal MemoryMap::SetRomdMode(MemoryRegion& region, bool romd_mode) {
  return SetAttribute(&MemoryRegion::romd_mode_, region, romd_mode);
}

Refusal MemoryMap::Begin() {
  if (calling_) return Refusal::kInCallback;
  ++depth_;
  return Refusal::kNone;
}

Refusal MemoryMap::Commit() {
  if (calling_) return Refusal::kInCallback;
  if (depth_ == 0) return Refusal::kDepth;
  --depth_;
  PublishIfOutermost();
  return Refusal::kNone;
}

Refusal MemoryMap::StartLog(MemoryRegion& region) {
  if (calling_) return Refusal::kInCallback;
  SetLogUsers(region, region.vga_log_users_ + 1, true);
  return Refusal::kNone;
}

Refusal MemoryMap::StopLog(MemoryRegion& region) {
  if (calling_) return Refusal::kInCallback;
  if (region.vga_log_users_ == 0) return Refusal::kNotLogging;
  SetLogUsers(region, region.vga_log_users_ - 1, false);
  return Refusal::kNone;
}

void MemoryMap::SetLogUsers(MemoryRegion& region, std::uint64_t users, bool started) {
  // QEMU counts in 8 bits, so that 256 users count as none: the bit follows the last call that
  // changed "none" (DER-15).
  const auto counts = [](std::uint64_t n) { return n % 256 != 0; };
  const bool unchanged = counts(region.vga_log_users_) == counts(users);
  region.vga_log_users_ = users;
  if (unchanged) return;
  region.vga_logged_ = started;
  topology_pending_ |= region.enabled_;
  PublishIfOutermost();
}

Refusal MemoryMap::AddIoEventfd(MemoryRegion& region, const IoEventfd& entry) {
  if (calling_) return Refusal::kInCallback;
  region.ioeventfds_.insert(SeenByDevice(region, entry));
  ioeventfds_pending_ |= region.enabled_;
  PublishIfOutermost();
  return Refusal::kNone;
}

Refusal MemoryMap::DelIoEventfd(MemoryRegion& region, const IoEventfd& entry) {
  if (calling_) return Refusal::kInCallback;
  // Entries at one address lie together, one of size 0 first: it equals all of them
  // (memory-map 5.2).
  const IoEventfd wanted = SeenByDevice(region, entry);
  IoEventfdSet& entries = region.ioeventfds_;
  auto found = entries.lower_bound({.address = entry.address});
  while (found != entries.end() && found->address == entry.address && !Equal(wanted, *found))
    ++found;
  if (found == entries.end() || found->address != entry.address) return Refusal::kAbsent;
  entries.erase(found);
  ioeventfds_pending_ |= region.enabled_;
  PublishIfOutermost();
  return Refusal::kNone;
}

Created<AddressSpace> MemoryMap::CreateAddressSpace(std::string name, MemoryRegion& root) {
  if (calling_) return {nullptr, Refusal::kInCallback};
  spaces_.emplace_back(new AddressSpace(created_++, std::move(name), root));
  AddressSpace& space = *spaces_.back();
  root.spaces_.push_back(&space);
  space.view_ = ViewFor(root);
  UpdateIoEventfds(space);
  return {&space};
}

Refusal MemoryMap::DestroyAddressSpace(AddressSpace& space) {
  if (calling_) return Refusal::kInCallback;
  if (in_access()) return Refusal::kInAccess;
  if (!space.listeners_.empty()) return Refusal::kHasListeners;
  if (space.pins_ != 0) return Refusal::kHasMappings;
  std::erase(space.root_->spaces_, &space);
  std::erase_if(spaces_, [&](const auto& owned) { return owned.get() == &space; });
  return Refusal::kNone;
}

const AddressSpace* MemoryMap::SpaceOf(const MemoryRegion& root) const {
  return root.spaces_.empty() ? nullptr : root.spaces_.front();
}

}  // namespace flatcheck::engine
