#include "fuzz/sketch.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include "fuzz/limits.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/sketch_lookup.h"
#include "fuzz/sketch_memory.h"

namespace flatcheck {
namespace {

using Nature = SketchRegion::Nature;

// What a region's creation says of it.
template <CreatesRegion Op>
SketchRegion Created(const Op& operation) {
  SketchRegion region{.is_live = true, .size = operation.size.value};
  region.nature = std::same_as<Op, op::Alias>         ? Nature::kAlias
                  : CreatesBlock<Op>                  ? Nature::kMemory
                  : std::same_as<Op, op::Container>   ? Nature::kContainer
                  : std::same_as<Op, op::Iommu>       ? Nature::kIommu
                  : std::same_as<Op, op::Reservation> ? Nature::kReservation
                                                      : Nature::kDevice;
  if constexpr (requires { operation.profile; }) {
    region.valid = operation.profile.valid;
    region.takes_unaligned = operation.profile.unaligned;
    region.is_big_endian = operation.profile.endian == Endian::kBig;
  }
  if constexpr (CreatesMemory<Op>) region.block_used = region.block_max = region.size;
  if constexpr (std::same_as<Op, op::ResizeableRam>) {
    region.is_resizeable = true;
    region.block_used = WholePages(region.size);
    region.block_max = WholePages(operation.size_max.value);
  }
  if constexpr (std::same_as<Op, op::Iommu>) region.refuses_map_events = operation.traits.nomap;
  region.is_rom_device = std::same_as<Op, op::RomDevice>;
  region.is_ram_device = std::same_as<Op, op::RamDevice>;
  region.readonly = std::same_as<Op, op::Rom>;
  if constexpr (std::same_as<Op, op::Alias>) {
    region.target = operation.target;
    region.alias_offset = operation.offset.value;
  }
  return region;
}

// The regions and what edges lead to from them.
template <class Edges>
SlotSet Closure(const Sketch& sketch, SlotSet pending, Edges&& edges) {
  SlotSet closure = 0;
  while (pending != 0) {
    const RegionSlot next{static_cast<std::uint16_t>(std::countr_zero(pending))};
    closure |= SetOf(next);
    pending |= edges(sketch.At(next));
    pending &= ~closure;
  }
  return closure;
}

SlotSet EdgesOf(const SketchRegion& region) { return region.children | SetOf(region.target); }

bool IsEqual(const op::EventfdAdd& entry, const op::EventfdDel& wanted) {
  if (entry.region != wanted.region || entry.address != wanted.address) return false;
  if (entry.size.value == 0 || wanted.size.value == 0) return true;
  return entry.size == wanted.size && entry.match == wanted.match &&
         (!entry.match.value || entry.data == wanted.data) && entry.notifier == wanted.notifier;
}

// The entry that `eventfd del` would remove: of equal ones the first in order (memory-map 5.2).
auto FindEventfd(const Sketch& sketch, const op::EventfdDel& wanted) {
  const auto key = [](const op::EventfdAdd& entry) {
    return std::tuple(entry.size.value, entry.match.value, entry.match.value ? entry.data.value : 0,
                      entry.notifier.value);
  };
  auto first = sketch.eventfds.end();
  for (auto entry = sketch.eventfds.begin(); entry != sketch.eventfds.end(); ++entry) {
    if (!IsEqual(*entry, wanted)) continue;
    if (first == sketch.eventfds.end() || key(*entry) < key(*first)) first = entry;
  }
  return first;
}

template <class Op>
bool OperandsAreLive(const Sketch& sketch, const Op& operation) {
  bool all_live = true;
  if constexpr (!std::same_as<Op, op::Unknown>) {
    VisitOperands(operation, Overload{[&]<class Kind>(const Slot<Kind>& slot) {
                                        all_live = all_live && sketch.IsLive(slot);
                                      },
                                      [](const auto&) {}});
  }
  return all_live;
}

// Allows: whether an operation on live objects is granted.

template <class Op>
bool Allows(const Sketch& sketch, const Op& operation) {
  if constexpr (CreatesMemory<Op>) {
    const std::uint64_t size = operation.size.value;
    return size != 0 && size % limits::kPageSize == 0 &&
           size <= limits::kRamBytesMax - sketch.memory_bytes;
  }
  return true;
}

bool Allows(const Sketch& sketch, const op::Destroy& destroy) {
  const SketchRegion& region = sketch.At(destroy.region);
  return sketch.depth == 0 && region.container == RegionSlot{} && region.aliased_by == 0 &&
         (Held(sketch) & SetOf(destroy.region)) == 0 &&
         std::ranges::none_of(sketch.spaces, [&](const SketchSpace& space) {
           return space.is_live && space.root == destroy.region;
         });
}

bool Allows(const Sketch& sketch, const op::Add& add) {
  return sketch.At(add.child).container == RegionSlot{} &&
         (sketch.Reaching(add.parent) & SetOf(add.child)) == 0;
}

bool Allows(const Sketch& sketch, const op::Del& del) {
  return sketch.At(del.child).container == del.parent;
}

bool Allows(const Sketch& sketch, const op::Resize& resize) {
  const SketchRegion& region = sketch.At(resize.region);
  return region.nature != Nature::kMemory || resize.size.value <= region.block_max;
}

bool Allows(const Sketch& sketch, const op::AliasOffset& aim) {
  return sketch.At(aim.region).nature == Nature::kAlias;
}

bool Allows(const Sketch& sketch, const op::Log& log) {
  return log.on.value || sketch.At(log.region).log_users > 0;
}

bool Allows(const Sketch& sketch, const op::GlobalLog& log) {
  return log.on.value != sketch.is_logging;
}

bool Allows(const Sketch& sketch, const op::Commit&) { return sketch.depth > 0; }

bool Allows(const Sketch& sketch, const op::EventfdDel& del) {
  return FindEventfd(sketch, del) != sketch.eventfds.end();
}

bool Allows(const Sketch& sketch, const op::SpaceDestroy& destroy) {
  return !sketch.HasListener(destroy.space) && !HasMapping(sketch, destroy.space);
}

// Change: the effect of a granted operation on what there is.

template <class Op>
void Change(Sketch& sketch, const Op& operation) {
  if constexpr (kAttribute<Op> != nullptr) {
    sketch.At(operation.region).*kAttribute<Op> = operation.on.value;
  }
}

void Change(Sketch& sketch, const op::Destroy& destroy) {
  SketchRegion& region = sketch.At(destroy.region);
  region.is_live = false;
  sketch.live &= ~SetOf(destroy.region);
  sketch.natures[static_cast<std::size_t>(region.nature)] &= sketch.live;
  sketch.hanging &= ~region.children;
  sketch.memory_bytes -= region.block_max;
  if (region.nature == Nature::kAlias) {
    sketch.At(region.target).aliased_by &= ~SetOf(destroy.region);
  }
  for (SketchRegion& child : sketch.regions) {
    if (child.container == destroy.region) child.container = RegionSlot{};
  }
  const auto of_region = [&](const auto& entry) { return entry.region == destroy.region; };
  std::erase_if(sketch.eventfds, of_region);
  std::erase_if(sketch.iommu_entries, of_region);
}

void Change(Sketch& sketch, const op::Add& add) {
  SketchRegion& child = sketch.At(add.child);
  sketch.At(add.parent).children |= SetOf(add.child);
  sketch.hanging |= SetOf(add.child);
  child.container = add.parent;
  child.address = add.offset.value;
  child.priority = add.priority.value;
}

void Change(Sketch& sketch, const op::Del& del) {
  sketch.At(del.parent).children &= ~SetOf(del.child);
  sketch.At(del.child).container = RegionSlot{};
  sketch.hanging &= ~SetOf(del.child);
}

void Change(Sketch& sketch, const op::MoveTo& move) {
  sketch.At(move.region).address = move.address.value;
}

void Change(Sketch& sketch, const op::Resize& resize) {
  sketch.At(resize.region).size = resize.size.value;
}

void Change(Sketch& sketch, const op::AliasOffset& aim) {
  sketch.At(aim.region).alias_offset = aim.offset.value;
}

void Change(Sketch& sketch, const op::Log& log) {
  std::uint8_t& users = sketch.At(log.region).log_users;
  users = static_cast<std::uint8_t>(log.on.value ? users + 1 : users - 1);
}

void Change(Sketch& sketch, const op::GlobalLog& log) { sketch.is_logging = log.on.value; }

void Change(Sketch& sketch, const op::Begin&) { ++sketch.depth; }

void Change(Sketch& sketch, const op::Commit&) { --sketch.depth; }

void Change(Sketch& sketch, const op::EventfdAdd& add) { sketch.eventfds.push_back(add); }

void Change(Sketch& sketch, const op::EventfdDel& del) {
  sketch.eventfds.erase(FindEventfd(sketch, del));
}

void Change(Sketch& sketch, const op::Coalesce& coalesce) {
  sketch.At(coalesce.region).has_windows = true;
}

void Change(Sketch& sketch, const op::Uncoalesce& uncoalesce) {
  sketch.At(uncoalesce.region).has_windows = false;
}

void Change(Sketch& sketch, const op::SpaceDestroy& destroy) {
  sketch.spaces[destroy.space.index].is_live = false;
}

void Change(Sketch& sketch, const op::Unlisten& unlisten) {
  sketch.listeners[unlisten.listener.index].is_live = false;
}

// Remember: where an access met something.

template <class Op>
void Remember(Sketch& sketch, const Op& operation) {
  if constexpr (IsAccess<Op>) {
    const RegionSlot leaf = LeafAt(sketch, operation.space, operation.address.value);
    if ((Answering(sketch) & SetOf(leaf)) == 0) return;
    sketch.accesses[sketch.access_count++ % Sketch::kAccessesKept] = {operation.space,
                                                                      operation.address.value};
  }
}

// Create: the object that an operation defines, dead if it is refused.

template <class Op>
void Create(Sketch&, const Op&, bool) {}

template <CreatesRegion Op>
void Create(Sketch& sketch, const Op& operation, bool is_granted) {
  if (!is_granted) {
    sketch.regions.emplace_back();
    return;
  }
  const RegionSlot slot{static_cast<std::uint16_t>(sketch.regions.size())};
  const SketchRegion& region = sketch.regions.emplace_back(Created(operation));
  sketch.live |= SetOf(slot);
  sketch.natures[static_cast<std::size_t>(region.nature)] |= SetOf(slot);
  sketch.memory_bytes += region.block_max;
  if (region.nature == Nature::kAlias) sketch.At(region.target).aliased_by |= SetOf(slot);
}

void Create(Sketch& sketch, const op::Space& space, bool is_granted) {
  sketch.spaces.push_back({is_granted, space.root});
}

void Create(Sketch& sketch, const op::Listen& listen, bool is_granted) {
  sketch.listeners.push_back({is_granted, listen.space});
}

}  // namespace

bool Sketch::Grants(const Operation& operation) const {
  return std::visit([&](const auto& op) { return OperandsAreLive(*this, op) && Allows(*this, op); },
                    operation);
}

bool Sketch::HasOperands(const Operation& operation) const {
  return std::visit([&](const auto& op) { return OperandsAreLive(*this, op); }, operation);
}

void Sketch::Perform(const Operation& operation) {
  std::visit(
      [&](const auto& op) {
        const bool is_granted = OperandsAreLive(*this, op) && Allows(*this, op);
        if (is_granted) Change(*this, op);
        if (is_granted) Remember(*this, op);
        Create(*this, op, is_granted);
      },
      operation);
}

bool Sketch::IsLive(RegionSlot slot) const {
  return slot.index < regions.size() && regions[slot.index].is_live;
}

bool Sketch::IsLive(SpaceSlot slot) const {
  return slot.index < spaces.size() && spaces[slot.index].is_live;
}

bool Sketch::IsLive(ListenerSlot slot) const {
  return slot.index < listeners.size() && listeners[slot.index].is_live;
}

bool Sketch::IsLive(MappingSlot slot) const {
  return slot.index < mappings.size() && mappings[slot.index].is_live;
}

bool Sketch::IsLive(IommuNotifierSlot slot) const {
  return slot.index < notifiers.size() && notifiers[slot.index].is_live;
}

SlotSet Sketch::Reaching(RegionSlot slot) const {
  return Closure(*this, SetOf(slot), [](const SketchRegion& region) {
    return region.aliased_by | SetOf(region.container);
  });
}

SlotSet Sketch::Roots() const {
  SlotSet roots = 0;
  for (const SketchSpace& space : spaces) {
    if (space.is_live) roots |= SetOf(space.root);
  }
  return roots;
}

SlotSet Sketch::Visible() const { return Closure(*this, Roots(), EdgesOf); }

SlotSet Sketch::VisibleFrom(RegionSlot root) const { return Closure(*this, SetOf(root), EdgesOf); }

RegionSlot Sketch::TopOf(RegionSlot slot) const {
  for (std::size_t steps = 0; steps < regions.size(); ++steps) {
    if (At(slot).container == RegionSlot{}) break;
    slot = At(slot).container;
  }
  return slot;
}

std::uint64_t Sketch::AbsoluteAddress(RegionSlot slot) const {
  std::uint64_t address = 0;
  for (std::size_t steps = 0; slot != RegionSlot{} && steps < regions.size(); ++steps) {
    address += At(slot).address;
    slot = At(slot).container;
  }
  return address;
}

RegionSlot Sketch::TargetOf(RegionSlot slot) const {
  while (At(slot).nature == Nature::kAlias) slot = At(slot).target;
  return slot;
}

bool Sketch::HasListener(SpaceSlot slot) const {
  return std::ranges::any_of(listeners, [&](const SketchListener& listener) {
    return listener.is_live && listener.space == slot;
  });
}

}  // namespace flatcheck
