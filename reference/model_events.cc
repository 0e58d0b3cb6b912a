#include "reference/model_events.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <tuple>

namespace flatcheck::reference {
namespace {

bool IsHighPriorityFirst(EventKind kind);
const Range* FindSame(const View& view, const Range& range);
Event LogEvent(EventKind kind, SpaceId space, const Range& range, std::uint8_t old_mask);
Event EventfdEvent(EventKind kind, SpaceId space, const Eventfd& eventfd);

}  // namespace

void Audience::Join(const Listener& listener) {
  const auto behind =
      std::ranges::upper_bound(listeners_, listener.priority, {}, &Listener::priority);
  listeners_.insert(behind, listener);
}

Listener Audience::Leave(ListenerId id) {
  const auto leaver = std::ranges::find(listeners_, id, &Listener::id);
  assert(leaver != listeners_.end());
  const Listener listener = *leaver;
  listeners_.erase(leaver);
  return listener;
}

bool Audience::Has(ListenerId id) const {
  return std::ranges::find(listeners_, id, &Listener::id) != listeners_.end();
}

std::vector<Listener> Audience::LeaveAttached(SpaceId space) {
  const auto leaves = [space](const Listener& listener) {
    return listener.id == kAttached && listener.space == space;
  };
  std::vector<Listener> leavers;
  std::ranges::copy_if(listeners_, std::back_inserter(leavers), leaves);
  std::erase_if(listeners_, leaves);
  return leavers;
}

bool Audience::IsEmpty(SpaceId space) const {
  return std::ranges::none_of(listeners_, [space](const Listener& listener) {
    return listener.id != kAttached && listener.space == space;
  });
}

bool Audience::Hears(SpaceId space) const {
  return std::ranges::count(listeners_, space, &Listener::space) != 0;
}

void Audience::TellAll(EventKind kind) {
  const std::size_t count = listeners_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t turn = IsHighPriorityFirst(kind) ? count - 1 - i : i;
    Call(listeners_[turn], {.kind = kind});
  }
}

void Audience::TellSpace(const Event& event) {
  const std::size_t count = listeners_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t turn = IsHighPriorityFirst(event.kind) ? count - 1 - i : i;
    if (listeners_[turn].space == event.space) TellOne(listeners_[turn], event);
  }
}

void Audience::TellOne(const Listener& listener, const Event& event) {
  Event told = event;
  told.space = listener.space;
  Call(listener, told);
}

void Audience::Call(const Listener& listener, Event event) {
  event.listener = listener.id;
  if (listener.ear != nullptr) {
    listener.ear->Hear(event);
  } else {
    events_.push_back(event);
  }
}

bool Precedes(const Eventfd& left, const Eventfd& right) {
  const auto key = [](const Eventfd& eventfd) {
    return std::tuple(eventfd.start, eventfd.size, eventfd.is_data_matched,
                      eventfd.is_data_matched ? eventfd.data : 0, eventfd.notifier);
  };
  return key(left) < key(right);
}

bool Matches(const Eventfd& left, const Eventfd& right) {
  if (left.start != right.start) return false;
  if (left.size == 0 || right.size == 0) return true;
  return left.size == right.size && left.is_data_matched == right.is_data_matched &&
         (!left.is_data_matched || left.data == right.data) && left.notifier == right.notifier;
}

// An entry that lies across two ranges of its region counts once for each, unclipped. One whose
// place would be below address 0 counts for none.
std::vector<Eventfd> EventfdsOf(const std::vector<Region>& regions, const View& view) {
  std::vector<Eventfd> eventfds;
  for (const Range& range : view.ranges) {
    for (Eventfd eventfd : regions[range.region].eventfds) {
      const Wide start = range.start + (eventfd.start - range.offset);
      const bool starts_inside = range.start <= start && start < range.end;
      const bool reaches_inside = start < range.start && range.start < start + eventfd.size;
      if (start < 0 || (!starts_inside && !reaches_inside)) continue;
      eventfd.start = static_cast<std::uint64_t>(start);
      eventfds.push_back(eventfd);
    }
  }
  return eventfds;
}

// Every deletion comes before the first addition.
void Publication::TellViewChange(const View& before, const View& after) const {
  if (!audience.Hears(space)) return;
  for (const Range& range : before.ranges) {
    if (FindSame(after, range) != nullptr) continue;
    for (const CoalescedWindow& window : regions[range.region].coalesced) {
      TellCoalesced(EventKind::kCoalescedDel, range, window);
    }
    audience.TellSpace({.kind = EventKind::kRegionDel, .space = space, .section = range});
  }
  for (const Range& range : after.ranges) {
    const Range* const old = FindSame(before, range);
    const EventKind kind = old != nullptr ? EventKind::kRegionNop : EventKind::kRegionAdd;
    audience.TellSpace({.kind = kind, .space = space, .section = range});
    if (old == nullptr) {
      // Logging of a range that is added is not announced: listeners ask the region.
      for (const CoalescedWindow& window : regions[range.region].coalesced) {
        TellCoalesced(EventKind::kCoalescedAdd, range, window);
      }
      continue;
    }
    if ((range.log_mask & ~old->log_mask) != 0) {
      audience.TellSpace(LogEvent(EventKind::kLogStart, space, range, old->log_mask));
    }
    if ((old->log_mask & ~range.log_mask) != 0) {
      audience.TellSpace(LogEvent(EventKind::kLogStop, space, range, old->log_mask));
    }
  }
}

