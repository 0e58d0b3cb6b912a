#include "fuzz/engine_machine_memory.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "engine/ram/access.h"
#include "engine/ram/mapping.h"
#include "fuzz/engine_machine_devices.h"
#include "fuzz/engine_ways.h"
#include "fuzz/limits.h"

namespace flatcheck {
namespace {

constexpr std::string_view kNoObject = "absent";
constexpr std::string_view kBadRange = "bad-range";
using Bytes = std::array<std::uint8_t, limits::kAccessLengthMax>;

// The value's bytes, little endian, again and again.
Bytes Repeat(const Value& value) {
  Bytes bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value.value >> (8 * (i % 8)));
  }
  return bytes;
}

engine::ByteOrder OrderOf(const ByteOrder& order) {
  return order.value == Endian::kBig ? engine::ByteOrder::kBig : engine::ByteOrder::kLittle;
}

engine::DirtyClient ClientOf(const DirtyClient& client) {
  switch (client.value) {
    case Client::kVga:
      return engine::DirtyClient::kVga;
    case Client::kCode:
      return engine::DirtyClient::kCode;
    case Client::kMigration:
      break;
  }
  return engine::DirtyClient::kMigration;
}

bool IsInside(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

void AppendRuns(const std::vector<engine::PageRange>& runs, std::vector<PageRun>& listed) {
  for (const engine::PageRange& run : runs) listed.push_back({run.first, run.end - 1});
}

}  // namespace

using Word = std::string_view;

Word EngineMachine::MemoryRequests::operator()(const op::RamResize& o) {
  engine::MemoryRegion* const region = Region(o.region);
  if (region == nullptr) return kNoObject;
  const engine::Refusal refusal = m_.map_.ResizeRam(*region, o.size.value);
  const bool is_error =
      refusal == engine::Refusal::kBadSize || refusal == engine::Refusal::kNotResizeable;
  if (refusal != engine::Refusal::kNone && !is_error) return ToString(refusal);
  NewAnswer(AnswerKind::kRamResized).yes = !is_error;
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::Load& o) {
  const engine::AddressSpace* const space = Space(o.space);
  if (space == nullptr) return kNoObject;
  const engine::Loaded loaded =
      engine::Load(m_.map_, *space, o.address.value, o.width.value, OrderOf(o.order));
  Answer& answer = NewAnswer(AnswerKind::kLoaded);
  answer.result = loaded.result;
  answer.value = loaded.value;
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::Store& o) {
  const engine::AddressSpace* const space = Space(o.space);
  if (space == nullptr) return kNoObject;
  const engine::MemTx result = engine::Store(m_.map_, *space, o.address.value, o.width.value,
                                             OrderOf(o.order), o.value.value);
  NewAnswer(AnswerKind::kStored).result = result;
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::AccessValid& o) {
  const engine::AddressSpace* const space = Space(o.space);
  if (space == nullptr) return kNoObject;
  const engine::Answered<bool> valid =
      engine::AccessValid(m_.map_, *space, o.address.value, o.length.value, o.is_write.value);
  if (valid.refusal != engine::Refusal::kNone) return ToString(valid.refusal);
  NewAnswer(AnswerKind::kAccessValid).yes = valid.value;
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::WriteRom& o) {
  const engine::AddressSpace* const space = Space(o.space);
  if (space == nullptr) return kNoObject;
  const Bytes bytes = Repeat(o.value);
  engine::WriteRom(m_.map_, *space, o.address.value, std::span(bytes).first(o.length.value));
  NewAnswer(AnswerKind::kRomWritten);
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::Blocks&) {
  Extent list;
  list.begin = static_cast<std::uint32_t>(m_.trace_->blocks.size());
  m_.ObserveBlocks(m_.trace_->blocks);
  list.end = static_cast<std::uint32_t>(m_.trace_->blocks.size());
  NewAnswer(AnswerKind::kBlocks).list = list;
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::Dirty& o) {
  const engine::MemoryRegion* const region = Region(o.region);
  if (region == nullptr) return kNoObject;
  const auto runs =
      engine::DirtyRuns(m_.map_, *region, {o.address.value, o.length.value}, ClientOf(o.client));
  if (runs.refusal != engine::Refusal::kNone) return ToString(runs.refusal);
  Answer& answer = NewAnswer(AnswerKind::kDirty);
  answer.yes = !runs.value.empty();
  answer.list = List(runs.value);
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::TestClear& o) {
  engine::MemoryRegion* const region = Region(o.region);
  if (region == nullptr) return kNoObject;
  const auto dirty =
      TestAndClearSomeWay(m_.map_, *region, {o.address.value, o.length.value}, ClientOf(o.client));
  if (dirty.refusal != engine::Refusal::kNone) return ToString(dirty.refusal);
  NewAnswer(AnswerKind::kTestCleared).yes = dirty.value;
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::Snapshot& o) {
  engine::MemoryRegion* const region = Region(o.region);
  if (region == nullptr) return kNoObject;
  const auto runs = engine::SnapshotAndClearDirty(
      m_.map_, *region, {o.address.value, o.length.value}, ClientOf(o.client));
  if (runs.refusal != engine::Refusal::kNone) return ToString(runs.refusal);
  NewAnswer(AnswerKind::kSnapshot).list = List(runs.value);
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::SetDirty& o) {
  const engine::MemoryRegion* const region = Region(o.region);
  if (region == nullptr) return kNoObject;
  return ToString(SetDirtySomeWay(m_.map_, *region, {o.address.value, o.length.value}));
}

