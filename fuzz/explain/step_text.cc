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
constexpr std::array<std::string_view, 15> kCallbackNames = {
    "begin",      "commit",      "log_global_start", "log_global_stop",  "region_add",
    "region_del", "region_nop",  "log_start",        "log_stop",         "log_sync",
    "log_clear",  "eventfd_add", "eventfd_del",      "coalesced_io_add", "coalesced_io_del"};

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
    default:
      return "";
  }
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
  const bool is_write = call.kind == DeviceCallKind::kWrite;
  const std::string value = is_write ? fmt::format(", value {:#x}", call.value) : "";
  return fmt::format("device {}: {} of {} at offset {:#x}{}", names.Of(call.region),
                     is_write ? "write" : "read", SizeInWords(call.size), call.offset, value);
}

std::string AnswerInWords(const Answer& answer, const Names& names) {
  const auto result = [&] {
    return answer.result == 0 ? std::string("ok") : fmt::format("error {}", answer.result);
  };
  switch (answer.kind) {
    case AnswerKind::kNone:
      return "";
    case AnswerKind::kFound:
      return answer.found.found ? SectionInWords(answer.found.section, names) : "nothing found";
    case AnswerKind::kTranslated: {
      const Translated& leads = answer.translated;
      if (leads.region == RegionSlot{}) {
        return fmt::format("nothing answers at {:#x}, for {:#x} bytes", leads.address,
                           leads.length);
      }
      return fmt::format("{} at its offset {:#x}, for {:#x} bytes", names.Of(leads.region),
                         leads.address, leads.length);
    }
    case AnswerKind::kRead: {
      const auto data = std::span(answer.data).first(answer.length);
      return fmt::format("{}: {:02x}", result(), fmt::join(data, " "));
    }
    case AnswerKind::kWritten:
      return result();
    default:
      return "";
  }
  return "";
}

}  // namespace flatcheck