// The rules state this one as a merge of two lists, which need not be sorted where a region is seen
// twice, and its outcome on such lists is part of them.
void Publication::TellEventfdChange(const std::vector<Eventfd>& before,
                                    const std::vector<Eventfd>& after) const {
  auto old_next = before.begin();
  auto new_next = after.begin();
  while (old_next != before.end() || new_next != after.end()) {
    if (old_next != before.end() && (new_next == after.end() || Precedes(*old_next, *new_next))) {
      audience.TellSpace(EventfdEvent(EventKind::kEventfdDel, space, *old_next++));
    } else if (old_next == before.end() || Precedes(*new_next, *old_next)) {
      audience.TellSpace(EventfdEvent(EventKind::kEventfdAdd, space, *new_next++));
    } else {
      ++old_next;
      ++new_next;
    }
  }
}

void Publication::TellCoalesced(EventKind kind, const Range& range,
                                const CoalescedWindow& window) const {
  const Wide start = range.start + (window.offset - range.offset);
  const Wide end = start + window.size;
  // An empty window inside the range is announced.
  const bool starts_inside = range.start <= start && start < range.end;
  const bool reaches_inside = start < range.start && range.start < end;
  if (!starts_inside && !reaches_inside) return;
  const Wide seen_start = std::max(start, range.start);
  const Wide seen_end = std::min(end, range.end);
  audience.TellSpace({.kind = kind,
                      .space = space,
                      .section = range,
                      .extra = {static_cast<std::uint64_t>(seen_start),
                                static_cast<std::uint64_t>(seen_end - seen_start)}});
}

// ioeventfds and coalesced windows are not replayed: who comes late hears of later ones alone.
void TellReplay(Audience& audience, const Listener& listener, const View& view, Replay replay) {
  audience.TellOne(listener, {.kind = EventKind::kBegin});
  if (replay == Replay::kJoinWhileGlobalLogging) {
    audience.TellOne(listener, {.kind = EventKind::kLogGlobalStart});
  }
  for (const Range& range : view.ranges) {
    const std::uint64_t mask = range.log_mask;
    if (replay == Replay::kLeave) {
      if (mask != 0) {
        audience.TellOne(listener,
                         {.kind = EventKind::kLogStop, .section = range, .extra = {mask}});
      }
      audience.TellOne(listener, {.kind = EventKind::kRegionDel, .section = range});
    } else {
      audience.TellOne(listener, {.kind = EventKind::kRegionAdd, .section = range});
      if (mask != 0) {
        audience.TellOne(listener,
                         {.kind = EventKind::kLogStart, .section = range, .extra = {0, mask}});
      }
    }
  }
  audience.TellOne(listener, {.kind = EventKind::kCommit});
}

namespace {

// ioeventfds go the other way than regions and windows do; listeners depend on it.
bool IsHighPriorityFirst(EventKind kind) {
  return kind == EventKind::kRegionDel || kind == EventKind::kLogStop ||
         kind == EventKind::kLogGlobalStop || kind == EventKind::kCoalescedDel ||
         kind == EventKind::kEventfdAdd;
}

// A log mask may change without the range being another.
bool IsSameRange(const Range& left, const Range& right) {
  return left.start == right.start && left.end == right.end && left.region == right.region &&
         left.offset == right.offset && left.romd_mode == right.romd_mode &&
         left.readonly == right.readonly && left.nonvolatile == right.nonvolatile &&
         left.unmergeable == right.unmergeable;
}

// The same range in another view, if that has it.
const Range* FindSame(const View& view, const Range& range) {
  const auto same = std::ranges::lower_bound(view.ranges, range.start, {}, &Range::start);
  return same != view.ranges.end() && IsSameRange(*same, range) ? &*same : nullptr;
}

Event LogEvent(EventKind kind, SpaceId space, const Range& range, std::uint8_t old_mask) {
  return {.kind = kind, .space = space, .section = range, .extra = {old_mask, range.log_mask}};
}

Event EventfdEvent(EventKind kind, SpaceId space, const Eventfd& eventfd) {
  Event event{.kind = kind, .space = space};
  event.section.start = eventfd.start;
  event.section.end = Wide{eventfd.start} + eventfd.size;
  event.extra = {eventfd.is_data_matched, eventfd.data, eventfd.notifier};
  return event;
}

}  // namespace
}  // namespace flatcheck::reference
