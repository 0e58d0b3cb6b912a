#include "fuzz/oracles/traces_agree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace flatcheck {

namespace {

template <class T>
std::span<const T> Part(const std::vector<T>& all, Extent extent) {
  return std::span(all).subspan(extent.begin, extent.end - extent.begin);
}

// The first index at which two lists differ; their common length if one only goes on.
template <class T>
std::size_t FirstDifference(std::span<const T> expect, std::span<const T> actual) {
  const auto differ = std::mismatch(expect.begin(), expect.end(), actual.begin(), actual.end());
  return static_cast<std::size_t>(differ.first - expect.begin());
}

template <class T>
bool SameList(std::span<const T> expect, std::span<const T> actual) {
  return std::equal(expect.begin(), expect.end(), actual.begin(), actual.end());
}

std::string_view DifferingField(const Section& a, const Section& b) {
  if (a.region != b.region) return "section.region";
  if (a.address != b.address) return "section.address";
  if (a.size != b.size) return "section.size";
  if (a.offset != b.offset) return "section.offset";
  return "section.attributes";
}

std::string_view DifferingField(const Callback& a, const Callback& b) {
  if (a.kind != b.kind) return "callback.kind";
  if (a.listener != b.listener) return "callback.listener";
  if (a.space != b.space) return "callback.space";
  if (a.extra != b.extra) return "callback.extra";
  if (a.view_is_due != b.view_is_due) return "callback.published_view";
  if (a.request_refused != b.request_refused) return "callback.request_refused";
  return DifferingField(a.section, b.section);
}

std::string_view DifferingField(const RangeSeen& a, const RangeSeen& b) {
  if (a.first != b.first || a.last != b.last) return "range.addresses";
  if (a.region != b.region) return "range.region";
  if (a.offset != b.offset) return "range.offset";
  if (a.log_mask != b.log_mask) return "range.log_mask";
  return "range.attributes";
}

std::string_view DifferingField(const DeviceCall& a, const DeviceCall& b) {
  if (a.kind != b.kind) return "device_call.kind";
  if (a.region != b.region || a.notifier != b.notifier) return "device_call.region";
  if (a.offset != b.offset) return "device_call.offset";
  if (a.callbacks_before != b.callbacks_before) return "device_call.callbacks_before";
  if (a.destroys_refused != b.destroys_refused) return "device_call.destroys_refused";
  if (a.guard_is_right != b.guard_is_right) return "device_call.guard_is_right";
  return a.size != b.size ? "device_call.size" : "device_call.value";
}

std::string_view DifferingField(const BlockSeen& a, const BlockSeen& b) {
  if (a.region != b.region) return "block.region";
  if (a.offset != b.offset) return "block.offset";
  return "block.length";
}

std::string_view DifferingField(const PageRun& /*a*/, const PageRun& /*b*/) { return "pages"; }

std::string_view DifferingField(const Answer& a, const Answer& b) {
  if (a.found != b.found) return "find";
  if (a.translated != b.translated) return "xlat";
  if (a.result != b.result) return "result";
  if (a.yes != b.yes) return "yes";
  if (a.mapped != b.mapped) return "mapping";
  if (a.place != b.place) return "host";
  return a.iotlb != b.iotlb ? "iotlb" : "data";
}

// For a list that should be the same: which element differs, or that one list is longer.
template <class T>
std::pair<std::string_view, std::string> DescribeLists(std::string_view noun,
                                                       std::string_view count_field,
                                                       std::span<const T> expect,
                                                       std::span<const T> actual) {
  const std::size_t index = FirstDifference(expect, actual);
  if (index == expect.size() || index == actual.size()) {
    return {count_field, fmt::format("{} {}s, should be {}", actual.size(), noun, expect.size())};
  }
  const std::string_view field = DifferingField(expect[index], actual[index]);
  return {field, fmt::format("{} {} of {} differs in {}", noun, index + 1, expect.size(), field)};
}

std::string_view Granted(std::string_view refusal) { return refusal.empty() ? "granted" : refusal; }

template <class T>
std::optional<Disagreement> ListsAgree(std::size_t step, std::string_view noun,
                                       std::string_view count_field, std::span<const T> expect,
                                       std::span<const T> actual) {
  if (SameList(expect, actual)) return std::nullopt;
  auto [field, message] = DescribeLists(noun, count_field, expect, actual);
  return Disagreement{step, "answers_agree", field, std::move(message)};
}

// The blocks or pages that an answer lists.
std::optional<Disagreement> AnswerListsAgree(std::size_t step, const Trace& expect,
                                             const Answer& should, const Trace& actual,
                                             const Answer& is) {
  if (should.kind != is.kind) {
    return Disagreement{step, "answers_agree", "answer", "the answers are of different kinds"};
  }
  if (should.kind == AnswerKind::kBlocks) {
    return ListsAgree(step, "block", "block.count", Part(expect.blocks, should.list),
                      Part(actual.blocks, is.list));
  }
  return ListsAgree(step, "run of pages", "pages", Part(expect.page_runs, should.list),
                    Part(actual.page_runs, is.list));
}

}  // namespace

