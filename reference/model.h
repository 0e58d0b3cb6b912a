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
//   4. The RAM list holds the regions with a block, and their blocks do not overlap.
//
// Not here: who answers at an address (model_view.h), what listeners hear (model_events.h), where
// accesses go (model_translation.h) and what they do there (model_memory.h).
//
// IMPLEMENTATION: model.cc has the tree and its publication, model_ram.cc blocks, model_log.cc
// logging and dirty pages, model_mapping.cc mappings, model_iommu.cc tables and notifiers.

#pragma once

#include <cstddef>
#include <cstdint>
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

// What a request that has an answer comes to.
template <class Answer>
struct Reply {
  Refusal refusal;
  Answer answer{};
};

struct Limits {
  std::uint64_t page_size = 0;  // A power of two.
  std::uint64_t ram_bytes_max = 0;
  std::uint64_t paths_max = 0;
  std::size_t depth_max = 0;
  std::uint64_t validity_length_max = 0;
  std::uint64_t replay_pages_max = 0;
  unsigned iommu_levels_max = 0;
};

// A part of guest memory that a device holds on to: bytes of a block, or where that cannot be had,
// a bounce buffer.
struct Mapping {
  bool is_live = false;
  SpaceId space = kNone;
  Direction direction = Direction::kRead;
  std::uint64_t address = 0;
  std::uint64_t length = 0;
  RegionId region = kNone;  // kNone of the bounce buffer.
  std::uint64_t offset = 0;
  std::vector<std::uint8_t> bounce;
};

// A region with a block, and an offset in it.
struct BlockPlace {
  RegionId region = kNone;
  std::uint64_t offset = 0;
};

class Model {
 public:
  explicit Model(const Limits& limits) : limits_(limits) { regions_.reserve(64); }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  // Creations take the next number of their kind, also when they are refused.
  [[nodiscard]] Refusal CreateRegion(Kind kind, Wide size, const Profile& profile = {});
  [[nodiscard]] Refusal CreateResizeable(Wide size, Wide size_max);
  [[nodiscard]] Refusal CreateIommu(Wide size, bool is_traced, bool refuses_mappings);
  [[nodiscard]] Refusal CreateAlias(Wide size, RegionId target, std::uint64_t offset);
  [[nodiscard]] Refusal CreateSpace(RegionId root);
  [[nodiscard]] Refusal Listen(SpaceId space, std::uint32_t priority);
  [[nodiscard]] Refusal DestroyRegion(RegionId id);
  [[nodiscard]] Refusal DestroySpace(SpaceId id);
  [[nodiscard]] Refusal Unlisten(ListenerId id);
  // Lets the ear listen to a space until that is destroyed, which it does not stand in the way of.
  // REQUIRES: the space is live; the ear outlives it, or the model's last request.
  void AttachEar(Ear& ear, SpaceId space, std::uint32_t priority);

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

  // Dirty pages of a region's own block, for one client, counted from the start of the block.
  // FindDirty puts them in place of what `found` held; Snapshot and TestAndClear clear them.
  using Pages = std::vector<PageRun>;
  [[nodiscard]] Refusal FindDirty(RegionId id, std::uint64_t start, std::uint64_t length,
                                  std::uint8_t client, Pages& found) const;
  Reply<bool> TestAndClear(RegionId id, std::uint64_t start, std::uint64_t length,
                           std::uint8_t client);
  Reply<Pages> Snapshot(RegionId id, std::uint64_t start, std::uint64_t length,
                        std::uint8_t client);
  [[nodiscard]] Refusal SetDirty(RegionId id, std::uint64_t start, std::uint64_t length);

  // Whether the block took the size.
  Reply<bool> ResizeBlock(RegionId id, Wide size);
  // Where a region's memory is, behind all aliases.
  Reply<BlockPlace> Pointer(RegionId id) const;
  const std::vector<RegionId>& ram_list() const { return ram_list_; }
  // Null if the region has none. REQUIRES: it is live.
  const RamBlock* block(RegionId id) const { return regions_[id].block.get(); }

  void Begin() { ++depth_; }
  [[nodiscard]] Refusal Commit();
  std::uint64_t depth() const { return depth_; }

  [[nodiscard]] Refusal AddEventfd(RegionId id, const Eventfd& eventfd);
  [[nodiscard]] Refusal RemoveEventfd(RegionId id, const Eventfd& eventfd);
  [[nodiscard]] Refusal AddCoalesced(RegionId id, const CoalescedWindow& window);
  [[nodiscard]] Refusal ClearCoalesced(RegionId id);

  bool IsLiveRegion(RegionId id) const;
  bool IsLiveSpace(SpaceId id) const;
  const std::vector<Region>& regions() const { return regions_; }
  const std::vector<Space>& spaces() const { return spaces_; }

  // Whether every part of an access would be accepted.
  Reply<bool> IsAccessValid(SpaceId space, std::uint64_t address, std::uint64_t length,
                            Direction direction);

