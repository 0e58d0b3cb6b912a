#include "fuzz/oracles/events_rebuild_view.h"

#include <algorithm>
#include <string>

namespace flatcheck {

namespace {

template <class Ranges>
auto FirstAt(Ranges& ranges, std::uint64_t address) {
  return std::lower_bound(
      ranges.begin(), ranges.end(), address,
      [](const auto& known, std::uint64_t a) { return known.section.address < a; });
}

template <class Ranges>
auto Exactly(Ranges& ranges, const Section& section) {
  const auto found = FirstAt(ranges, section.address);
  return found != ranges.end() && found->section == section ? found : ranges.end();
}

bool EndsBy(const Section& section, std::uint64_t address) {
  return section.address + section.size <= address;
}

bool Shows(const Section& section, const RangeSeen& range) {
  return section.address == range.first && section.size == Size{range.last - range.first} + 1 &&
         section.region == range.region && section.offset == range.offset &&
         section.readonly == range.readonly && section.nonvolatile == range.nonvolatile &&
         section.unmergeable == range.unmergeable;
}

}  // namespace

std::optional<Disagreement> EventsRebuildView::Check(const Operation& operation, const Trace& trace,
                                                     std::size_t step) {
  const Step& done = trace.steps[step];
  const auto* const listen = std::get_if<op::Listen>(&operation);
  const auto* const unlisten = std::get_if<op::Unlisten>(&operation);
  if (listen != nullptr) {
    mirrors_.push_back({.space = listen->space, .is_registered = done.refusal.empty()});
  }
  const auto wrong = [step](const Finding& finding) {
    return Disagreement{step, "events_rebuild_view", finding.field, std::string(finding.message)};
  };
  for (std::uint32_t i = done.callbacks.begin; i < done.callbacks.end; ++i) {
    if (const auto finding = Hear(trace.callbacks[i], unlisten != nullptr)) return wrong(*finding);
  }
  if (unlisten != nullptr && done.refusal.empty()) {
    Mirror& mirror = mirrors_[unlisten->listener.index];
    mirror.is_registered = false;
    if (!mirror.ranges.empty())
      return wrong({"unlisten", "a listener leaves and still has ranges"});
  }
  if (done.views.begin == done.views.end) return std::nullopt;
  for (Mirror& mirror : mirrors_) {
    if (!mirror.is_registered) continue;
    if (const auto finding = Compare(mirror, trace, done.views)) return wrong(*finding);
  }
  return std::nullopt;
}

std::optional<EventsRebuildView::Finding> EventsRebuildView::Hear(const Callback& callback,
                                                                  bool leaving) {
  if (callback.listener.index >= mirrors_.size() ||
      !mirrors_[callback.listener.index].is_registered) {
    return Finding{"callback.listener", "a listener is called that is not registered"};
  }
  Mirror& mirror = mirrors_[callback.listener.index];
  switch (callback.kind) {
    case CallbackKind::kBegin:
      if (mirror.within_commit) return Finding{"begin", "begin within begin"};
      mirror.within_commit = true;
      mirror.adding = false;
      for (Known& known : mirror.ranges) known.kept = false;
      return std::nullopt;
    case CallbackKind::kCommit:
      return HearCommit(mirror, leaving);
    case CallbackKind::kRegionAdd:
      return HearAdd(mirror, callback.section);
    case CallbackKind::kRegionDel:
      return HearDel(mirror, callback.section, leaving);
    case CallbackKind::kRegionNop:
      return HearNop(mirror, callback.section);
    case CallbackKind::kLogStart:
    case CallbackKind::kLogStop:
      return HearMask(mirror, callback);
    default:
      return std::nullopt;
  }
}

std::optional<EventsRebuildView::Finding> EventsRebuildView::HearAdd(Mirror& mirror,
                                                                     const Section& section) {
  if (!mirror.within_commit) return Finding{"region_add", "an addition outside begin and commit"};
  mirror.adding = true;
  const auto behind = FirstAt(mirror.ranges, section.address);
  const bool clear_behind =
      behind == mirror.ranges.end() || EndsBy(section, behind->section.address);
  const bool clear_before =
      behind == mirror.ranges.begin() || EndsBy(std::prev(behind)->section, section.address);
  if (!clear_behind || !clear_before) {
    return Finding{"region_add", "a range is added where the listener has one"};
  }
  mirror.ranges.insert(behind, {.section = section, .kept = true});
  return std::nullopt;
}

std::optional<EventsRebuildView::Finding> EventsRebuildView::HearDel(Mirror& mirror,
                                                                     const Section& section,
                                                                     bool leaving) {
  if (!mirror.within_commit) return Finding{"region_del", "a deletion outside begin and commit"};
  if (mirror.adding && !leaving) return Finding{"region_del", "a deletion after an addition"};
  const auto found = Exactly(mirror.ranges, section);
  if (found == mirror.ranges.end()) {
    return Finding{"region_del", "a range is deleted that the listener does not have"};
  }
  mirror.ranges.erase(found);
  return std::nullopt;
}

std::optional<EventsRebuildView::Finding> EventsRebuildView::HearNop(Mirror& mirror,
                                                                     const Section& section) {
  if (!mirror.within_commit) return Finding{"region_nop", "a range stays outside begin and commit"};
  mirror.adding = true;
  const auto found = Exactly(mirror.ranges, section);
  if (found == mirror.ranges.end()) {
    return Finding{"region_nop", "a range stays that the listener does not have"};
  }
  if (found->kept) return Finding{"region_nop", "a range is confirmed twice"};
  found->kept = true;
  return std::nullopt;
}

std::optional<EventsRebuildView::Finding> EventsRebuildView::HearMask(Mirror& mirror,
                                                                      const Callback& callback) {
  if (!mirror.within_commit) return Finding{"log", "logging changes outside begin and commit"};
  const auto found = Exactly(mirror.ranges, callback.section);
  if (found == mirror.ranges.end()) {
    return Finding{"log", "logging changes on a range that the listener does not have"};
  }
  const std::uint64_t before = callback.extra[0];
  const std::uint64_t after = callback.extra[1];
  // Of one change that sets and clears bits, log_start comes first and both tell the same two
  // masks.
  const bool is_second = callback.kind == CallbackKind::kLogStop &&
                         found->log_mask_before == before && found->log_mask == after;
  if (found->mask_is_known && found->log_mask != before && !is_second) {
    return Finding{"log.old", "the old mask is not the one before"};
  }
  found->log_mask_before = static_cast<std::uint8_t>(before);
  found->log_mask = static_cast<std::uint8_t>(after);
  found->mask_is_known = true;
  return std::nullopt;
}

std::optional<EventsRebuildView::Finding> EventsRebuildView::HearCommit(Mirror& mirror,
                                                                        bool leaving) {
  if (!mirror.within_commit) return Finding{"commit", "commit without begin"};
  mirror.within_commit = false;
  const bool all_kept = std::all_of(mirror.ranges.begin(), mirror.ranges.end(),
                                    [](const Known& known) { return known.kept; });
  // A space whose view object stays (the empty one) has nothing to confirm.
  if (!all_kept && !leaving) return Finding{"region_nop", "a range stays and is not confirmed"};
  return std::nullopt;
}

std::optional<EventsRebuildView::Finding> EventsRebuildView::Compare(Mirror& mirror,
                                                                     const Trace& trace,
                                                                     Extent views) {
  if (mirror.within_commit) return Finding{"commit", "begin without commit"};
  for (std::uint32_t v = views.begin; v < views.end; ++v) {
    if (trace.views[v].space != mirror.space) continue;
    const Extent extent = trace.views[v].ranges;
    if (extent.end - extent.begin != mirror.ranges.size()) {
      return Finding{"range.count", "the view has not as many ranges as the listener"};
    }
    for (std::uint32_t i = 0; i < mirror.ranges.size(); ++i) {
      Known& known = mirror.ranges[i];
      const RangeSeen& range = trace.ranges[extent.begin + i];
      if (!Shows(known.section, range)) {
        return Finding{"range", "the view has not the ranges that the listener has"};
      }
      if (known.mask_is_known && known.log_mask != range.log_mask) {
        return Finding{"range.log_mask", "the view has not the log mask that the listener heard"};
      }
      known.log_mask = range.log_mask;
      known.mask_is_known = true;
    }
    return std::nullopt;
  }
  return Finding{"view.count", "a listener's address space publishes no view"};
}

}  // namespace flatcheck
