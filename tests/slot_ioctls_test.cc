#include "fuzz/oracles/slot_ioctls.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace flatcheck {
namespace {

// Of one page, by what it shows.
SlotSeen At(std::uint64_t address, std::uint16_t region, bool logs = false) {
  return {.guest_address = address, .size = 0x1000, .region = {region}, .logs_dirty_pages = logs};
}

using Slots = std::vector<SlotSeen>;

TEST(SlotIoctls, NothingIsAskedForWhatStays) {
  const Slots slots = {At(0x1000, 0), At(0x3000, 1, true)};
  EXPECT_EQ(SlotIoctlsAtMost(slots, slots), 0U);
}

TEST(SlotIoctls, WhatGoesComesOrIsLoggedTakesOne) {
  EXPECT_EQ(SlotIoctlsAtMost({At(0x1000, 0)}, {}), 1U);
  EXPECT_EQ(SlotIoctlsAtMost({}, {At(0x1000, 0)}), 1U);
  EXPECT_EQ(SlotIoctlsAtMost({At(0x1000, 0)}, {At(0x1000, 0, true)}), 1U);
  EXPECT_EQ(SlotIoctlsAtMost({At(0x1000, 0)}, {At(0x1000, 1)}), 2U);
}

TEST(SlotIoctls, AMoveTakesOneAndASwapOneMore) {
  EXPECT_EQ(SlotIoctlsAtMost({At(0x1000, 0)}, {At(0x5000, 0)}), 1U);
  EXPECT_EQ(SlotIoctlsAtMost({At(0x1000, 0), At(0x2000, 1)}, {At(0x1000, 1), At(0x2000, 0)}), 3U);
}

TEST(SlotIoctls, AMoveToAPlaceThatIsFreedTakesOne) {
  EXPECT_EQ(SlotIoctlsAtMost({At(0x1000, 0), At(0x2000, 1)}, {At(0x2000, 0)}), 2U);
}

TEST(SlotIoctls, OfARotationAllButOneMayGoAndCome) {
  const Slots before = {At(0x1000, 0), At(0x2000, 1), At(0x3000, 2)};
  EXPECT_EQ(SlotIoctlsAtMost(before, {At(0x1000, 2), At(0x2000, 0), At(0x3000, 1)}), 5U);
}

TEST(SlotIoctls, ALogThatOutlivesItsFetchingTakesItsSlotAlong) {
  const Slots logged = {At(0x1000, 0, true)};
  EXPECT_EQ(SlotIoctlsAtMost(logged, logged, {.logs_stay = true}), 2U);
  EXPECT_EQ(SlotIoctlsAtMost(logged, {}, {.logs_stay = true}), 1U);
  EXPECT_EQ(SlotIoctlsAtMost(logged, {At(0x5000, 0, true)}, {.logs_stay = true}), 2U);
}

TEST(SlotIoctls, OfASpaceThatIsDestroyedLoggingStopsFirst) {
  EXPECT_EQ(SlotIoctlsAtMost({At(0x1000, 0, true)}, {}, {.is_space_destroyed = true}), 3U);
  EXPECT_EQ(SlotIoctlsAtMost({At(0x1000, 0)}, {}, {.is_space_destroyed = true}), 1U);
}

}  // namespace
}  // namespace flatcheck
