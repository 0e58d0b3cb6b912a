// An Event is one call of one listener. This file holds what listeners hear: of a space's new view,
// of its ioeventfds, of coalesced windows, at registration and when they leave.
//
// All listeners of a map stand in one order, by ascending priority, equal ones by registration.
// Whether a call goes up or down that order depends on its kind alone.

#pragma once

#include <array>
#include <vector>

#include "reference/model_view.h"

namespace flatcheck::reference {

enum class EventKind : std::uint8_t {
  kBegin,
  kCommit,
  kLogGlobalStart,
  kLogGlobalStop,
  kRegionAdd,
  kRegionDel,
  kRegionNop,
  kLogStart,
  kLogStop,
  kLogSync,
  kLogClear,
  kEventfdAdd,
  kEventfdDel,
  kCoalescedAdd,
  kCoalescedDel,
  kLogGlobalAfterSync,
};

struct Event {
  EventKind kind = EventKind::kBegin;
  ListenerId listener = kNone;
  SpaceId space = kNone;
  Range section{};  // A range, or the part of one that the call is about.
  // kLogStart, kLogStop: old and new mask. kEventfd*: match, data, notifier. kCoalesced*: start,
  // size.
  std::array<std::uint64_t, 3> extra{};
};

// Hears events at once, where the record of events would come too late.
class Ear {
 public:
  Ear() = default;
  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;
  virtual ~Ear() = default;

  // It may change the bytes and the dirty pages of a map, and nothing else.
  virtual void Hear(const Event& event) = 0;
};

// The number of every listener that has an ear: no request asks for it.
inline constexpr ListenerId kAttached = kNone - 1;

struct Listener {
  ListenerId id = kNone;
  SpaceId space = kNone;
  std::uint32_t priority = 0;
  Ear* ear = nullptr;  // Of one that is attached: what it hears goes there and on no record.
};

// The listeners of a map, and the record of what they have heard.
class Audience {
 public:
  void Join(const Listener& listener);
  // Returns the listener, which hears nothing more. REQUIRES: it has joined.
  Listener Leave(ListenerId id);
  bool Has(ListenerId id) const;
  // Takes the attached listeners of a space away, which hear nothing more.
  std::vector<Listener> LeaveAttached(SpaceId space);
  // Whether nobody but attached listeners has joined the space.
  bool IsEmpty(SpaceId space) const;
  // Whether anybody hears of the space, attached ones too.
  bool Hears(SpaceId space) const;
  const std::vector<Listener>& listeners() const { return listeners_; }

  // Calls the listeners of every space, without a section.
  void TellAll(EventKind kind);
  // Calls the listeners of the event's space.
  void TellSpace(const Event& event);
  // Calls one listener, whatever the event says of listener and space.
  void TellOne(const Listener& listener, const Event& event);

  std::vector<Event>& events() { return events_; }

 private:
  void Call(const Listener& listener, Event event);

  std::vector<Listener> listeners_;
  std::vector<Event> events_;
};

// The order of ioeventfds. Neither precedes the other when only data that is not matched differs.
bool Precedes(const Eventfd& left, const Eventfd& right);
// Whether a deletion, or a write, of `left` meets `right`.
bool Matches(const Eventfd& left, const Eventfd& right);

// The ioeventfds of a space with this view, at their guest addresses.
std::vector<Eventfd> EventfdsOf(const std::vector<Region>& regions, const View& view);

// One space's turn in publishing.
struct Publication {
  const std::vector<Region>& regions;
  SpaceId space;
  Audience& audience;

  void TellViewChange(const View& before, const View& after) const;
  void TellEventfdChange(const std::vector<Eventfd>& before,
                         const std::vector<Eventfd>& after) const;
  // One window of a region, at one of the ranges that show the region.
  void TellCoalesced(EventKind kind, const Range& range, const CoalescedWindow& window) const;
};

// What one listener hears when it joins or leaves a space that has this view.
enum class Replay { kJoin, kJoinWhileGlobalLogging, kLeave };
void TellReplay(Audience& audience, const Listener& listener, const View& view, Replay replay);

}  // namespace flatcheck::reference
