#include "fuzz/explain/differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "fuzz/explain/step_text.h"
#include "fuzz/plain_words.h"

namespace flatcheck {
namespace {

using Lines = std::vector<std::string>;

template <class Element>
std::span<const Element> Part(const std::vector<Element>& elements, Extent extent) {
  return std::span(elements).subspan(extent.begin, extent.end - extent.begin);
}

std::vector<std::string> AnswerLines(const Names& names, const Trace& trace, std::size_t step) {
  const Step& seen = trace.steps[step];
  std::vector<std::string> lines;
  for (const DeviceCall& call : Part(trace.device_calls, seen.device_calls)) {
    lines.push_back(DeviceCallInWords(call, names));
  }
  if (seen.answer >= 0) {
    const Answer& answer = trace.answers[static_cast<std::size_t>(seen.answer)];
    lines.push_back("answer " + AnswerInWords(answer, trace, names));
    if (answer.kind != AnswerKind::kBlocks) return lines;
    for (const BlockSeen& block : Part(trace.blocks, answer.list)) {
      lines.push_back(BlockInWords(block, names));
    }
  }
  return lines;
}

std::map<ListenerSlot, Lines> LinesByListener(const Names& names, const Trace& trace,
                                              std::size_t step) {
  std::map<ListenerSlot, Lines> lines;
  for (const Callback& callback : Part(trace.callbacks, trace.steps[step].callbacks)) {
    lines[callback.listener].push_back(CallbackInWords(callback, names));
  }
  if (Lines answers = AnswerLines(names, trace, step); !answers.empty()) {
    lines[ListenerSlot{}] = std::move(answers);  // The absent slot is the highest.
  }
  return lines;
}

// Two ranges show the same at each address that both cover.
bool ShowTheSame(const RangeSeen* one, const RangeSeen* other) {
  if (one == nullptr || other == nullptr) return one == other;
  RangeSeen moved = *one;
  moved.first = other->first;
  moved.last = other->last;
  moved.offset += other->first - one->first;
  return moved == *other;
}

// Where the ranges of a view begin and end, from here on.
class Cursor {
 public:
  explicit Cursor(std::span<const RangeSeen> ranges) : ranges_(ranges) {}

  // What covers the address; null in a hole. Addresses must ascend.
  const RangeSeen* At(std::uint64_t address) {
    while (!ranges_.empty() && ranges_.front().last < address) ranges_ = ranges_.subspan(1);
    return ranges_.empty() || ranges_.front().first > address ? nullptr : &ranges_.front();
  }
  // The last address up to which that stays so.
  std::uint64_t StretchEnd(std::uint64_t address) const {
    if (ranges_.empty()) return UINT64_MAX;
    return ranges_.front().first > address ? ranges_.front().first - 1 : ranges_.front().last;
  }

