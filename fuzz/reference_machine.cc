#include "fuzz/reference_machine.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "fuzz/limits.h"
#include "fuzz/reference_machine_memory.h"
#include "fuzz/reference_machine_values.h"

namespace flatcheck {
namespace {

using reference::Kind;
using reference::Model;
using reference::Region;

// Puts one operation on the map to the model. Returns why it is refused, or nothing.
struct MapRequest {
  Model& model;
  Trace& trace;

  std::string_view operator()(const op::Unknown&) const { return {}; }

  std::string_view operator()(const op::Container& o) const {
    return model.CreateRegion(Kind::kContainer, SizeOf(o.size));
  }
  std::string_view operator()(const op::Io& o) const {
    return model.CreateRegion(Kind::kIo, SizeOf(o.size), ProfileOf(o.profile));
  }
  std::string_view operator()(const op::Reservation& o) const {
    return model.CreateRegion(Kind::kReservation, SizeOf(o.size));
  }
  std::string_view operator()(const op::Ram& o) const {
    return model.CreateRegion(Kind::kRam, SizeOf(o.size));
  }
  std::string_view operator()(const op::Rom& o) const {
    return model.CreateRegion(Kind::kRom, SizeOf(o.size));
  }
  std::string_view operator()(const op::RomDevice& o) const {
    return model.CreateRegion(Kind::kRomDevice, SizeOf(o.size), ProfileOf(o.profile));
  }
  std::string_view operator()(const op::RamDevice& o) const {
    return model.CreateRegion(Kind::kRamDevice, SizeOf(o.size));
  }
  std::string_view operator()(const op::Alias& o) const {
    return model.CreateAlias(SizeOf(o.size), IdOf(o.target), o.offset.value);
  }
  std::string_view operator()(const op::Destroy& o) const {
    return model.DestroyRegion(IdOf(o.region));
  }

  std::string_view operator()(const op::Add& o) const {
    return model.Add(IdOf(o.parent), o.offset.value, IdOf(o.child), o.priority.value);
  }
  std::string_view operator()(const op::Del& o) const {
    return model.Remove(IdOf(o.parent), IdOf(o.child));
  }
  std::string_view operator()(const op::Enable& o) const {
    return model.SetEnabled(IdOf(o.region), ToggleOf(o.on));
  }
  std::string_view operator()(const op::Readonly& o) const {
    return model.SetFlag(IdOf(o.region), &Region::readonly, ToggleOf(o.on));
  }
  std::string_view operator()(const op::Nonvolatile& o) const {
    return model.SetFlag(IdOf(o.region), &Region::nonvolatile, ToggleOf(o.on));
  }
  std::string_view operator()(const op::Unmergeable& o) const {
    return model.SetFlag(IdOf(o.region), &Region::unmergeable, ToggleOf(o.on));
  }
  std::string_view operator()(const op::RomdMode& o) const {
    return model.SetFlag(IdOf(o.region), &Region::romd_mode, ToggleOf(o.on));
  }
  std::string_view operator()(const op::MoveTo& o) const {
    return model.SetAddress(IdOf(o.region), o.address.value);
  }
  std::string_view operator()(const op::Resize& o) const {
    return model.SetSize(IdOf(o.region), SizeOf(o.size));
  }
  std::string_view operator()(const op::AliasOffset& o) const {
    return model.SetAliasOffset(IdOf(o.region), o.offset.value);
  }

  std::string_view operator()(const op::Log& o) const {
    return model.SetLogging(IdOf(o.region), ToggleOf(o.on));
  }
  std::string_view operator()(const op::GlobalLog& o) const {
    return model.SetGlobalLogging(ToggleOf(o.on));
  }
  std::string_view operator()(const op::LogSync&) const {
    model.SyncLogs();
    return {};
  }
  std::string_view operator()(const op::LogClear& o) const {
    return model.ClearLog(IdOf(o.region), o.start.value, o.length.value);
  }

  std::string_view operator()(const op::Begin&) const {
    model.Begin();
    return {};
  }
  std::string_view operator()(const op::Commit&) const { return model.Commit(); }

  std::string_view operator()(const op::EventfdAdd& o) const {
    return model.AddEventfd(IdOf(o.region), EventfdOf(o));
  }
  std::string_view operator()(const op::EventfdDel& o) const {
    return model.RemoveEventfd(IdOf(o.region), EventfdOf(o));
  }
  std::string_view operator()(const op::Coalesce& o) const {
    return model.AddCoalesced(IdOf(o.region), {o.offset.value, o.size.value});
  }
  std::string_view operator()(const op::Uncoalesce& o) const {
    return model.ClearCoalesced(IdOf(o.region));
  }

  std::string_view operator()(const op::Space& o) const { return model.CreateSpace(IdOf(o.root)); }
  std::string_view operator()(const op::SpaceDestroy& o) const {
    return model.DestroySpace(IdOf(o.space));
  }
  std::string_view operator()(const op::Listen& o) const {
    return model.Listen(IdOf(o.space), o.priority.value);
  }
  std::string_view operator()(const op::Unlisten& o) const {
    return model.Unlisten(IdOf(o.listener));
  }

