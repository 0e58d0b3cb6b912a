#include "fuzz/explain/step_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <span>
#include <string_view>

#include "fuzz/plain_words.h"

namespace flatcheck {
namespace {

// By CallbackKind.
constexpr std::array<std::string_view, 16> kCallbackNames = {
    "begin",       "commit",           "log_global_start", "log_global_stop",
    "region_add",  "region_del",       "region_nop",       "log_start",
    "log_stop",    "log_sync",         "log_clear",        "eventfd_add",
    "eventfd_del", "coalesced_io_add", "coalesced_io_del", "log_global_after_sync"};

template <class Seen>
std::string Attributes(const Seen& seen) {
  std::string words;
  if (seen.readonly) words += ", read-only";
  if (seen.nonvolatile) words += ", nonvolatile";
  if (seen.unmergeable) words += ", unmergeable";
  return words;
}

std::string SectionInWords(const Section& section, const Names& names) {
  std::string span =
      section.size == 0
          ? fmt::format("{:#x}, empty", section.address)
          : SpanInWords(section.address,
                        section.address + static_cast<std::uint64_t>(section.size - 1));
  if (section.region == RegionSlot{}) return span;
  return fmt::format("{} {} from offset {:#x}{}", names.Of(section.region), span, section.offset,
                     Attributes(section));
}

std::string ExtraInWords(const Callback& callback) {
  const auto& [first, second, third] = callback.extra;
  switch (callback.kind) {
    case CallbackKind::kLogStart:
    case CallbackKind::kLogStop:
      return fmt::format(", mask {:#x} to {:#x}", first, second);
    case CallbackKind::kEventfdAdd:
    case CallbackKind::kEventfdDel:
      return fmt::format(", {}, notifier {}",
                         first != 0 ? fmt::format("value {:#x}", second) : "any value", third);
    case CallbackKind::kCoalescedIoAdd:
    case CallbackKind::kCoalescedIoDel:
      return fmt::format(", window at {:#x} of {:#x}", first, second);
    case CallbackKind::kBegin:
    case CallbackKind::kCommit:
    case CallbackKind::kLogGlobalStart:
    case CallbackKind::kLogGlobalStop:
    case CallbackKind::kRegionAdd:
    case CallbackKind::kRegionDel:
    case CallbackKind::kRegionNop:
    case CallbackKind::kLogSync:
    case CallbackKind::kLogClear:
    case CallbackKind::kLogGlobalAfterSync:
      return "";
  }
  return "";
}

std::string AccessInWords(const DeviceCall& call, std::string_view what, const Names& names) {
  return fmt::format("device {}: {} of {} at offset {:#x}", names.Of(call.region), what,
                     SizeInWords(call.size), call.offset);
}

std::string ResultInWords(const Answer& answer) {
  return answer.result == 0 ? "ok" : fmt::format("error {}", answer.result);
}

std::string DataInWords(const Answer& answer) {
  if (answer.length == 0) return "no bytes";
  return fmt::format("{:02x}", fmt::join(std::span(answer.data).first(answer.length), " "));
}

std::string TranslatedInWords(const Translated& leads, const Names& names) {
  if (leads.region == RegionSlot{}) {
    return fmt::format("nothing answers at {:#x}, for {:#x} bytes", leads.address, leads.length);
  }
  return fmt::format("{} at its offset {:#x}, for {:#x} bytes", names.Of(leads.region),
                     leads.address, leads.length);
}

std::string PagesInWords(const Trace& trace, Extent list) {
  std::string words;
  for (std::uint32_t i = list.begin; i < list.end; ++i) {
    const auto& [first, last] = trace.page_runs[i];
    words += words.empty() ? "pages " : ", ";
    words += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  return words.empty() ? "no pages" : words;
}

std::string MappedInWords(const Mapped& mapped, const Names& names) {
  switch (mapped.way) {
    case Mapped::Way::kNone:
      return "no mapping, of " + BytesInWords(mapped.length);
    case Mapped::Way::kBounce:
      return "a bounce buffer of " + BytesInWords(mapped.length);
    case Mapped::Way::kDirect:
      return fmt::format("{} of {} from its offset {:#x}", BytesInWords(mapped.length),
                         names.Of(mapped.region), mapped.offset);
  }
  return "";
}

std::string PlaceInWords(const HostPlace& place, const Names& names) {
  if (place.region == RegionSlot{}) return "no host memory";
  return fmt::format("{} at its offset {:#x}", names.Of(place.region), place.offset);
}

std::string IotlbInWords(const Iotlb& entry, const Names& names) {
  if (entry == Iotlb()) return "no entry";
  return fmt::format("{:#x} leads to {:#x} in {}, mask {:#x}, {}", entry.iova, entry.address,
                     names.Of(entry.space), entry.mask, PermissionInWords(entry.permission));
}

}  // namespace

std::string RangeInWords(const RangeSeen& range, const Names& names) {
  std::string words = fmt::format("{} from its offset {:#x}{}", names.Of(range.region),
                                  range.offset, Attributes(range));
  if (!range.romd_mode) words += ", not in romd mode";
  if (range.log_mask != 0) words += fmt::format(", dirty log mask {:#x}", range.log_mask);
  return words;
}

std::string CallbackInWords(const Callback& callback, const Names& names) {
  std::string words(kCallbackNames[static_cast<std::size_t>(callback.kind)]);
  if (!HasSection(callback.kind)) return words;
  return words + ' ' + SectionInWords(callback.section, names) + ExtraInWords(callback) + " in " +
         std::string(names.Of(callback.space));
}

std::string DeviceCallInWords(const DeviceCall& call, const Names& names) {
  const std::string_view region = names.Of(call.region);
  switch (call.kind) {
    case DeviceCallKind::kRead:
      return AccessInWords(call, "read", names);
    case DeviceCallKind::kWrite:
      return AccessInWords(call, "write", names) + fmt::format(", value {:#x}", call.value);
    case DeviceCallKind::kTranslate:
      return fmt::format("IOMMU {}: where does {:#x} lead, {}?", region, call.offset,
                         PermissionInWords(static_cast<std::uint8_t>(call.value)));
    case DeviceCallKind::kFlags:
      return fmt::format("IOMMU {}: {} are wanted, until now {}", region,
                         EventsInWords(static_cast<std::uint8_t>(call.value)),
                         EventsInWords(static_cast<std::uint8_t>(call.offset)));
    case DeviceCallKind::kNotify:
      return fmt::format("notifier {}: {} leads to {:#x}, {}", names.Of(call.notifier),
                         SpanInWords(call.offset, call.offset + call.size), call.value,
                         PermissionInWords(call.permission));
    case DeviceCallKind::kResized:
      return fmt::format("block of {}: it is {} long now", region, SizeInWords(call.size));
  }
  return "";
}

std::string AnswerInWords(const Answer& answer, const Trace& trace, const Names& names) {
  switch (answer.kind) {
    case AnswerKind::kNone:
      return "";
    case AnswerKind::kFound:
      return answer.found.found ? SectionInWords(answer.found.section, names) : "nothing found";
    case AnswerKind::kTranslated:
      return TranslatedInWords(answer.translated, names);
    case AnswerKind::kRead:
      return ResultInWords(answer) + ": " + DataInWords(answer);
    case AnswerKind::kLoaded:
      return ResultInWords(answer) + fmt::format(": {:#x}", answer.value);
    case AnswerKind::kWritten:
    case AnswerKind::kStored:
    case AnswerKind::kRomWritten:
      return ResultInWords(answer);
    case AnswerKind::kAccessValid:
      return answer.yes ? "yes" : "no";
    case AnswerKind::kRamResized:
      return answer.yes ? "done" : "failed";
    case AnswerKind::kBlocks:
      return fmt::format("RAM blocks: {}", answer.list.end - answer.list.begin);
    case AnswerKind::kDirty:
      return fmt::format("{}: {}", answer.yes ? "dirty" : "clean",
                         PagesInWords(trace, answer.list));
    case AnswerKind::kTestCleared:
      return answer.yes ? "was dirty" : "was clean";
    case AnswerKind::kSnapshot:
      return "dirty: " + PagesInWords(trace, answer.list);
    case AnswerKind::kMapped:
      return MappedInWords(answer.mapped, names);
    case AnswerKind::kPeeked:
      return DataInWords(answer);
    case AnswerKind::kPoked:
    case AnswerKind::kUnmapped:
    case AnswerKind::kNotified:
    case AnswerKind::kReplayed:
      return "done";
    case AnswerKind::kHostOf:
      return fmt::format("{}, RAM address {:#x}", PlaceInWords(answer.place, names),
                         answer.place.ram_address);
    case AnswerKind::kRegionPointer:
      return PlaceInWords(answer.place, names);
    case AnswerKind::kIotlb:
      return IotlbInWords(answer.iotlb, names);
    case AnswerKind::kNotifierAdded:
      return answer.yes ? "registered" : "the IOMMU refuses it";
  }
  return "";
}

std::string BlockInWords(const BlockSeen& block, const Names& names) {
  return fmt::format("block of {} at RAM address {:#x}: {}, at most {}", names.Of(block.region),
                     block.offset, SizeInWords(block.used_length), SizeInWords(block.max_length));
}

}  // namespace flatcheck
