#include "fuzz/region_tree.h"

#include <algorithm>
#include <iterator>

#include "fuzz/operation_kinds.h"
#include "fuzz/words.h"

namespace flatcheck {
namespace {

template <class Op>
inline constexpr bool TreeRegion::*kSwitch = nullptr;
template <>
inline constexpr bool TreeRegion::*kSwitch<op::Enable> = &TreeRegion::enabled;
template <>
inline constexpr bool TreeRegion::*kSwitch<op::Readonly> = &TreeRegion::readonly;
template <>
inline constexpr bool TreeRegion::*kSwitch<op::Nonvolatile> = &TreeRegion::nonvolatile;
template <>
inline constexpr bool TreeRegion::*kSwitch<op::Unmergeable> = &TreeRegion::unmergeable;
template <>
inline constexpr bool TreeRegion::*kSwitch<op::RomdMode> = &TreeRegion::romd_mode;

// 2^64 - 1 means 2^64 (memory-map 0.6).
Size SizeOf(RegionSize size) { return Size{size.value} + (size.value == UINT64_MAX ? 1 : 0); }

// In front of the first sibling whose priority is not higher (memory-map 1.5).
void Insert(RegionTree& tree, RegionSlot child) {
  const TreeRegion& region = tree.At(child);
  std::vector<RegionSlot>& siblings = tree.At(region.container).children;
  const auto place = std::ranges::find_if(
      siblings, [&](RegionSlot sibling) { return tree.At(sibling).priority <= region.priority; });
  siblings.insert(place, child);
}

// Behind the end of a trace operations are performed that a machine may refuse.
void Remove(RegionTree& tree, RegionSlot child) {
  const RegionSlot container = tree.At(child).container;
  if (container != RegionSlot{}) std::erase(tree.At(container).children, child);
}

// Change: the effect of an operation on what there is.

template <class Op>
concept ChangesNothing = CreatesRegion<Op> ||
    kIsOneOf<Op, op::Unknown, op::Space, op::Listen, op::Unlisten, op::LogSync, op::LogClear,
             op::Find, op::Translate, op::Read, op::Write, op::Load, op::Store, op::AccessValid,
             op::WriteRom, op::Blocks, op::Dirty, op::TestClear, op::Snapshot, op::SetDirty,
             op::Map, op::Unmap, op::Peek, op::Poke, op::HostOf, op::RegionPointer, op::IotlbEntry,
             op::IommuNotify, op::IommuReplay>;

template <ChangesNothing Op>
void Change(RegionTree&, const Op&) {}

template <class Op>
requires(kSwitch<Op> != nullptr) void Change(RegionTree& tree, const Op& operation) {
  tree.At(operation.region).*kSwitch<Op> = operation.on.value;
}

void Change(RegionTree& tree, const op::Destroy& destroy) {
  TreeRegion& region = tree.At(destroy.region);
  region.is_live = false;
  for (const RegionSlot child : region.children) tree.At(child).container = RegionSlot{};
  region.children.clear();
}

void Change(RegionTree& tree, const op::Add& add) {
  TreeRegion& child = tree.At(add.child);
  child.container = add.parent;
  child.address = add.offset.value;
  child.priority = add.priority.value;
  Insert(tree, add.child);
}

void Change(RegionTree& tree, const op::Del& del) {
  Remove(tree, del.child);
  tree.At(del.child).container = RegionSlot{};
}

// A region that really moves is taken out and put in again: it comes in front of its ties.
void Change(RegionTree& tree, const op::MoveTo& move) {
  TreeRegion& region = tree.At(move.region);
  if (region.address == move.address.value) return;
  region.address = move.address.value;
  if (region.container == RegionSlot{}) return;
  Remove(tree, move.region);
  Insert(tree, move.region);
}

void Change(RegionTree& tree, const op::Resize& resize) {
  tree.At(resize.region).size = SizeOf(resize.size);
}

// As long as a block is, so large is its region.
void Change(RegionTree& tree, const op::RamResize& resize) {
  tree.At(resize.region).size = SizeOf(resize.size);
}

void Change(RegionTree& tree, const op::AliasOffset& aim) {
  tree.At(aim.region).alias_offset = aim.offset.value;
}

void Change(RegionTree& tree, const op::Log& log) {
  tree.At(log.region).log_users += log.on.value ? 1 : std::uint64_t{0} - 1;
}

void Change(RegionTree& tree, const op::GlobalLog& log) { tree.is_logging = log.on.value; }

void Change(RegionTree& tree, const op::Begin&) { ++tree.depth; }

void Change(RegionTree& tree, const op::Commit&) { --tree.depth; }

void Change(RegionTree& tree, const op::EventfdAdd& add) { ++tree.At(add.region).eventfds; }

void Change(RegionTree& tree, const op::EventfdDel& del) { --tree.At(del.region).eventfds; }

void Change(RegionTree& tree, const op::Coalesce& coalesce) { ++tree.At(coalesce.region).windows; }

void Change(RegionTree& tree, const op::Uncoalesce& drop) { tree.At(drop.region).windows = 0; }

void Change(RegionTree& tree, const op::SpaceDestroy& destroy) {
  tree.spaces[destroy.space.index].is_live = false;
}

void Change(RegionTree& tree, const op::IommuMap& entry) {
  tree.At(entry.region)
      .entries.push_back({entry.iova.value, entry.mask.value, entry.target, entry.address.value,
                          entry.permission.value});
}

void Change(RegionTree& tree, const op::IommuUnmap& gone) {
  std::vector<TreeEntry>& entries = tree.At(gone.region).entries;
  const auto newest = std::find_if(entries.rbegin(), entries.rend(), [&](const TreeEntry& entry) {
    return entry.iova == gone.iova.value;
  });
  if (newest != entries.rend()) entries.erase(std::next(newest).base());
}

void Change(RegionTree& tree, const op::IommuNotifierAdd& add) {
  ++tree.At(tree.EndOfAliases(add.region)).notifiers;
}

void Change(RegionTree& tree, const op::IommuNotifierDel& gone) {
  --tree.At(tree.notifiers[gone.notifier.index].region).notifiers;
}

// Create: the object that an operation defines, dead if it takes no effect.

template <class Op>
concept CreatesNothingHere = !CreatesRegion<Op> && !kIsOneOf<Op, op::Space, op::IommuNotifierAdd>;

template <CreatesNothingHere Op>
void Create(RegionTree&, const Op&, bool) {}

template <CreatesRegion Op>
void Create(RegionTree& tree, const Op& operation, bool is_live) {
  TreeRegion region{.kind = Words(Op::kSyntax)[2], .is_live = is_live};
  region.readonly = std::same_as<Op, op::Rom>;
  region.size = SizeOf(operation.size);
  if constexpr (std::same_as<Op, op::Alias>) {
    region.target = operation.target;
    region.alias_offset = operation.offset.value;
  }
  if constexpr (requires { operation.profile; }) region.profile = operation.profile;
  if constexpr (requires { operation.size_max; }) region.size_max = SizeOf(operation.size_max);
  if constexpr (requires { operation.traits; }) region.traits = operation.traits;
  tree.regions.push_back(region);
}

void Create(RegionTree& tree, const op::Space& space, bool is_live) {
  tree.spaces.push_back({is_live, space.root});
}

void Create(RegionTree& tree, const op::IommuNotifierAdd& add, bool is_live) {
  tree.notifiers.push_back({is_live ? tree.EndOfAliases(add.region) : RegionSlot{}});
}

}  // namespace

RegionSlot RegionTree::EndOfAliases(RegionSlot slot) const {
  while (At(slot).IsAlias()) slot = At(slot).target;
  return slot;
}

void RegionTree::Perform(const Operation& operation, bool takes_effect) {
  std::visit(
      [&](const auto& op) {
        if (takes_effect) Change(*this, op);
        Create(*this, op, takes_effect);
      },
      operation);
}

}  // namespace flatcheck