 private:
  std::span<const RangeSeen> ranges_;
};

std::string ShownInWords(const ViewDifference& part, const RangeSeen* range, const Names& names) {
  if (range == nullptr) return "nothing";
  RangeSeen here = *range;
  here.offset += part.first - range->first;
  return RangeInWords(here, names);
}

// What views differ in besides their ranges.
void CompareOrigins(const Names& names, const ViewSeen& expect, const ViewSeen& actual,
                    Lines& sentences) {
  const std::string_view space = names.Of(expect.space);
  const auto say = [&](std::string_view what, std::string_view is, std::string_view should) {
    if (is == should) return;
    sentences.push_back(
        fmt::format("{} {}: {} to the engine, {} to the reference.", what, space, is, should));
  };
  say("The root of", names.Of(actual.root), names.Of(expect.root));
  say("What remains when the root is followed down in", names.Of(actual.view_root),
      names.Of(expect.view_root));
  say("Which address space shares the view of", names.Of(actual.shares_with),
      names.Of(expect.shares_with));
  say("The address of the root of", fmt::format("{:#x}", actual.origin),
      fmt::format("{:#x}", expect.origin));
}

void CompareViews(const Names& names, TracePair traces, std::size_t step, Lines& sentences) {
  const auto expect = Part(traces.expect.views, traces.expect.steps[step].views);
  const auto actual = Part(traces.actual.views, traces.actual.steps[step].views);
  if (expect.size() != actual.size()) {
    sentences.push_back(fmt::format("Views published: {} by the engine, {} by the reference.",
                                    actual.size(), expect.size()));
  }
  for (std::size_t i = 0; i < std::min(expect.size(), actual.size()); ++i) {
    CompareOrigins(names, expect[i], actual[i], sentences);
    const auto should = Part(traces.expect.ranges, expect[i].ranges);
    const auto is = Part(traces.actual.ranges, actual[i].ranges);
    const std::vector<ViewDifference> parts = CompareRanges(should, is);
    for (const ViewDifference& part : parts) {
      sentences.push_back(DifferenceInWords(names.Of(expect[i].space), part, names));
    }
    if (parts.empty() && should.size() != is.size()) {
      sentences.push_back(fmt::format(
          "In {} both show the same everywhere, but the engine in {} ranges, the reference in {}.",
          names.Of(expect[i].space), is.size(), should.size()));
    }
  }
}

std::string CallInWords(const DiffRow& row) {
  if (!row.right) return fmt::format("the engine calls {}; the reference does not.", *row.left);
  if (!row.left) return fmt::format("the reference calls {}; the engine does not.", *row.right);
  return fmt::format("the engine calls {}; the reference calls {}.", *row.left, *row.right);
}

std::string AnswerInWords(const DiffRow& row) {
  return fmt::format("The engine: {}. The reference: {}.", row.left.value_or("nothing"),
                     row.right.value_or("nothing"));
}

void CompareCalls(const Names& names, TracePair traces, std::size_t step, Lines& sentences) {
  bool differ = false;
  for (const ListenerRows& listener : CompareEvents(names, traces, step)) {
    const bool is_answer = listener.listener == ListenerSlot{};
    for (const DiffRow& row : listener.rows) {
      if (row.IsEqual()) continue;
      differ = true;
      sentences.push_back(is_answer ? AnswerInWords(row)
                                    : fmt::format("Listener {}: {}", names.Of(listener.listener),
                                                  CallInWords(row)));
    }
  }
  const auto should = Part(traces.expect.callbacks, traces.expect.steps[step].callbacks);
  const auto is = Part(traces.actual.callbacks, traces.actual.steps[step].callbacks);
  if (!differ && !std::ranges::equal(should, is)) {
    sentences.push_back(
        "Each listener hears the same, but the engine calls them in another order.");
  }
}

}  // namespace

std::vector<ViewDifference> CompareRanges(std::span<const RangeSeen> expect,
                                          std::span<const RangeSeen> actual) {
  std::vector<ViewDifference> differences;
  Cursor should(expect);
  Cursor is(actual);
  for (std::uint64_t address = 0;;) {
    const RangeSeen* const left = should.At(address);
    const RangeSeen* const right = is.At(address);
    const std::uint64_t end = std::min(should.StretchEnd(address), is.StretchEnd(address));
    if (!ShowTheSame(left, right)) differences.push_back({address, end, left, right});
    if (end == UINT64_MAX) return differences;
    address = end + 1;
  }
}

std::string DifferenceInWords(std::string_view space, const ViewDifference& difference,
                              const Names& names) {
  return fmt::format("In {} at {} the engine shows {}; the reference shows {}.", space,
                     SpanInWords(difference.first, difference.last),
                     ShownInWords(difference, difference.actual, names),
                     ShownInWords(difference, difference.expect, names));
}

std::vector<ListenerRows> CompareEvents(const Names& names, TracePair traces, std::size_t step) {
  if (step >= traces.expect.steps.size() || step >= traces.actual.steps.size()) return {};
  const auto expect = LinesByListener(names, traces.expect, step);
  auto actual = LinesByListener(names, traces.actual, step);
  for (const auto& [listener, lines] : expect) actual.try_emplace(listener);
  std::vector<ListenerRows> all;
  for (const auto& [listener, lines] : actual) {
    const auto should = expect.find(listener);
    all.push_back({listener, DiffLines(lines, should == expect.end() ? Lines{} : should->second)});
  }
  return all;
}

std::vector<std::string> DifferencesInWords(const Names& names, TracePair traces,
                                            std::size_t step) {
  if (step >= traces.expect.steps.size() || step >= traces.actual.steps.size()) return {};
  Lines sentences;
  const auto granted = [](std::string_view refusal) {
    return refusal.empty() ? std::string("grants this") : fmt::format("refuses this ({})", refusal);
  };
  const std::string_view should = traces.expect.steps[step].refusal;
  const std::string_view is = traces.actual.steps[step].refusal;
  if (is != should) {
    sentences.push_back(
        fmt::format("The engine {}; the reference {}.", granted(is), granted(should)));
    return sentences;  // All else follows from that.
  }
  CompareViews(names, traces, step, sentences);
  CompareCalls(names, traces, step, sentences);
  return sentences;
}

}  // namespace flatcheck