  // Mappings and notifiers are numbered as other objects are. One that failed is not live.
  [[nodiscard]] Refusal Map(SpaceId space, std::uint64_t address, std::uint64_t length,
                            Direction direction);
  [[nodiscard]] Refusal Unmap(MappingId id, std::uint64_t length_accessed);
  [[nodiscard]] Refusal Peek(MappingId id, std::uint64_t start,
                             std::span<std::uint8_t> bytes) const;
  [[nodiscard]] Refusal Poke(MappingId id, std::uint64_t start,
                             std::span<const std::uint8_t> bytes);
  const std::vector<Mapping>& mappings() const { return mappings_; }

  [[nodiscard]] Refusal AddIommuEntry(RegionId id, const IommuEntry& entry);
  [[nodiscard]] Refusal RemoveIommuEntry(RegionId id, std::uint64_t address);
  // `notifier` names a region, or an alias of it.
  [[nodiscard]] Refusal Register(Notifier notifier);
  [[nodiscard]] Refusal Unregister(NotifierId id);
  [[nodiscard]] Refusal Notify(RegionId id, const IommuEvent& event);
  [[nodiscard]] Refusal Replay(NotifierId id);
  const std::vector<Notifier>& notifiers() const { return notifiers_; }

  // REQUIRES of what follows: the region, the space is live.
  // Where offset 0 of the region lies in its topmost container, that one's own address included.
  std::uint64_t OriginOf(RegionId id) const;
  Part Find(RegionId id, std::uint64_t address, std::uint64_t size) const;
  // Translations by IOMMUs are added to `calls`, as others are to device_calls(); null: to nothing.
  Translation Translate(SpaceId space, std::uint64_t address, std::uint64_t length,
                        Direction direction, std::vector<DeviceCall>* calls) const;
  IotlbEntry FindIotlbEntry(SpaceId space, std::uint64_t address, Direction direction);
  // The block's byte that a read of the address goes to directly.
  std::optional<BlockPlace> HostPlace(SpaceId space, std::uint64_t address,
                                      std::vector<DeviceCall>* calls) const;
  // Reads, writes and the like.
  Bus bus();

  // What listeners heard and devices were asked, for the caller to take and clear.
  std::vector<Event>& events() { return audience_.events(); }
  std::vector<DeviceCall>& device_calls() { return device_calls_; }
  // Notifiers of the ioeventfds that took writes; for the caller, too.
  std::vector<std::uint8_t>& signals() { return signals_; }

 private:
  enum class Change { kUnseen, kTopology, kEventfds };

  // The longest chain of edges below a region, counted in regions, and all chains.
  struct Growth {
    std::uint64_t depth = 0;
    std::uint64_t paths = 0;
  };

  RegionId Append(Kind kind, Wide size);
  Refusal GiveBlock(Region& region, Wide used, Wide max);
  std::optional<std::uint64_t> FindRamOffset(std::uint64_t size) const;
  void ListBlock(RegionId id);
  void ClearAll(RegionId id);
  Refusal CheckBlock(RegionId id, std::uint64_t start, std::uint64_t length,
                     std::uint64_t RamBlock::*limit) const;
  PageRun PagesOfBlock(RegionId id, std::uint64_t start, std::uint64_t length) const;
  void TellSync(RegionId id);
  bool Reaches(RegionId from, RegionId to) const;
  Refusal Overgrowth();
  Growth Measure(RegionId id);
  void Join(const Listener& listener);
  void Attach(RegionId parent, RegionId child);
  void Detach(RegionId child);

  void Touch(Change change);
  void PublishPending();
  void PublishTopology();
  void PublishView(SpaceId id);
  void PublishEventfds(SpaceId id);
  const View& ViewOf(RegionId root);
  void TellCoalesced(EventKind kind, RegionId id, const CoalescedWindow& window);
  std::uint8_t migration_mask() const { return is_global_logging_ ? kMigrationMask : 0; }
  bool IsLiveMapping(MappingId id) const;
  Refusal CheckMapping(MappingId id, std::uint64_t start, std::uint64_t length) const;
  bool IsLiveNotifier(NotifierId id) const;
  bool UpdateNotifierFlags(RegionId id);
  void TellNotifier(NotifierId id, const IommuEvent& event);

  const Limits limits_;
  std::vector<Region> regions_;
  std::vector<Growth> measured_;  // By region, while Overgrowth measures; nothing else needs it.
  std::vector<Space> spaces_;
  std::vector<RegionId> ram_list_;  // The largest block first, of one size the oldest.
  DirtyPages dirty_;                // Of ram_addr space.
  std::vector<Mapping> mappings_;
  bool is_bounce_buffer_taken_ = false;
  std::vector<Notifier> notifiers_;
  Audience audience_;
  ListenerId listeners_created_ = 0;
  std::vector<DeviceCall> device_calls_;
  std::vector<std::uint8_t> signals_;

  std::uint64_t depth_ = 0;
  bool is_topology_pending_ = false;
  bool are_eventfds_pending_ = false;
  bool is_global_logging_ = false;

  // Views since the last publication, one for each canonical root. One that the creation of a space
  // rendered stays, though the tree moves on or the space goes, until the next publication.
  Views views_;
  Views views_before_;  // Those of the publication before, while they are compared with.
  // Of every root through which nothing shows, at all times.
  const View empty_view_;
};

}  // namespace flatcheck::reference
