// How a device of an emitted test is made that has a profile.

#pragma once

#include <string>

#include "fuzz/operands.h"

namespace flatcheck {

// The arguments that make a ProfiledDevice behave so: `{.order = ByteOrder::kBig}, nullptr, 0xf0`.
// Empty for the plainest device. `size` is that of its region.
std::string ProfileArguments(const Profile& profile, RegionSize size);

}  // namespace flatcheck