std::optional<Disagreement> RefusalsAgree(const Trace& expect, const Trace& actual,
                                          std::size_t step) {
  const std::string_view should = expect.steps[step].refusal;
  const std::string_view is = actual.steps[step].refusal;
  if (should == is) return std::nullopt;
  return Disagreement{step, "refusals_agree", "refusal",
                      fmt::format("{}, should be {}", Granted(is), Granted(should))};
}

std::optional<Disagreement> EventsAgree(const Trace& expect, const Trace& actual,
                                        std::size_t step) {
  const auto should = Part(expect.callbacks, expect.steps[step].callbacks);
  const auto is = Part(actual.callbacks, actual.steps[step].callbacks);
  if (SameList(should, is)) return std::nullopt;
  auto [field, message] = DescribeLists("callback", "callback.count", should, is);
  return Disagreement{step, "events_agree", field, std::move(message)};
}

std::optional<Disagreement> AnswersAgree(const Trace& expect, const Trace& actual,
                                         std::size_t step) {
  const Step& should = expect.steps[step];
  const Step& is = actual.steps[step];
  if (auto wrong = ListsAgree(step, "device call", "device_call.count",
                              Part(expect.device_calls, should.device_calls),
                              Part(actual.device_calls, is.device_calls))) {
    return wrong;
  }
  const auto expected_signals = Part(expect.signals, should.signals);
  const auto signals = Part(actual.signals, is.signals);
  if (!std::ranges::equal(expected_signals, signals)) {
    return Disagreement{step, "answers_agree", "signals",
                        fmt::format("notifiers [{}] are signalled, should be [{}]",
                                    fmt::join(signals, " "), fmt::join(expected_signals, " "))};
  }
  if ((should.answer < 0) != (is.answer < 0)) {
    return Disagreement{step, "answers_agree", "answer", "one machine gives no answer"};
  }
  if (should.answer < 0) return std::nullopt;
  const Answer& should_be = expect.answers[static_cast<std::size_t>(should.answer)];
  const Answer& answer = actual.answers[static_cast<std::size_t>(is.answer)];
  if (auto wrong = AnswerListsAgree(step, expect, should_be, actual, answer)) return wrong;
  Answer comparable = answer;
  comparable.list = should_be.list;
  if (should_be == comparable) return std::nullopt;
  const std::string_view field = DifferingField(should_be, comparable);
  return Disagreement{step, "answers_agree", field, fmt::format("the answer differs in {}", field)};
}

std::optional<Disagreement> ViewsAgree(const Trace& expect, const Trace& actual, std::size_t step) {
  const auto should = Part(expect.views, expect.steps[step].views);
  const auto is = Part(actual.views, actual.steps[step].views);
  if (should.size() != is.size()) {
    return Disagreement{step, "views_agree", "view.count",
                        fmt::format("{} views, should be {}", is.size(), should.size())};
  }
  for (std::size_t i = 0; i < should.size(); ++i) {
    if (should[i].space != is[i].space || should[i].root != is[i].root) {
      return Disagreement{step, "views_agree", "view.space", "the address spaces differ"};
    }
    if (should[i].origin != is[i].origin) {
      return Disagreement{step, "views_agree", "view.origin", "the root lies elsewhere"};
    }
    if (should[i].view_root != is[i].view_root) {
      return Disagreement{step, "views_agree", "view.root", "the root resolves to another region"};
    }
    if (should[i].shares_with != is[i].shares_with) {
      return Disagreement{step, "views_agree", "view.sharing", "another space shares the view"};
    }
    const auto should_show = Part(expect.ranges, should[i].ranges);
    const auto shows = Part(actual.ranges, is[i].ranges);
    if (SameList(should_show, shows)) continue;
    auto [field, message] = DescribeLists("range", "range.count", should_show, shows);
    return Disagreement{step, "views_agree", field, std::move(message)};
  }
  return std::nullopt;
}

}  // namespace flatcheck