  std::string_view operator()(const op::Find& o) const {
    const reference::RegionId id = IdOf(o.region);
    if (!model.IsLiveRegion(id)) return "absent";
    Answer& answer = trace.answers.emplace_back();
    answer.kind = AnswerKind::kFound;
    answer.found = FoundOf(model.Find(id, o.address.value, o.size.value));
    return {};
  }
};

struct Request : MapRequest, MemoryRequest {
  using MapRequest::operator();
  using MemoryRequest::operator();
};

}  // namespace

ReferenceMachine::ReferenceMachine(const Names* names)
    : names_(names),
      model_({.page_size = limits::kPageSize,
              .ram_bytes_max = limits::kRamBytesMax,
              .paths_max = limits::kPathsMax,
              .depth_max = limits::kDepthMax,
              .validity_length_max = limits::kAccessValidLengthMax,
              .replay_pages_max = limits::kReplayPagesMax,
              .iommu_levels_max = limits::kIommuLevelsMax}) {}

std::string_view ReferenceMachine::Apply(const Operation& operation, Trace& trace) {
  const std::string_view refusal = std::visit(Request{{model_, trace}, {model_, trace}}, operation);
  const std::size_t events = model_.events().size();
  for (const reference::Event& event : model_.events()) {
    trace.callbacks.push_back(CallbackOf(event));
  }
  model_.events().clear();
  for (const reference::DeviceCall& call : model_.device_calls()) {
    trace.device_calls.push_back(DeviceCallOf(call));
    // Who is told of a block's new length hears it last; nothing else tells both.
    if (call.kind == reference::CallKind::kResized) {
      trace.device_calls.back().callbacks_before = events;
    }
  }
  model_.device_calls().clear();
  for (const std::uint8_t notifier : model_.signals()) trace.signals.push_back(notifier);
  model_.signals().clear();
  return refusal;
}

std::uint64_t ReferenceMachine::Depth() const { return model_.depth(); }

void ReferenceMachine::ObserveViews(Trace& trace) const {
  const std::vector<reference::Space>& spaces = model_.spaces();
  for (reference::SpaceId id = 0; id < spaces.size(); ++id) {
    if (!spaces[id].is_live) continue;
    const reference::View& view = *spaces[id].view;
    const auto sharer = std::ranges::find(spaces, spaces[id].view, &reference::Space::view);
    const auto ranges_begin = static_cast<std::uint32_t>(trace.ranges.size());
    for (const reference::Range& range : view.ranges) trace.ranges.push_back(RangeSeenOf(range));
    trace.views.push_back({SlotOf<SpaceSlot>(id),
                           SlotOf<RegionSlot>(spaces[id].root),
                           model_.OriginOf(spaces[id].root),
                           SlotOf<RegionSlot>(view.root),
                           SlotOf<SpaceSlot>(static_cast<std::uint32_t>(sharer - spaces.begin())),
                           {ranges_begin, static_cast<std::uint32_t>(trace.ranges.size())}});
  }
}

Translated ReferenceMachine::Translate(SpaceSlot space, std::uint64_t address, std::uint64_t length,
                                       bool is_write) const {
  return TranslatedOf(
      model_.Translate(IdOf(space), address, length, DirectionOf({is_write}), nullptr));
}

Found ReferenceMachine::Find(RegionSlot region, std::uint64_t address, std::uint64_t size) const {
  return FoundOf(model_.Find(IdOf(region), address, size));
}

HostPlace ReferenceMachine::HostOf(SpaceSlot space, std::uint64_t address) const {
  return HostPlaceOf(model_, model_.HostPlace(IdOf(space), address, nullptr));
}

// Pages behind the length in use count too: a block may come upon dirty ones there.
void ReferenceMachine::ObserveMemory(MemorySeen& seen) const {
  for (const reference::RegionId id : model_.ram_list()) {
    const BlockSeen& block = seen.blocks.emplace_back(BlockSeenOf(model_, id));
    MemorySeen::Dirty& dirty = seen.dirty.emplace_back();
    for (const Client client : {Client::kVga, Client::kCode, Client::kMigration}) {
      const auto i = static_cast<std::size_t>(client);
      const bool found =
          model_.FindDirty(id, 0, block.max_length, MaskOf({client}), pages_).empty();
      if (found) dirty.runs[i] = AppendRuns(pages_, seen.page_runs);
    }
  }
}

void ReferenceMachine::ReadBlock(RegionSlot region, std::uint64_t offset,
                                 std::span<std::uint8_t> bytes) const {
  model_.block(IdOf(region))->CopyOut(offset, bytes);
}

std::string ReferenceMachine::List(Listing listing) const {
  if (listing == Listing::kE820) {
    std::string text;
    for (reference::SpaceId id = 0; id < model_.spaces().size(); ++id) {
      if (model_.IsLiveSpace(id)) text += ListE820(model_, id) + "\n";
    }
    return text;
  }
  const reference::ObjectNames names = ObjectNames();
  return listing == Listing::kViews ? ListViews(model_, names)
                                    : ListTrees(model_, names, listing == Listing::kAllTrees);
}

reference::ObjectNames ReferenceMachine::ObjectNames() const {
  if (names_ != nullptr) return {names_->regions, names_->spaces};
  reference::ObjectNames names;
  for (std::size_t i = 0; i < model_.regions().size(); ++i) {
    names.regions.push_back("r" + std::to_string(i));
  }
  for (std::size_t i = 0; i < model_.spaces().size(); ++i) {
    names.spaces.push_back("as" + std::to_string(i));
  }
  return names;
}

}  // namespace flatcheck
