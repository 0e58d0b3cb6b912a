// Values of programs and traces in terms of the model, and back.

#pragma once

#include <cstdint>
#include <optional>

#include "fuzz/operands.h"
#include "fuzz/trace.h"
#include "reference/model.h"

namespace flatcheck {

// The model numbers objects as programs do, and has its own word for no object.
template <class Kind>
std::uint32_t IdOf(Slot<Kind> slot) {
  return slot.index == kAbsent ? reference::kNone : slot.index;
}

template <class Slot>
Slot SlotOf(std::uint32_t id) {
  return id == reference::kNone ? Slot{} : Slot{static_cast<std::uint16_t>(id)};
}

reference::Wide SizeOf(RegionSize size);
reference::Model::Toggle ToggleOf(Flag flag);
reference::Profile ProfileOf(const Profile& profile);
reference::Direction DirectionOf(Flag is_write);
reference::Endian EndianOf(ByteOrder order);
std::uint8_t MaskOf(DirtyClient client);

template <class EventfdOperation>
reference::Eventfd EventfdOf(const EventfdOperation& operation) {
  return {operation.address.value, operation.size.value, operation.match.value,
          operation.data.value, operation.notifier.value};
}

Callback CallbackOf(const reference::Event& event);
DeviceCall DeviceCallOf(const reference::DeviceCall& call);
RangeSeen RangeSeenOf(const reference::Range& range);
Found FoundOf(const reference::Part& part);
Translated TranslatedOf(const reference::Translation& translation);
Mapped MappedOf(const reference::Mapping& mapping);
Iotlb IotlbOf(const reference::IotlbEntry& entry);
BlockSeen BlockSeenOf(const reference::Model& model, reference::RegionId id);
HostPlace HostPlaceOf(const reference::Model& model,
                      const std::optional<reference::BlockPlace>& place);

// Appends runs of pages, and says where.
Extent AppendRuns(const reference::Model::Pages& pages, std::vector<PageRun>& runs);

}  // namespace flatcheck
