#include "fuzz/trace_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cassert>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

namespace flatcheck {
namespace {

// What a callback prints behind its section.
enum class Extra : std::uint8_t { kNoSection, kNone, kMasks, kEventfd, kWindow };

struct CallbackForm {
  std::string_view name;
  Extra extra;
};

// By CallbackKind.
constexpr std::array<CallbackForm, 16> kCallbackForms = {{
    {"begin", Extra::kNoSection},
    {"commit", Extra::kNoSection},
    {"log_global_start", Extra::kNoSection},
    {"log_global_stop", Extra::kNoSection},
    {"region_add", Extra::kNone},
    {"region_del", Extra::kNone},
    {"region_nop", Extra::kNone},
    {"log_start", Extra::kMasks},
    {"log_stop", Extra::kMasks},
    {"log_sync", Extra::kNone},
    {"log_clear", Extra::kNone},
    {"eventfd_add", Extra::kEventfd},
    {"eventfd_del", Extra::kEventfd},
    {"coalesced_io_add", Extra::kWindow},
    {"coalesced_io_del", Extra::kWindow},
    {"log_global_after_sync", Extra::kNoSection},
}};

// Appends lines to a text.
class Printer {
 public:
  Printer(const Names& names, std::string& out) : names_(names), out_(out) {}

  void Print(const Callback& callback);
  void Print(const DeviceCall& call);
  void Print(const Answer& answer, const Trace& trace);
  void Print(const ViewSeen& view);
  void Print(const RangeSeen& range);

 private:
  template <class... Args>
  void Append(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    Append(format, std::forward<Args>(args)...);
    out_ += '\n';
  }
  void AppendSection(const Section& section);
  void PrintBlocks(std::span<const BlockSeen> blocks);
  void PrintMapped(const Mapped& mapped);
  void AppendExtra(Extra extra, const Callback& callback);

