#include "fuzz/engine_reentry.h"

#include <array>
#include <cstddef>

#include "engine/ram/dirty_log.h"
#include "engine/ram/dirty_transfer.h"

namespace flatcheck {
namespace {

struct Caller {
  engine::MemoryMap& map;
  engine::MemoryRegion& region;
  engine::AddressSpace& space;
  engine::MemoryListener& listener;
};

using Request = engine::Refusal (*)(const Caller&);

// Each would be granted, or refused for another reason, outside a callback.
constexpr auto kRequests = std::to_array<Request>({
    [](const Caller& c) { return c.map.Begin(); },
    [](const Caller& c) { return c.map.Commit(); },
    [](const Caller& c) { return c.map.SetEnabled(c.region, !c.region.enabled()); },
    [](const Caller& c) { return c.map.SetReadonly(c.region, !c.region.readonly()); },
    [](const Caller& c) { return c.map.SetNonvolatile(c.region, !c.region.nonvolatile()); },
    [](const Caller& c) { return c.map.SetUnmergeable(c.region, !c.region.unmergeable()); },
    [](const Caller& c) { return c.map.SetRomdMode(c.region, !c.region.romd_mode()); },
    [](const Caller& c) { return c.map.SetAddress(c.region, ~c.region.address()); },
    [](const Caller& c) { return c.map.SetSize(c.region, 1); },
    [](const Caller& c) { return c.map.SetAliasOffset(c.region, ~c.region.alias_offset()); },
    [](const Caller& c) { return c.map.AddSubregion(c.region, 0, c.region); },
    [](const Caller& c) { return c.map.DelSubregion(c.region, c.region); },
    [](const Caller& c) { return c.map.Destroy(c.region); },
    [](const Caller& c) { return c.map.CreateContainer("", 1).refusal; },
    [](const Caller& c) { return c.map.CreateReservation("", 1).refusal; },
    [](const Caller& c) { return c.map.CreateRam("", c.map.limits().page_size).refusal; },
    [](const Caller& c) { return c.map.CreateResizeableRam("", 1, 1).refusal; },
    [](const Caller& c) { return c.map.CreateAlias("", 1, c.region, 0).refusal; },
    [](const Caller& c) { return c.map.StartLog(c.region); },
    [](const Caller& c) { return c.map.StopLog(c.region); },
    [](const Caller& c) { return c.map.StartGlobalLog(); },
    [](const Caller& c) { return c.map.StopGlobalLog(); },
    [](const Caller& c) { return c.map.SyncLog(); },
    [](const Caller& c) { return c.map.EndLogSync(); },
    [](const Caller& c) { return c.map.ClearLog(c.region, 0, 1); },
    [](const Caller& c) { return c.map.ResizeRam(c.region, 1); },
    [](const Caller& c) { return c.map.AddIoEventfd(c.region, {}); },
    [](const Caller& c) { return c.map.DelIoEventfd(c.region, {}); },
    [](const Caller& c) { return c.map.AddCoalescing(c.region, 0, 1); },
    [](const Caller& c) { return c.map.ClearCoalescing(c.region); },
    [](const Caller& c) { return c.map.CreateAddressSpace("", c.region).refusal; },
    [](const Caller& c) { return c.map.DestroyAddressSpace(c.space); },
    [](const Caller& c) { return c.map.RegisterListener(c.listener, c.space, 0); },
    [](const Caller& c) { return c.map.UnregisterListener(c.listener); },
    [](const Caller& c) {
      constexpr engine::ByteRange kFirst{0, 1};
      return TestAndClearDirty(c.map, c.region, kFirst, engine::DirtyClient::kVga).refusal;
    },
    [](const Caller& c) {
      constexpr engine::ByteRange kFirst{0, 1};
      return SnapshotAndClearDirty(c.map, c.region, kFirst, engine::DirtyClient::kVga).refusal;
    },
    [](const Caller& c) {
      std::array<std::uint64_t, 1> pages{};
      return MoveMigrationDirty(c.map, c.region, {0, 1}, pages).refusal;
    },
});

}  // namespace

bool IsRefusedInCallback(engine::MemoryMap& map, engine::MemoryRegion& region,
                         engine::AddressSpace& space, engine::MemoryListener& listener,
                         std::uint64_t request) {
  const Request ask = kRequests[static_cast<std::size_t>(request % kRequests.size())];
  return ask({map, region, space, listener}) == engine::Refusal::kInCallback;
}

bool IsRefusedInAccess(engine::MemoryMap& map, engine::MemoryRegion& region,
                       engine::AddressSpace* space) {
  return map.Destroy(region) == engine::Refusal::kInAccess &&
         (space == nullptr || map.DestroyAddressSpace(*space) == engine::Refusal::kInAccess);
}

}  // namespace flatcheck
