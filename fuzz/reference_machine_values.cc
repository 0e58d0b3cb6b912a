#include "fuzz/reference_machine_values.h"

namespace flatcheck {
namespace {

using reference::CallKind;

Section SectionOf(const reference::Range& range) {
  return {SlotOf<RegionSlot>(range.region),
          static_cast<std::uint64_t>(range.start),
          static_cast<Size>(range.end - range.start),
          static_cast<std::uint64_t>(range.offset),
          range.readonly,
          range.nonvolatile,
          range.unmergeable};
}

}  // namespace

reference::Wide SizeOf(RegionSize size) {
  return size.value == UINT64_MAX ? reference::kSpaceEnd : size.value;
}

reference::Model::Toggle ToggleOf(Flag flag) {
  return flag.value ? reference::Model::Toggle::kOn : reference::Model::Toggle::kOff;
}

reference::Profile ProfileOf(const Profile& profile) {
  static_assert(
      kRefusesOdd == reference::kRejectOdd && kRefusesHigh == reference::kRejectHigh &&
      kRefusesReads == reference::kRejectReads && kRefusesWrites == reference::kRejectWrites &&
      kRefusesSize1 == reference::kRejectSize1 && kRefusesSize8 == reference::kRejectSize8);
  return {.valid_min = profile.valid.min,
          .valid_max = profile.valid.max,
          .impl_min = profile.impl.min,
          .impl_max = profile.impl.max,
          .is_unaligned_valid = profile.unaligned,
          .is_unaligned_implemented = profile.impl_unaligned,
          .endian = EndianOf({profile.endian}),
          .rejected = profile.refuses,
          .failing_offsets = profile.fail};
}

reference::Direction DirectionOf(Flag is_write) {
  return is_write.value ? reference::Direction::kWrite : reference::Direction::kRead;
}

reference::Endian EndianOf(ByteOrder order) {
  return order.value == Endian::kBig ? reference::Endian::kBig : reference::Endian::kLittle;
}

std::uint8_t MaskOf(DirtyClient client) {
  static_assert(reference::kVgaMask == 1 << static_cast<int>(Client::kVga));
  static_assert(reference::kCodeMask == 1 << static_cast<int>(Client::kCode));
  static_assert(reference::kMigrationMask == 1 << static_cast<int>(Client::kMigration));
  return static_cast<std::uint8_t>(1 << static_cast<int>(client.value));
}

Callback CallbackOf(const reference::Event& event) {
  static_assert(static_cast<int>(reference::EventKind::kLogGlobalAfterSync) ==
                static_cast<int>(CallbackKind::kLogGlobalAfterSync));
  const auto kind = static_cast<CallbackKind>(event.kind);
  return {kind, SlotOf<ListenerSlot>(event.listener),
          HasSection(kind) ? SlotOf<SpaceSlot>(event.space) : SpaceSlot{}, SectionOf(event.section),
          event.extra};
}

DeviceCall DeviceCallOf(const reference::DeviceCall& call) {
  static_assert(static_cast<int>(CallKind::kResized) == static_cast<int>(DeviceCallKind::kResized));
  DeviceCall seen;
  seen.kind = static_cast<DeviceCallKind>(call.kind);
  if (call.kind == CallKind::kNotified) {
    seen.notifier = SlotOf<IommuNotifierSlot>(call.id);
  } else {
    seen.region = SlotOf<RegionSlot>(call.id);
  }
  const auto& [first, second, third, fourth] = call.values;
  switch (call.kind) {
    case CallKind::kRead:
    case CallKind::kWrite:
    case CallKind::kNotified:
      seen.offset = first;
      seen.size = second;
      seen.value = third;
      seen.permission = static_cast<std::uint8_t>(fourth);
      break;
    case CallKind::kTranslated:
    case CallKind::kFlagsChanged:
      seen.offset = first;
      seen.value = second;
      break;
    case CallKind::kResized:
      seen.size = first;
      break;
  }
  return seen;
}

RangeSeen RangeSeenOf(const reference::Range& range) {
  return {static_cast<std::uint64_t>(range.start),
          static_cast<std::uint64_t>(range.end - 1),
          SlotOf<RegionSlot>(range.region),
          static_cast<std::uint64_t>(range.offset),
          range.readonly,
          range.nonvolatile,
          range.unmergeable,
          range.romd_mode,
          range.log_mask};
}

// Whether it may be merged is not among the things that this query reports.
Found FoundOf(const reference::Part& part) {
  if (part.range == nullptr) return {};
  return {true,
          {.region = SlotOf<RegionSlot>(part.range->region),
           .address = static_cast<std::uint64_t>(part.start),
           .size = static_cast<Size>(part.end - part.start),
           .offset = static_cast<std::uint64_t>(part.offset()),
           .readonly = part.range->readonly,
           .nonvolatile = part.range->nonvolatile,
           .unmergeable = false}};
}

Translated TranslatedOf(const reference::Translation& translation) {
  return {SlotOf<RegionSlot>(translation.region), translation.address, translation.length};
}

Mapped MappedOf(const reference::Mapping& mapping) {
  if (!mapping.is_live) return {};
  if (mapping.region == reference::kNone) {
    return {.way = Mapped::Way::kBounce, .region = {}, .offset = 0, .length = mapping.length};
  }
  return {Mapped::Way::kDirect, SlotOf<RegionSlot>(mapping.region), mapping.offset, mapping.length};
}

Iotlb IotlbOf(const reference::IotlbEntry& entry) {
  return {SlotOf<SpaceSlot>(entry.space), entry.address, entry.target, entry.mask,
          entry.permission};
}

BlockSeen BlockSeenOf(const reference::Model& model, reference::RegionId id) {
  const reference::RamBlock& block = *model.block(id);
  return {SlotOf<RegionSlot>(id), block.offset, block.used_length, block.max_length};
}

HostPlace HostPlaceOf(const reference::Model& model,
                      const std::optional<reference::BlockPlace>& place) {
  if (!place) return {};
  return {SlotOf<RegionSlot>(place->region), place->offset,
          model.block(place->region)->offset + place->offset};
}

Extent AppendRuns(const reference::Model::Pages& pages, std::vector<PageRun>& runs) {
  const auto begin = static_cast<std::uint32_t>(runs.size());
  for (const reference::PageRun& run : pages) runs.push_back({run.first, run.end - 1});
  return {begin, static_cast<std::uint32_t>(runs.size())};
}

}  // namespace flatcheck
