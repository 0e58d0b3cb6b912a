// How a device of an emitted test is made that has a profile.

#pragma once

#include <string>
#include <vector>

#include "fuzz/operands.h"

namespace flatcheck {

// The arguments that make a ProfiledDevice behave so: `{.order = ByteOrder::kBig}`, `nullptr`,
// `0xf0`. None for the plainest device. `size` is that of its region.
std::vector<std::string> ProfileArguments(const Profile& profile, RegionSize size);

}  // namespace flatcheck