Word EngineMachine::MemoryRequests::operator()(const op::Map& o) {
  m_.mappings_.emplace_back();
  engine::AddressSpace* const space = Space(o.space);
  if (space == nullptr) return kNoObject;
  engine::Mapping& mapping = m_.mappings_.back();
  mapping = engine::MapMemory(m_.map_, *space, o.address.value, o.length.value, o.is_write.value);
  Mapped& mapped = NewAnswer(AnswerKind::kMapped).mapped;
  if (!mapping) return {};
  mapped.way = mapping.region() != nullptr ? Mapped::Way::kDirect : Mapped::Way::kBounce;
  mapped.region = m_.SlotOf(mapping.region());
  mapped.offset = mapping.offset();
  mapped.length = mapping.bytes().size();
  // One that is given up instead of unmapped holds nothing any more. (IOMMUs would tell.)
  if (mapping.region() != nullptr && m_.iommus_.empty()) {
    engine::Mapping other =
        engine::MapMemory(m_.map_, *space, o.address.value, o.length.value, o.is_write.value);
    other = engine::Mapping();
  }
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::Unmap& o) {
  engine::Mapping* const mapping = Mapping(o.mapping);
  if (mapping == nullptr) return kNoObject;
  const engine::Refusal refusal = engine::Unmap(*mapping, o.access_length.value);
  if (refusal != engine::Refusal::kNone) return ToString(refusal);
  NewAnswer(AnswerKind::kUnmapped);
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::Peek& o) {
  const engine::Mapping* const mapping = Mapping(o.mapping);
  if (mapping == nullptr) return kNoObject;
  const std::span<const std::uint8_t> bytes = mapping->bytes();
  if (!IsInside(o.offset.value, o.length.value, bytes.size())) return kBadRange;
  Answer& answer = NewAnswer(AnswerKind::kPeeked);
  answer.length = o.length.value;
  std::memcpy(answer.data.data(), bytes.data() + o.offset.value, o.length.value);
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::Poke& o) {
  const engine::Mapping* const mapping = Mapping(o.mapping);
  if (mapping == nullptr) return kNoObject;
  const std::span<std::uint8_t> bytes = mapping->bytes();
  if (!IsInside(o.offset.value, o.length.value, bytes.size())) return kBadRange;
  std::memcpy(bytes.data() + o.offset.value, Repeat(o.value).data(), o.length.value);
  NewAnswer(AnswerKind::kPoked);
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::HostOf& o) {
  if (Space(o.space) == nullptr) return kNoObject;
  NewAnswer(AnswerKind::kHostOf).place = m_.HostOf(o.space, o.address.value);
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::RegionPointer& o) {
  const engine::MemoryRegion* const region = Region(o.region);
  if (region == nullptr) return kNoObject;
  const engine::HostPointer pointer = engine::HostPointerOf(*region);
  if (pointer.refusal != engine::Refusal::kNone) return ToString(pointer.refusal);
  const engine::RamList::Place place = m_.map_.ram_list().FromHost(pointer.host);
  NewAnswer(AnswerKind::kRegionPointer).place = {.region = m_.SlotOf(&place.block->region()),
                                                 .offset = place.offset};
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::IommuMap& o) {
  const engine::MemoryRegion* const region = Region(o.region);
  if (region == nullptr || Space(o.target) == nullptr) return kNoObject;
  EngineIommu* const table = TableOf(*region);
  if (table == nullptr) return ToString(engine::Refusal::kNotIommu);
  if ((o.iova.value & o.mask.value) != 0) return kBadRange;
  table->Add({.iova = o.iova.value,
              .mask = o.mask.value,
              .target = o.target,
              .address = o.address.value,
              .permission = o.permission.value});
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::IommuUnmap& o) {
  const engine::MemoryRegion* const region = Region(o.region);
  if (region == nullptr) return kNoObject;
  EngineIommu* const table = TableOf(*region);
  if (table == nullptr) return ToString(engine::Refusal::kNotIommu);
  return table->Remove(o.iova.value) ? Word{} : kNoObject;
}

