#include "fuzz/engine_machine_listener.h"

#include "fuzz/engine_reentry.h"

namespace flatcheck {
namespace {

// Told once the new view is published.
bool IsAfterPasses(CallbackKind kind) {
  return kind == CallbackKind::kCommit || kind == CallbackKind::kEventfdAdd ||
         kind == CallbackKind::kEventfdDel || kind == CallbackKind::kLogGlobalStop;
}

}  // namespace

void EngineMachine::Listener::StartOperation() {
  before_ = space() == nullptr ? nullptr : &space()->view();
  after_ = nullptr;
}

void EngineMachine::Listener::EndOperation() {
  if (after_ != nullptr && after_ != &space()->view()) {
    machine_.trace_->callbacks[first_after_].view_is_due = false;
  }
}

void EngineMachine::Listener::Record(CallbackKind kind) {
  Record({.kind = kind, .listener = slot_});
}

void EngineMachine::Listener::Record(CallbackKind kind, const Section& s,
                                     std::array<std::uint64_t, 3> extra) {
  Record({.kind = kind,
          .listener = slot_,
          .space = machine_.SlotOf(*s.space),
          .section = {.region = machine_.SlotOf(s.region),
                      .address = s.address,
                      .size = s.size,
                      .offset = s.offset,
                      .readonly = s.readonly,
                      .nonvolatile = s.nonvolatile,
                      .unmergeable = s.unmergeable},
          .extra = extra});
}

void EngineMachine::Listener::Record(Callback callback) {
  if (machine_.is_hiding_) return;
  callback.view_is_due = IsViewDue(callback.kind);
  callback.request_refused = machine_.RefusesInCallback(*this);
  machine_.trace_->callbacks.push_back(callback);
}

bool EngineMachine::Listener::IsViewDue(CallbackKind kind) {
  const engine::FlatView* const published = &space()->view();
  if (before_ == nullptr) before_ = published;  // It is just being registered.
  if (!IsAfterPasses(kind)) return published == before_;
  if (after_ == nullptr) {
    after_ = published;
    first_after_ = machine_.trace_->callbacks.size();
  }
  return published == after_;
}

bool EngineMachine::RefusesInCallback(Listener& listener) {
  if (is_asking_) return true;  // What was asked should have been refused, and is being done.
  const std::uint64_t turn = callbacks_++;
  engine::AddressSpace& space = *SpaceAt(SlotOf(*listener.space()));
  // Some region lives: the space has a root.
  std::size_t region = turn % regions_.size();
  while (regions_[region] == nullptr) region = (region + 1) % regions_.size();
  // Programs of few callbacks begin elsewhere.
  const std::uint64_t request = turn + 5 * regions_.size() + 11 * spaces_.size();
  is_asking_ = true;
  const bool is_refused = IsRefusedInCallback(map_, *regions_[region], space, listener, request);
  is_asking_ = false;
  return is_refused;
}

}  // namespace flatcheck