  const Names& names_;
  std::string& out_;
};

template <class Element>
std::span<const Element> Part(const std::vector<Element>& elements, Extent extent) {
  return std::span(elements).subspan(extent.begin, extent.end - extent.begin);
}

constexpr std::string_view UnmergeableMark(bool unmergeable) { return unmergeable ? " um=1" : ""; }

void Printer::AppendSection(const Section& section) {
  Append("mr={} addr={:#x} size={:#x} off={:#x} ro={:d} nv={:d}", names_.Of(section.region),
         section.address, section.size, section.offset, section.readonly, section.nonvolatile);
}

void Printer::AppendExtra(Extra extra, const Callback& callback) {
  const auto& [first, second, third] = callback.extra;
  switch (extra) {
    case Extra::kNoSection:
    case Extra::kNone:
      return;
    case Extra::kMasks:
      return Append(" old={:#x} new={:#x}", first, second);
    case Extra::kEventfd:
      return Append(" match={} data={:#x} fd={}", first, second, third);
    case Extra::kWindow:
      return Append(" start={:#x} len={:#x}", first, second);
  }
}

void Printer::Print(const Callback& callback) {
  const auto& [name, extra] = kCallbackForms[static_cast<std::size_t>(callback.kind)];
  Append("cb {} {}", names_.Of(callback.listener), name);
  if (extra != Extra::kNoSection) {
    Append(" as={} ", names_.Of(callback.space));
    AppendSection(callback.section);
    AppendExtra(extra, callback);
    Append("{}", UnmergeableMark(callback.section.unmergeable));
  }
  Append("\n");
}

void Printer::Print(const DeviceCall& call) {
  switch (call.kind) {
    case DeviceCallKind::kRead:
      return Line("io {} read off={:#x} size={}", names_.Of(call.region), call.offset, call.size);
    case DeviceCallKind::kWrite:
      return Line("io {} write off={:#x} size={} val={:#x}", names_.Of(call.region), call.offset,
                  call.size, call.value);
    case DeviceCallKind::kTranslate:
      return Line("tr {} iova={:#x} flag={}", names_.Of(call.region), call.offset, call.value);
    case DeviceCallKind::kFlags:
      return Line("flags {} old={} new={}", names_.Of(call.region), call.offset, call.value);
    case DeviceCallKind::kNotify:
      return Line("cb {} notify iova={:#x} mask={:#x} addr={:#x} perm={}", names_.Of(call.notifier),
                  call.offset, call.size, call.value, call.permission);
    case DeviceCallKind::kResized:
      return Line("resized {} len={:#x}", names_.Of(call.region), call.size);
  }
}

void Printer::PrintBlocks(std::span<const BlockSeen> blocks) {
  Line("= blocks n={}", blocks.size());
  for (const BlockSeen& block : blocks) {
    Line("  {} off={:#x} used={:#x} max={:#x}", names_.Of(block.region), block.offset,
         block.used_length, block.max_length);
  }
}

void Printer::PrintMapped(const Mapped& mapped) {
  switch (mapped.way) {
    case Mapped::Way::kNone:
      return Line("= map none len={:#x}", mapped.length);
    case Mapped::Way::kBounce:
      return Line("= map bounce len={:#x}", mapped.length);
    case Mapped::Way::kDirect:
      return Line("= map mr={} off={:#x} len={:#x}", names_.Of(mapped.region), mapped.offset,
                  mapped.length);
  }
}

void Printer::Print(const Answer& answer, const Trace& trace) {
  const auto data = std::span(answer.data).first(answer.length);
  const HostPlace& place = answer.place;
  switch (answer.kind) {
    case AnswerKind::kNone:
      return;
    case AnswerKind::kFound:
      if (!answer.found.found) return Line("= find none");
      Append("= find ");
      AppendSection(answer.found.section);
      return Line("{}", UnmergeableMark(answer.found.section.unmergeable));
    case AnswerKind::kTranslated:
      return Line("= xlat mr={} xlat={:#x} len={:#x}", names_.Of(answer.translated.region),
                  answer.translated.address, answer.translated.length);
    case AnswerKind::kRead:
      return Line("= read res={} data={:02x}", answer.result, fmt::join(data, ""));
    case AnswerKind::kWritten:
      return Line("= write res={}", answer.result);
    case AnswerKind::kLoaded:
      return Line("= load res={} val={:#x}", answer.result, answer.value);
    case AnswerKind::kStored:
      return Line("= store res={}", answer.result);
    case AnswerKind::kAccessValid:
      return Line("= accessvalid {:d}", answer.yes);
    case AnswerKind::kRomWritten:
      return Line("= writerom res={}", answer.result);
    case AnswerKind::kRamResized:
      return Line("= ramresize {}", answer.yes ? "ok" : "error");
    case AnswerKind::kBlocks:
      return PrintBlocks(Part(trace.blocks, answer.list));
    case AnswerKind::kDirty:
      return Line("= dirty any={:d} pages={}", answer.yes,
                  PagesText(Part(trace.page_runs, answer.list)));
    case AnswerKind::kTestCleared:
      return Line("= testclear {:d}", answer.yes);
    case AnswerKind::kSnapshot:
      return Line("= snapshot pages={}", PagesText(Part(trace.page_runs, answer.list)));
    case AnswerKind::kMapped:
      return PrintMapped(answer.mapped);
    case AnswerKind::kPeeked:
      return Line("= peek data={:02x}", fmt::join(data, ""));
    case AnswerKind::kPoked:
      return Line("= poke");
    case AnswerKind::kUnmapped:
      return Line("= unmap");
    case AnswerKind::kHostOf:
      if (place.region == RegionSlot{}) return Line("= hostof none");
      return Line("= hostof mr={} off={:#x} ramaddr={:#x}", names_.Of(place.region), place.offset,
                  place.ram_address);
    case AnswerKind::kRegionPointer:
      return Line("= regptr mr={} off={:#x}", names_.Of(place.region), place.offset);
    case AnswerKind::kIotlb:
      return Line("= iotlb as={} iova={:#x} xlat={:#x} mask={:#x} perm={}",
                  names_.Of(answer.iotlb.space), answer.iotlb.iova, answer.iotlb.address,
                  answer.iotlb.mask, answer.iotlb.permission);
    case AnswerKind::kNotifierAdded:
      return Line("= notifier {}", answer.yes ? "ok" : "error");
    case AnswerKind::kNotified:
      return Line("= ionotify");
    case AnswerKind::kReplayed:
      return Line("= ioreplay");
  }
}

void Printer::Print(const ViewSeen& view) {
  Append("as {} root={} fvroot={} nr={}\n", names_.Of(view.space), names_.Of(view.root),
         names_.Of(view.view_root), view.ranges.end - view.ranges.begin);
}

void Printer::Print(const RangeSeen& range) {
  Append("  {:016x}-{:016x} {} off={:#x} ro={:d} nv={:d} romd={:d} log={:#x}{}\n", range.first,
         range.last, names_.Of(range.region), range.offset, range.readonly, range.nonvolatile,
         range.romd_mode, range.log_mask, UnmergeableMark(range.unmergeable));
}

}  // namespace

std::string PagesText(std::span<const PageRun> runs) {
  if (runs.empty()) return "-";
  std::string text;
  for (const PageRun& run : runs) {
    if (!text.empty()) text += ',';
    text += run.first == run.last ? fmt::format("{}", run.first)
                                  : fmt::format("{}-{}", run.first, run.last);
  }
  return text;
}

void PrintStep(const ProgramText& text, const Trace& trace, std::size_t step, std::string& out) {
  assert(step < trace.steps.size() && step < text.lines.size());
  const auto& [number, source] = text.lines[step];
  const Step& seen = trace.steps[step];
  fmt::format_to(std::back_inserter(out), "@{} {}\n", number, source);
  if (!seen.refusal.empty()) fmt::format_to(std::back_inserter(out), "! {}\n", seen.refusal);
  Printer printer(text.names, out);
  for (const Callback& callback : Part(trace.callbacks, seen.callbacks)) printer.Print(callback);
  for (const DeviceCall& call : Part(trace.device_calls, seen.device_calls)) printer.Print(call);
  if (seen.answer >= 0) printer.Print(trace.answers[static_cast<std::size_t>(seen.answer)], trace);
  for (const ViewSeen& view : Part(trace.views, seen.views)) {
    printer.Print(view);
    for (const RangeSeen& range : Part(trace.ranges, view.ranges)) printer.Print(range);
  }
}

std::string PrintTrace(const ProgramText& text, const Trace& trace) {
  std::string out;
  for (std::size_t step = 0; step < trace.steps.size(); ++step) PrintStep(text, trace, step, out);
  fmt::format_to(std::back_inserter(out), "@end depth={}\n", trace.depth);
  return out;
}

}  // namespace flatcheck