Word EngineMachine::MemoryRequests::operator()(const op::IotlbEntry& o) {
  const engine::AddressSpace* const space = Space(o.space);
  if (space == nullptr) return kNoObject;
  const engine::IommuEntry entry =
      engine::IotlbEntry(m_.map_, *space, o.address.value, o.is_write.value);
  NewAnswer(AnswerKind::kIotlb).iotlb = {
      .space = entry.target == nullptr ? SpaceSlot{} : m_.SlotOf(*entry.target),
      .iova = entry.iova,
      .address = entry.translated,
      .mask = entry.mask,
      .permission = entry.permission};
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::IommuNotifierAdd& o) {
  const auto slot = static_cast<std::uint16_t>(m_.notifiers_.size());
  m_.notifiers_.push_back(nullptr);
  engine::MemoryRegion* const region = Region(o.region);
  if (region == nullptr) return kNoObject;
  auto notifier = std::make_unique<EngineNotifier>(m_.journal_, IommuNotifierSlot{slot},
                                                   o.first.value, o.last.value, o.flags.value);
  const engine::Refusal refusal = engine::RegisterNotifier(*region, *notifier);
  const bool is_error = refusal == engine::Refusal::kDeviceRefuses;
  if (refusal != engine::Refusal::kNone && !is_error) return ToString(refusal);
  NewAnswer(AnswerKind::kNotifierAdded).yes = notifier->region() != nullptr;
  if (!is_error) m_.notifiers_.back() = std::move(notifier);
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::IommuNotifierDel& o) {
  EngineNotifier* const notifier = Notifier(o.notifier);
  if (notifier == nullptr) return kNoObject;
  const Word refusal = ToString(engine::UnregisterNotifier(*notifier));
  m_.notifiers_[o.notifier.index].reset();
  return refusal;
}

Word EngineMachine::MemoryRequests::operator()(const op::IommuNotify& o) {
  engine::MemoryRegion* const region = Region(o.region);
  if (region == nullptr) return kNoObject;
  const auto hears = std::ranges::find_if(m_.notifiers_, [&](const auto& notifier) {
    return notifier != nullptr && notifier->region() == region &&
           (notifier->flags() & o.type.value) != 0 &&
           (notifier->flags() & engine::kIommuDeviceIotlbUnmap) == 0;
  });
  const bool has_visitors = hears != m_.notifiers_.end() && HasVisitors(o.iova.value);
  const auto told = NotifySomeWay(*region,
                                  {.target = nullptr,
                                   .iova = o.iova.value,
                                   .translated = o.address.value,
                                   .mask = o.mask.value,
                                   .permission = o.permission.value},
                                  o.type.value, has_visitors ? (*hears)->flags() : std::uint8_t{0});
  if (told.refusal != engine::Refusal::kNone) return ToString(told.refusal);
  if (!told.value) return "visitors-not-told-right";
  NewAnswer(AnswerKind::kNotified);
  return {};
}

