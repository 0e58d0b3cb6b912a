// Why a request on the map was not granted. A refused request has changed nothing and called
// nobody.

#pragma once

#include <cstdint>
#include <string_view>

namespace flatcheck::engine {

enum class Refusal : std::uint8_t {
  kNone,
  kHasParent,     // The child has a container already.
  kNotChild,      // The region is not in that container.
  kCycle,         // The child would contain or show itself.
  kTooDeep,       // MapLimits::depth_max.
  kTooManyPaths,  // MapLimits::paths_max.
  kNotAlias,
  kBadSize,    // RAM of 0 bytes or of part of a page; a RAM region grown beyond its block.
  kNoMemory,   // MapLimits::ram_bytes_max; no room in the ram_addr space or on the host.
  kHostError,  // A memfd or file; Created::host_error says what.
  kNotResizeable,
  kNoBlock,  // The region has no RamBlock of its own.
  kBadRange,
  kNotLogging,  // A stop without its start.
  kAlreadyLogging,
  kAbsent,  // No such ioeventfd; no such registration.
  kDepth,   // A commit without its begin; a destruction within a transaction.
  kHasListeners,
  kIsRoot,       // The region is an address space's root.
  kIsTarget,     // An alias shows the region.
  kHasMappings,  // A Mapping or CachedTranslation uses it.
  kHasNotifiers,
  kNotIommu,
  kBadFlags,       // A notifier that wants nothing.
  kBadPermission,  // An unmap event with a permission.
  kNotInside,      // An event that a notifier holds in part.
  kDeviceRefuses,
  kAlreadyRegistered,
  kInCallback,  // Listeners are being called (engine/map/memory_listener.h).
  kInAccess,    // A device, notifier or `resized` is being called: nothing may be destroyed.
  kTooLong,     // MapLimits::access_valid_max or replay_pages_max.
};

// A value, or why there is none.
template <class T>
struct Answered {
  T value{};
  Refusal refusal = Refusal::kNone;
};

// One word, of static storage; empty for kNone.
constexpr std::string_view ToString(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      return "";
    case Refusal::kHasParent:
      return "has-parent";
    case Refusal::kNotChild:
      return "not-child";
    case Refusal::kCycle:
      return "cycle";
    case Refusal::kTooDeep:
      return "too-deep";
    case Refusal::kTooManyPaths:
      return "too-many-paths";
    case Refusal::kNotAlias:
      return "not-alias";
    case Refusal::kBadSize:
      return "bad-size";
    case Refusal::kNoMemory:
      return "no-memory";
    case Refusal::kHostError:
      return "host-error";
    case Refusal::kNotResizeable:
      return "not-resizeable";
    case Refusal::kNoBlock:
      return "no-block";
    case Refusal::kBadRange:
      return "bad-range";
    case Refusal::kNotLogging:
      return "not-logging";
    case Refusal::kAlreadyLogging:
      return "already-logging";
    case Refusal::kAbsent:
      return "absent";
    case Refusal::kDepth:
      return "depth";
    case Refusal::kHasListeners:
      return "has-listeners";
    case Refusal::kIsRoot:
      return "is-root";
    case Refusal::kIsTarget:
      return "is-target";
    case Refusal::kHasMappings:
      return "has-mappings";
    case Refusal::kHasNotifiers:
      return "has-notifiers";
    case Refusal::kNotIommu:
      return "not-iommu";
    case Refusal::kBadFlags:
      return "bad-flags";
    case Refusal::kBadPermission:
      return "bad-permission";
    case Refusal::kNotInside:
      return "not-inside";
    case Refusal::kDeviceRefuses:
      return "device-refuses";
    case Refusal::kAlreadyRegistered:
      return "already-registered";
    case Refusal::kInCallback:
      return "in-callback";
    case Refusal::kInAccess:
      return "in-access";
    case Refusal::kTooLong:
      return "too-long";
  }
  return "";
}

}  // namespace flatcheck::engine
