// A Trace is what one machine did with one program: refusals, callbacks, device accesses, answers
// and published views, step by step. It names objects by slot, so two machines' traces compare
// field by field; it holds no pointers and no text.
//
// Everything of one kind lies in one vector and a Step holds its bounds, so that a trace which is
// cleared and filled again allocates nothing.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "fuzz/operands.h"

namespace flatcheck {

__extension__ typedef unsigned __int128 Size;  // 0 .. 2^64 bytes.

// What a MemoryListener is handed: a part of a region at its place in an address space
// (memory-map 4.4).
struct Section {
  RegionSlot region;  // Absent for the eventfd callbacks, which carry no region.
  std::uint64_t address = 0;
  Size size = 0;
  std::uint64_t offset = 0;  // In the region.
  bool readonly = false;
  bool nonvolatile = false;
  bool unmergeable = false;
  bool operator==(const Section&) const = default;
};

enum class CallbackKind : std::uint8_t {
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
  kCoalescedIoAdd,
  kCoalescedIoDel,
};

// One call of one listener. begin, commit and log_global_* carry no space and no section.
struct Callback {
  CallbackKind kind = CallbackKind::kBegin;
  ListenerSlot listener;
  SpaceSlot space;
  Section section;
  // log_start, log_stop: old and new mask. eventfd_*: match, data, notifier. coalesced_io_*: start,
  // length.
  std::array<std::uint64_t, 3> extra{};
  bool operator==(const Callback&) const = default;
};

// One call of a device's read or write callback. The value of a read follows from the offset and is
// not kept.
struct DeviceAccess {
  RegionSlot region;
  bool is_write = false;
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::uint64_t value = 0;
  bool operator==(const DeviceAccess&) const = default;
};

struct RangeSeen {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // Inclusive.
  RegionSlot region;
  std::uint64_t offset = 0;
  bool readonly = false;
  bool nonvolatile = false;
  bool unmergeable = false;
  bool romd_mode = false;
  std::uint8_t log_mask = 0;
  bool operator==(const RangeSeen&) const = default;
};

// Half-open bounds of a step's part of one of the trace's vectors.
struct Extent {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const Extent&) const = default;
};

// The published view of one live address space.
struct ViewSeen {
  SpaceSlot space;
  RegionSlot root;
  std::uint64_t origin = 0;  // Where offset 0 of the root lies: its address in all its containers.
  // What the root was resolved to (memory-map 2.3); absent for the empty view.
  RegionSlot view_root;
  // The first live address space with the very same view object; itself if there is none before.
  SpaceSlot shares_with;
  Extent ranges;  // Of Trace::ranges.
  bool operator==(const ViewSeen&) const = default;
};

// memory_region_find (6.10) and address_space_translate (6.2).
struct Found {
  bool found = false;
  Section section;
  bool operator==(const Found&) const = default;
};
struct Translated {
  RegionSlot region;          // Absent: unassigned.
  std::uint64_t address = 0;  // The offset in the region; the address itself where unassigned.
  std::uint64_t length = 0;
  bool operator==(const Translated&) const = default;
};

enum class AnswerKind : std::uint8_t { kNone, kFound, kTranslated, kRead, kWritten };

struct Answer {
  AnswerKind kind = AnswerKind::kNone;
  Found found;
  Translated translated;
  std::uint32_t result = 0;             // MEMTX bits of a read or write, OR-ed (6.4).
  std::array<std::uint8_t, 64> data{};  // Of a read; `length` bytes, zeros behind.
  std::uint8_t length = 0;
  bool operator==(const Answer&) const = default;
};

struct Step {
  std::string_view refusal;  // One word, of static storage; empty when granted.
  Extent callbacks;
  Extent accesses;
  Extent views;              // Empty unless the operation prints views.
  std::int32_t answer = -1;  // Index in Trace::answers.
  bool operator==(const Step&) const = default;
};

struct Trace {
  std::vector<Step> steps;
  std::vector<Callback> callbacks;
  std::vector<DeviceAccess> accesses;
  std::vector<ViewSeen> views;
  std::vector<RangeSeen> ranges;
  std::vector<Answer> answers;
  std::uint64_t depth = 0;  // Of open transactions after the last step.

  // Empties it and keeps its memory.
  void Clear() {
    steps.clear();
    callbacks.clear();
    accesses.clear();
    views.clear();
    ranges.clear();
    answers.clear();
    depth = 0;
  }
};

}  // namespace flatcheck
