// A Model is a guest's memory map, written to be believed: regions in a vector, and after every
// change all views anew.
//
// NEVER USE IT IN A VIRTUAL MACHINE. It asks the whole tree about every address at which an answer
// could change, it is quadratic wherever that reads better, and it remembers little. What it is for
// is to be compared with: it states the rules so plainly that they can be checked by reading.
//
// Requests say why they are refused, in one word of corpus/README.md, or are granted (an empty
// word). A refused request changes nothing and calls nobody. The words are spelled where the checks
// are, so that the code can be laid beside the table.
//
// Invariants:
//   1. The edges container -> child and alias -> target form no cycle.
//   2. No transaction open: nothing is pending.
//   3. Every live space has a view. Those of one canonical root are one object.
//
// Not here: who answers at an address (model_view.h), what listeners hear (model_events.h), reads
// and writes (model_memory.h).

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "reference/model_events.h"
#include "reference/model_memory.h"
#include "reference/model_view.h"
#include "reference/region.h"

namespace flatcheck::reference {

using Refusal = std::string_view;

struct Limits {
  std::uint64_t page_size = 0;
  std::uint64_t ram_bytes_max = 0;
  std::uint64_t paths_max = 0;
  std::size_t depth_max = 0;
};

struct Space {
  bool is_live = false;
  RegionId root = kNone;
  std::shared_ptr<const View> view;
  std::vector<Eventfd> eventfds;  // Of the view, as listeners know them.
};

class Model {
 public:
  explicit Model(const Limits& limits) : limits_(limits) { regions_.reserve(32); }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  // Creations take the next number of their kind, also when they are refused.
  [[nodiscard]] Refusal CreateRegion(Kind kind, Wide size);
  [[nodiscard]] Refusal CreateAlias(Wide size, RegionId target, std::uint64_t offset);
  [[nodiscard]] Refusal CreateSpace(RegionId root);
  [[nodiscard]] Refusal Listen(SpaceId space, std::uint32_t priority);
  [[nodiscard]] Refusal DestroyRegion(RegionId id);
  [[nodiscard]] Refusal DestroySpace(SpaceId id);
  [[nodiscard]] Refusal Unlisten(ListenerId id);

  [[nodiscard]] Refusal Add(RegionId parent, std::uint64_t offset, RegionId child,
                            std::int32_t priority);
  [[nodiscard]] Refusal Remove(RegionId parent, RegionId child);

  enum class Toggle { kOff, kOn };
  [[nodiscard]] Refusal SetEnabled(RegionId id, Toggle toggle);
  // `flag` is one of readonly, nonvolatile, unmergeable, romd_mode.
  [[nodiscard]] Refusal SetFlag(RegionId id, bool Region::*flag, Toggle toggle);
  [[nodiscard]] Refusal SetAddress(RegionId id, std::uint64_t address);
  [[nodiscard]] Refusal SetSize(RegionId id, Wide size);
  [[nodiscard]] Refusal SetAliasOffset(RegionId id, std::uint64_t offset);

  [[nodiscard]] Refusal SetLogging(RegionId id, Toggle toggle);
  [[nodiscard]] Refusal SetGlobalLogging(Toggle toggle);
  void SyncLogs();
  [[nodiscard]] Refusal ClearLog(RegionId id, std::uint64_t start, std::uint64_t length);

  void Begin() { ++depth_; }
  [[nodiscard]] Refusal Commit();
  std::uint64_t depth() const { return depth_; }

  [[nodiscard]] Refusal AddEventfd(RegionId id, const Eventfd& eventfd);
  [[nodiscard]] Refusal RemoveEventfd(RegionId id, const Eventfd& eventfd);
  [[nodiscard]] Refusal AddCoalesced(RegionId id, const CoalescedWindow& window);
  [[nodiscard]] Refusal ClearCoalesced(RegionId id);

  bool IsLiveRegion(RegionId id) const;
  bool IsLiveSpace(SpaceId id) const;
  const std::vector<Space>& spaces() const { return spaces_; }

  // REQUIRES: the region, the space is live.
  // Where offset 0 of the region lies in its topmost container, that one's own address included.
  std::uint64_t OriginOf(RegionId id) const;
  std::optional<Range> Find(RegionId id, std::uint64_t address, std::uint64_t size) const;
  Translation Translate(SpaceId id, std::uint64_t address, std::uint64_t length) const;
  std::uint32_t Read(SpaceId id, std::uint64_t address, std::span<std::uint8_t> bytes);
  std::uint32_t Write(SpaceId id, std::uint64_t address, std::span<const std::uint8_t> bytes);

  // What listeners heard and devices were asked, for the caller to take and clear.
  std::vector<Event>& events() { return audience_.events(); }
  std::vector<DeviceCall>& device_calls() { return device_calls_; }

 private:
  enum class Change { kUnseen, kTopology, kEventfds };

  // The longest chain of edges below a region, counted in regions, and all chains.
  struct Growth {
    std::uint64_t depth = 0;
    std::uint64_t paths = 0;
  };

  bool HasRoomFor(Wide size) const;
  bool Reaches(RegionId from, RegionId to) const;
  Refusal Overgrowth() const;
  Growth Measure(RegionId id, std::vector<Growth>& measured) const;
  void Attach(RegionId parent, RegionId child);
  void Detach(RegionId child);

  void Touch(Change change);
  void PublishPending();
  void PublishTopology();
  void PublishView(SpaceId id);
  void PublishEventfds(SpaceId id);
  std::shared_ptr<const View> ViewOf(RegionId root);
  void TellCoalesced(EventKind kind, RegionId id, const CoalescedWindow& window);
  Bus BusOf(SpaceId id);

  const Limits limits_;
  std::vector<Region> regions_;
  std::vector<Space> spaces_;
  Audience audience_;
  ListenerId listeners_created_ = 0;
  std::vector<DeviceCall> device_calls_;

  std::uint64_t depth_ = 0;
  bool is_topology_pending_ = false;
  bool are_eventfds_pending_ = false;
  bool is_global_logging_ = false;

  // Views since the last publication, one for each canonical root. One that the creation of a space
  // rendered stays, though the tree moves on or the space goes, until the next publication.
  std::vector<std::shared_ptr<const View>> shared_views_;
  // Of every root through which nothing shows, at all times.
  const std::shared_ptr<const View> empty_view_ = std::make_shared<View>();
};

}  // namespace flatcheck::reference
