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
  kLogGlobalAfterSync,
};

constexpr bool HasSection(CallbackKind kind) {
  return kind > CallbackKind::kLogGlobalStop && kind != CallbackKind::kLogGlobalAfterSync;
}

// One call of one listener. begin, commit and log_global_* carry no space and no
// section.
struct Callback {
  CallbackKind kind = CallbackKind::kBegin;
  ListenerSlot listener;
  SpaceSlot space;
  Section section;
  // log_start, log_stop: old and new mask. eventfd_*: match, data, notifier. coalesced_io_*: start,
  // length.
  std::array<std::uint64_t, 3> extra{};
  // The space publishes what is due: the old view until both passes are over (memory-map 4.2).
  bool view_is_due = true;
  bool request_refused = true;  // Of what a callback may not ask.
  bool operator==(const Callback&) const = default;
};

enum class DeviceCallKind : std::uint8_t {
  kRead,       // offset, size. The value of a read follows from the offset and is not kept.
  kWrite,      // offset, size, value.
  kTranslate,  // An IOMMU's table is asked. offset: the IOVA; value: 0 none, 1 read, 2 write.
  kFlags,      // An IOMMU's events are wanted. offset: the flags until now; value: from now on.
  kNotify,     // offset: the IOVA; size: the mask; value: the address; permission.
  kResized,    // A block has another length. size.
};

// One call of what stands behind a region: a device, an IOMMU, the owner of a block, or a notifier.
struct DeviceCall {
  DeviceCallKind kind = DeviceCallKind::kRead;
  RegionSlot region;           // Absent for kNotify.
  IommuNotifierSlot notifier;  // Of kNotify.
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t value = 0;
  std::uint8_t permission = 0;
  std::uint64_t callbacks_before = 0;  // Of listeners, in the same operation.
  bool destroys_refused = true;        // Meanwhile.
  bool guard_is_right = true;          // In what it lets in meanwhile (memory-map 6.6).
  bool operator==(const DeviceCall&) const = default;
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

// address_space_map (6.9).
struct Mapped {
  enum class Way : std::uint8_t { kNone, kBounce, kDirect };
  Way way = Way::kNone;
  RegionSlot region;         // kDirect: the block's owner,
  std::uint64_t offset = 0;  // and where in the block.
  std::uint64_t length = 0;
  bool operator==(const Mapped&) const = default;
};

// Where a host pointer lies: in which region's block, and where.
struct HostPlace {
  RegionSlot region;  // Absent: there is no host pointer.
  std::uint64_t offset = 0;
  std::uint64_t ram_address = 0;
  bool operator==(const HostPlace&) const = default;
};

// address_space_get_iotlb_entry (6.2).
struct Iotlb {
  SpaceSlot space;  // Absent: failure.
  std::uint64_t iova = 0;
  std::uint64_t address = 0;
  std::uint64_t mask = 0;
  std::uint8_t permission = 0;
  bool operator==(const Iotlb&) const = default;
};

// A RAM block, as the list has it (7.1 to 7.3).
struct BlockSeen {
  RegionSlot region;
  std::uint64_t offset = 0;
  std::uint64_t used_length = 0;
  std::uint64_t max_length = 0;
  bool operator==(const BlockSeen&) const = default;
};

// Dirty pages that follow each other, in pages of the block, both ends included.
struct PageRun {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool operator==(const PageRun&) const = default;
};

enum class AnswerKind : std::uint8_t {
  kNone,
  kFound,
  kTranslated,
  kRead,         // result, data, length.
  kWritten,      // result.
  kLoaded,       // result, value.
  kStored,       // result.
  kAccessValid,  // yes.
  kRomWritten,   // result.
  kRamResized,   // yes: done.
  kBlocks,       // list: of Trace::blocks.
  kDirty,        // yes: any; list: of Trace::page_runs.
  kTestCleared,  // yes: something was dirty.
  kSnapshot,     // list: of Trace::page_runs.
  kMapped,       // mapped.
  kPeeked,       // data, length.
  kPoked,
  kUnmapped,
  kHostOf,         // place.
  kRegionPointer,  // place, without the ram address.
  kIotlb,          // iotlb.
  kNotifierAdded,  // yes: done.
  kNotified,
  kReplayed,
};

// The fields that the kind does not name are as they are here.
struct Answer {
  AnswerKind kind = AnswerKind::kNone;
  bool yes = false;
  Found found;
  Translated translated;
  std::uint32_t result = 0;             // MEMTX bits, OR-ed over the parts (6.4).
  std::array<std::uint8_t, 64> data{};  // `length` bytes, zeros behind.
  std::uint8_t length = 0;
  std::uint64_t value = 0;
  Extent list;
  Mapped mapped;
  HostPlace place;
  Iotlb iotlb;
  bool operator==(const Answer&) const = default;
};

// All RAM of a machine but its bytes.
struct MemorySeen {
  struct Dirty {
    std::array<Extent, 3> runs;  // Of `page_runs`, by client.
  };
  std::vector<BlockSeen> blocks;  // In list order.
  std::vector<Dirty> dirty;       // Of each block.
  std::vector<PageRun> page_runs;

  // Empties it and keeps its memory.
  void Clear() {
    blocks.clear();
    dirty.clear();
    page_runs.clear();
  }
};

struct Step {
  std::string_view refusal;  // One word, of static storage; empty when granted.
  Extent callbacks;
  Extent device_calls;
  Extent views;              // Empty unless the operation prints views.
  std::int32_t answer = -1;  // Index in Trace::answers.
  Extent signals = {};
  bool operator==(const Step&) const = default;
};

struct Trace {
  std::vector<Step> steps;
  std::vector<Callback> callbacks;
  std::vector<DeviceCall> device_calls;
  std::vector<std::uint32_t> signals;  // Notifiers of the ioeventfds that took writes (5.6).
  std::vector<ViewSeen> views;
  std::vector<RangeSeen> ranges;
  std::vector<Answer> answers;
  std::vector<BlockSeen> blocks;
  std::vector<PageRun> page_runs;
  std::uint64_t depth = 0;  // Of open transactions after the last step.

  // Empties it and keeps its memory.
  void Clear() {
    steps.clear();
    callbacks.clear();
    device_calls.clear();
    signals.clear();
    views.clear();
    ranges.clear();
    answers.clear();
    blocks.clear();
    page_runs.clear();
    depth = 0;
  }
};

// Whether the step was granted and did what it was to do: a mapping may fail, and so may a resize
// and an IOMMU notifier.
inline bool TookEffect(const Trace& trace, const Step& step) {
  if (!step.refusal.empty()) return false;
  if (step.answer < 0) return true;
  const Answer& answer = trace.answers[static_cast<std::size_t>(step.answer)];
  if (answer.kind == AnswerKind::kMapped) return answer.mapped.way != Mapped::Way::kNone;
  const bool may_fail =
      answer.kind == AnswerKind::kRamResized || answer.kind == AnswerKind::kNotifierAdded;
  return !may_fail || answer.yes;
}

}  // namespace flatcheck
