#include "fuzz/reference_machine_memory.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "fuzz/limits.h"
#include "fuzz/reference_machine_values.h"

namespace flatcheck {
namespace {

using reference::RegionId;
using reference::Reply;
using reference::Response;
using reference::SpaceId;
using Bytes = std::array<std::uint8_t, limits::kAccessLengthMax>;
using Pages = reference::Model::Pages;

std::uint8_t LengthOf(AccessLength length) {
  return std::min(length.value, limits::kAccessLengthMax);
}

// The value repeats every 8 bytes.
Bytes BytesOf(Value value) {
  Bytes bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value.value >> (8 * (i % 8)));
  }
  return bytes;
}

}  // namespace

std::string_view MemoryRequest::operator()(const op::Translate& o) const {
  const SpaceId id = IdOf(o.space);
  if (!model.IsLiveSpace(id)) return "absent";
  Answered(AnswerKind::kTranslated).translated = TranslatedOf(model.Translate(
      id, o.address.value, o.length.value, DirectionOf(o.is_write), &model.device_calls()));
  return {};
}

std::string_view MemoryRequest::operator()(const op::Read& o) const {
  const SpaceId id = IdOf(o.space);
  if (!model.IsLiveSpace(id)) return "absent";
  Answer& answer = Answered(AnswerKind::kRead);
  answer.length = LengthOf(o.length);
  answer.result =
      model.bus().Read(id, o.address.value, std::span(answer.data).first(answer.length));
  return {};
}

std::string_view MemoryRequest::operator()(const op::Write& o) const {
  const SpaceId id = IdOf(o.space);
  if (!model.IsLiveSpace(id)) return "absent";
  const Bytes bytes = BytesOf(o.value);
  Answered(AnswerKind::kWritten).result =
      model.bus().Write(id, o.address.value, std::span(bytes).first(LengthOf(o.length)));
  return {};
}

std::string_view MemoryRequest::operator()(const op::Load& o) const {
  const SpaceId id = IdOf(o.space);
  if (!model.IsLiveSpace(id)) return "absent";
  const Response response =
      model.bus().Load(id, {o.address.value, o.width.value, EndianOf(o.order)});
  Answer& answer = Answered(AnswerKind::kLoaded);
  answer.result = response.result;
  answer.value = response.value;
  return {};
}

std::string_view MemoryRequest::operator()(const op::Store& o) const {
  const SpaceId id = IdOf(o.space);
  if (!model.IsLiveSpace(id)) return "absent";
  Answered(AnswerKind::kStored).result =
      model.bus().Store(id, {o.address.value, o.width.value, EndianOf(o.order)}, o.value.value);
  return {};
}

std::string_view MemoryRequest::operator()(const op::AccessValid& o) const {
  const Reply<bool> reply =
      model.IsAccessValid(IdOf(o.space), o.address.value, o.length.value, DirectionOf(o.is_write));
  if (reply.refusal.empty()) Answered(AnswerKind::kAccessValid).yes = reply.answer;
  return reply.refusal;
}

std::string_view MemoryRequest::operator()(const op::WriteRom& o) const {
  const SpaceId id = IdOf(o.space);
  if (!model.IsLiveSpace(id)) return "absent";
  const Bytes bytes = BytesOf(o.value);
  model.bus().WriteRom(id, o.address.value, std::span(bytes).first(LengthOf(o.length)));
  Answered(AnswerKind::kRomWritten);
  return {};
}

std::string_view MemoryRequest::operator()(const op::ResizeableRam& o) const {
  return model.CreateResizeable(SizeOf(o.size), SizeOf(o.size_max));
}

std::string_view MemoryRequest::operator()(const op::RamResize& o) const {
  const Reply<bool> reply = model.ResizeBlock(IdOf(o.region), SizeOf(o.size));
  if (reply.refusal.empty()) Answered(AnswerKind::kRamResized).yes = reply.answer;
  return reply.refusal;
}

std::string_view MemoryRequest::operator()(const op::Blocks&) const {
  const auto begin = static_cast<std::uint32_t>(trace.blocks.size());
  for (const RegionId id : model.ram_list()) trace.blocks.push_back(BlockSeenOf(model, id));
  Answered(AnswerKind::kBlocks).list = {begin, static_cast<std::uint32_t>(trace.blocks.size())};
  return {};
}

std::string_view MemoryRequest::operator()(const op::Dirty& o) const {
  Pages pages;
  const std::string_view refusal =
      model.FindDirty(IdOf(o.region), o.address.value, o.length.value, MaskOf(o.client), pages);
  if (!refusal.empty()) return refusal;
  Answer& answer = Answered(AnswerKind::kDirty);
  answer.yes = !pages.empty();
  answer.list = AppendRuns(pages, trace.page_runs);
  return {};
}

std::string_view MemoryRequest::operator()(const op::TestClear& o) const {
  const Reply<bool> reply =
      model.TestAndClear(IdOf(o.region), o.address.value, o.length.value, MaskOf(o.client));
  if (reply.refusal.empty()) Answered(AnswerKind::kTestCleared).yes = reply.answer;
  return reply.refusal;
}

