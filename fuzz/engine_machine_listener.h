// The listeners of the engine's machine.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/map/memory_listener.h"
#include "fuzz/engine_machine.h"
#include "fuzz/trace.h"

namespace flatcheck {

// Writes down every call, with two things that a listener may rely on in it: the map refuses
// requests, and the space publishes the view that is due, which is the old one until both passes
// are over (memory-map 4.2).
class EngineMachine::Listener final : public engine::MemoryListener {
 public:
  using Section = engine::MemoryRegionSection;

  Listener(EngineMachine& machine, ListenerSlot slot) : machine_(machine), slot_(slot) {}

  // It is to be registered once more, as the listener of that slot.
  void Become(ListenerSlot slot) {
    slot_ = slot;
    before_ = after_ = nullptr;
  }

  void StartOperation();
  void EndOperation();

  void Begin() override { Record(CallbackKind::kBegin); }
  void Commit() override { Record(CallbackKind::kCommit); }
  void LogGlobalStart() override { Record(CallbackKind::kLogGlobalStart); }
  void LogGlobalStop() override { Record(CallbackKind::kLogGlobalStop); }
  void LogGlobalAfterSync() override { Record(CallbackKind::kLogGlobalAfterSync); }
  void RegionAdd(const Section& s) override { Record(CallbackKind::kRegionAdd, s); }
  void RegionDel(const Section& s) override { Record(CallbackKind::kRegionDel, s); }
  void RegionNop(const Section& s) override { Record(CallbackKind::kRegionNop, s); }
  void LogSync(const Section& s) override { Record(CallbackKind::kLogSync, s); }
  void LogClear(const Section& s) override { Record(CallbackKind::kLogClear, s); }
  void LogStart(const Section& s, std::uint8_t before, std::uint8_t after) override {
    Record(CallbackKind::kLogStart, s, {before, after});
  }
  void LogStop(const Section& s, std::uint8_t before, std::uint8_t after) override {
    Record(CallbackKind::kLogStop, s, {before, after});
  }
  void EventfdAdd(const Section& s, const engine::IoEventfd& e) override {
    Record(CallbackKind::kEventfdAdd, s, {e.match_data, e.data, e.notifier});
  }
  void EventfdDel(const Section& s, const engine::IoEventfd& e) override {
    Record(CallbackKind::kEventfdDel, s, {e.match_data, e.data, e.notifier});
  }
  void CoalescedIoAdd(const Section& s, std::uint64_t start, std::uint64_t length) override {
    Record(CallbackKind::kCoalescedIoAdd, s, {start, length});
  }
  void CoalescedIoDel(const Section& s, std::uint64_t start, std::uint64_t length) override {
    Record(CallbackKind::kCoalescedIoDel, s, {start, length});
  }

 private:
  void Record(CallbackKind kind, const Section& s, std::array<std::uint64_t, 3> extra = {});
  void Record(CallbackKind kind);
  void Record(Callback callback);
  bool IsViewDue(CallbackKind kind);

  EngineMachine& machine_;
  ListenerSlot slot_;
  // What the space published before the operation, and at the first call after both passes.
  const engine::FlatView* before_ = nullptr;
  const engine::FlatView* after_ = nullptr;
  std::size_t first_after_ = 0;  // That call, in the trace.
};

}  // namespace flatcheck
