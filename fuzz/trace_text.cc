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
constexpr std::array<CallbackForm, 15> kCallbackForms = {{
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
}};

// Appends lines to a text.
class Printer {
 public:
  Printer(const Names& names, std::string& out) : names_(names), out_(out) {}

  void Print(const Callback& callback);
  void Print(const DeviceAccess& access);
  void Print(const Answer& answer);
  void Print(const ViewSeen& view);
  void Print(const RangeSeen& range);

 private:
  template <class... Args>
  void Append(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }
  void AppendSection(const Section& section);
  void AppendExtra(Extra extra, const Callback& callback);

  const Names& names_;
  std::string& out_;
};

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

void Printer::Print(const DeviceAccess& access) {
  Append("io {} {} off={:#x} size={}", names_.Of(access.region), access.is_write ? "write" : "read",
         access.offset, access.size);
  if (access.is_write) Append(" val={:#x}", access.value);
  Append("\n");
}

void Printer::Print(const Answer& answer) {
  switch (answer.kind) {
    case AnswerKind::kNone:
      return;
    case AnswerKind::kFound:
      if (!answer.found.found) return Append("= find none\n");
      Append("= find ");
      AppendSection(answer.found.section);
      return Append("{}\n", UnmergeableMark(answer.found.section.unmergeable));
    case AnswerKind::kTranslated:
      return Append("= xlat mr={} xlat={:#x} len={:#x}\n", names_.Of(answer.translated.region),
                    answer.translated.address, answer.translated.length);
    case AnswerKind::kRead: {
      const auto data = std::span(answer.data).first(answer.length);
      return Append("= read res={} data={:02x}\n", answer.result, fmt::join(data, ""));
    }
    case AnswerKind::kWritten:
      return Append("= write res={}\n", answer.result);
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

template <class Element>
std::span<const Element> Part(const std::vector<Element>& elements, Extent extent) {
  return std::span(elements).subspan(extent.begin, extent.end - extent.begin);
}

}  // namespace

void PrintStep(const ProgramText& text, const Trace& trace, std::size_t step, std::string& out) {
  assert(step < trace.steps.size() && step < text.lines.size());
  const auto& [number, source] = text.lines[step];
  const Step& seen = trace.steps[step];
  fmt::format_to(std::back_inserter(out), "@{} {}\n", number, source);
  if (!seen.refusal.empty()) fmt::format_to(std::back_inserter(out), "! {}\n", seen.refusal);
  Printer printer(text.names, out);
  for (const Callback& callback : Part(trace.callbacks, seen.callbacks)) printer.Print(callback);
  for (const DeviceAccess& access : Part(trace.accesses, seen.accesses)) printer.Print(access);
  if (seen.answer >= 0) printer.Print(trace.answers[static_cast<std::size_t>(seen.answer)]);
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
