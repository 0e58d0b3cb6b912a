#include "fuzz/operand_nudge.h"

#include <algorithm>
#include <cstddef>

namespace flatcheck {
namespace {

constexpr std::uint8_t kAccessSizes[] = {0, 1, 2, 4, 8};

// One end of a range of sizes, and the other where the two would cross.
void NudgeSizes(AccessSizes& sizes, Random& random) {
  const std::uint8_t size = random.Pick(kAccessSizes);
  if (random.OneIn(2)) {
    sizes = {size, std::max(size, sizes.max)};
  } else {
    sizes = {std::min(size, sizes.min), size};
  }
}

void NudgeFailure(Profile& profile, Random& random) {
  if (!profile.fail) {
    profile.fail = std::uint64_t{1} << random.Below(12);
  } else if (random.OneIn(2)) {
    profile.fail.reset();
  } else {
    *profile.fail ^= std::uint64_t{1} << random.Below(12);
  }
}

}  // namespace

void Nudge(Notifier& notifier, Random& random) {
  notifier.value = static_cast<std::uint8_t>(random.Below(limits::kNotifiers));
}

void Nudge(AccessLength& length, Random& random) {
  constexpr std::size_t kLengths = limits::kAccessLengthMax + std::size_t{1};
  const std::size_t step =
      random.Pick({std::size_t{1}, kLengths - 1, random.Below(kLengths), random.Below(kLengths)});
  length.value = static_cast<std::uint8_t>((length.value + step) % kLengths);
}

void Nudge(Profile& profile, Random& random) {
  switch (random.Below(8)) {
    case 0:
    case 1:
      return NudgeSizes(profile.valid, random);
    case 2:
    case 3:
      return NudgeSizes(profile.impl, random);
    case 4: {
      bool& flag = random.OneIn(2) ? profile.unaligned : profile.impl_unaligned;
      flag = !flag;
      return;
    }
    case 5:
      profile.endian =
          static_cast<Endian>((static_cast<std::size_t>(profile.endian) + 1 + random.Below(2)) % 3);
      return;
    case 6:
      profile.refuses = static_cast<std::uint8_t>(profile.refuses ^ 1u << random.Below(8));
      return;
    default:
      return NudgeFailure(profile, random);
  }
}

}  // namespace flatcheck