Word EngineMachine::MemoryRequests::operator()(const op::IommuReplay& o) {
  EngineNotifier* const notifier = Notifier(o.notifier);
  if (notifier == nullptr) return kNoObject;
  const engine::Refusal refusal = engine::ReplayIommu(m_.map_, *notifier);
  if (refusal != engine::Refusal::kNone) return ToString(refusal);
  NewAnswer(AnswerKind::kReplayed);
  return {};
}

engine::MemoryRegion* EngineMachine::MemoryRequests::Region(RegionSlot slot) const {
  return slot.index < m_.regions_.size() ? m_.regions_[slot.index] : nullptr;
}

engine::AddressSpace* EngineMachine::MemoryRequests::Space(SpaceSlot slot) const {
  return slot.index < m_.spaces_.size() ? m_.spaces_[slot.index] : nullptr;
}

engine::Mapping* EngineMachine::MemoryRequests::Mapping(MappingSlot slot) const {
  const bool is_live = slot.index < m_.mappings_.size() && m_.mappings_[slot.index];
  return is_live ? &m_.mappings_[slot.index] : nullptr;
}

EngineNotifier* EngineMachine::MemoryRequests::Notifier(IommuNotifierSlot slot) const {
  return slot.index < m_.notifiers_.size() ? m_.notifiers_[slot.index].get() : nullptr;
}

EngineIommu* EngineMachine::MemoryRequests::TableOf(const engine::MemoryRegion& region) {
  if (region.iommu() == nullptr) return nullptr;
  // The machine's IOMMU regions have no other devices.
  return static_cast<EngineIommu*>(&region.iommu()->device());
}

Answer& EngineMachine::MemoryRequests::NewAnswer(AnswerKind kind) {
  m_.trace_->answers.push_back({.kind = kind});
  return m_.trace_->answers.back();
}

Extent EngineMachine::MemoryRequests::List(const std::vector<engine::PageRange>& runs) {
  std::vector<PageRun>& listed = m_.trace_->page_runs;
  Extent list;
  list.begin = static_cast<std::uint32_t>(listed.size());
  AppendRuns(runs, listed);
  list.end = static_cast<std::uint32_t>(listed.size());
  return list;
}

void EngineMachine::ObserveBlocks(std::vector<BlockSeen>& blocks) const {
  for (const engine::RamBlock* block : map_.ram_list()) {
    blocks.push_back({.region = SlotOf(&block->region()),
                      .offset = block->offset(),
                      .used_length = block->used_length(),
                      .max_length = block->max_length()});
  }
}

void EngineMachine::ObserveMemory(MemorySeen& seen) const {
  ObserveBlocks(seen.blocks);
  for (const engine::RamBlock* block : map_.ram_list()) {
    MemorySeen::Dirty dirty;
    for (std::size_t client = 0; client < engine::kDirtyClients; ++client) {
      dirty.runs[client].begin = static_cast<std::uint32_t>(seen.page_runs.size());
      const engine::Refusal refusal =
          engine::FindDirtyRuns(map_, block->region(), {0, block->max_length()},
                                static_cast<engine::DirtyClient>(client), dirty_runs_);
      if (refusal == engine::Refusal::kNone) AppendRuns(dirty_runs_, seen.page_runs);
      dirty.runs[client].end = static_cast<std::uint32_t>(seen.page_runs.size());
    }
    seen.dirty.push_back(dirty);
  }
}

void EngineMachine::ReadBlock(RegionSlot region, std::uint64_t offset,
                              std::span<std::uint8_t> bytes) const {
  const engine::RamBlock& block = *regions_[region.index]->ram();
  if (EngineBackings::ReadShared(block, offset, bytes)) return;
  const std::uint8_t* const host = block.mapped();
  if (host == nullptr) {
    std::fill(bytes.begin(), bytes.end(), std::uint8_t{0});
  } else {
    std::memcpy(bytes.data(), host + offset, bytes.size());
  }
}

}  // namespace flatcheck
