// The MemoryRegionOps of emitted C.

#pragma once

#include <string>
#include <string_view>

#include "fuzz/operands.h"

namespace flatcheck {

// `&device_ops`, or the table of its own that a device with a profile has.
std::string QemuOpsOf(std::string_view device, const Profile& profile);

// The definition of that table and of its functions; empty for the plainest device. `size` is that
// of the region.
std::string QemuOpsDefinition(std::string_view device, const Profile& profile, RegionSize size);

}  // namespace flatcheck