std::string_view MemoryRequest::operator()(const op::Snapshot& o) const {
  const Reply<Pages> reply =
      model.Snapshot(IdOf(o.region), o.address.value, o.length.value, MaskOf(o.client));
  if (!reply.refusal.empty()) return reply.refusal;
  Answered(AnswerKind::kSnapshot).list = AppendRuns(reply.answer, trace.page_runs);
  return {};
}

std::string_view MemoryRequest::operator()(const op::SetDirty& o) const {
  return model.SetDirty(IdOf(o.region), o.address.value, o.length.value);
}

std::string_view MemoryRequest::operator()(const op::Map& o) const {
  const std::string_view refusal =
      model.Map(IdOf(o.space), o.address.value, o.length.value, DirectionOf(o.is_write));
  if (refusal.empty()) Answered(AnswerKind::kMapped).mapped = MappedOf(model.mappings().back());
  return refusal;
}

std::string_view MemoryRequest::operator()(const op::Unmap& o) const {
  const std::string_view refusal = model.Unmap(IdOf(o.mapping), o.access_length.value);
  if (refusal.empty()) Answered(AnswerKind::kUnmapped);
  return refusal;
}

std::string_view MemoryRequest::operator()(const op::Peek& o) const {
  Bytes bytes{};
  const std::uint8_t length = LengthOf(o.length);
  const std::string_view refusal =
      model.Peek(IdOf(o.mapping), o.offset.value, std::span(bytes).first(length));
  if (!refusal.empty()) return refusal;
  Answer& answer = Answered(AnswerKind::kPeeked);
  answer.data = bytes;
  answer.length = length;
  return {};
}

std::string_view MemoryRequest::operator()(const op::Poke& o) const {
  const Bytes bytes = BytesOf(o.value);
  const std::string_view refusal =
      model.Poke(IdOf(o.mapping), o.offset.value, std::span(bytes).first(LengthOf(o.length)));
  if (refusal.empty()) Answered(AnswerKind::kPoked);
  return refusal;
}

std::string_view MemoryRequest::operator()(const op::HostOf& o) const {
  const SpaceId id = IdOf(o.space);
  if (!model.IsLiveSpace(id)) return "absent";
  Answered(AnswerKind::kHostOf).place =
      HostPlaceOf(model, model.HostPlace(id, o.address.value, &model.device_calls()));
  return {};
}

std::string_view MemoryRequest::operator()(const op::RegionPointer& o) const {
  const Reply<reference::BlockPlace> reply = model.Pointer(IdOf(o.region));
  if (!reply.refusal.empty()) return reply.refusal;
  Answered(AnswerKind::kRegionPointer).place = {SlotOf<RegionSlot>(reply.answer.region),
                                                reply.answer.offset};
  return {};
}

std::string_view MemoryRequest::operator()(const op::Iommu& o) const {
  return model.CreateIommu(SizeOf(o.size), o.traits.trace, o.traits.nomap);
}

std::string_view MemoryRequest::operator()(const op::IommuMap& o) const {
  return model.AddIommuEntry(IdOf(o.region), {o.iova.value, o.mask.value, IdOf(o.target),
                                              o.address.value, o.permission.value});
}

std::string_view MemoryRequest::operator()(const op::IommuUnmap& o) const {
  return model.RemoveIommuEntry(IdOf(o.region), o.iova.value);
}

std::string_view MemoryRequest::operator()(const op::IotlbEntry& o) const {
  const SpaceId id = IdOf(o.space);
  if (!model.IsLiveSpace(id)) return "absent";
  Answered(AnswerKind::kIotlb).iotlb =
      IotlbOf(model.FindIotlbEntry(id, o.address.value, DirectionOf(o.is_write)));
  return {};
}

std::string_view MemoryRequest::operator()(const op::IommuNotifierAdd& o) const {
  const std::string_view refusal = model.Register({.is_live = false,
                                                   .region = IdOf(o.region),
                                                   .first = o.first.value,
                                                   .last = o.last.value,
                                                   .flags = o.flags.value});
  if (refusal.empty()) Answered(AnswerKind::kNotifierAdded).yes = model.notifiers().back().is_live;
  return refusal;
}

std::string_view MemoryRequest::operator()(const op::IommuNotifierDel& o) const {
  return model.Unregister(IdOf(o.notifier));
}

std::string_view MemoryRequest::operator()(const op::IommuNotify& o) const {
  const std::string_view refusal =
      model.Notify(IdOf(o.region),
                   {o.iova.value, o.mask.value, o.address.value, o.permission.value, o.type.value});
  if (refusal.empty()) Answered(AnswerKind::kNotified);
  return refusal;
}

std::string_view MemoryRequest::operator()(const op::IommuReplay& o) const {
  const std::string_view refusal = model.Replay(IdOf(o.notifier));
  if (refusal.empty()) Answered(AnswerKind::kReplayed);
  return refusal;
}

Answer& MemoryRequest::Answered(AnswerKind kind) const {
  Answer& answer = trace.answers.emplace_back();
  answer.kind = kind;
  return answer;
}

}  // namespace flatcheck
