#include "fuzz/oracles/view_is_canonical.h"

#include <fmt/format.h>

namespace flatcheck {

namespace {

bool SameAttributes(const RangeSeen& a, const RangeSeen& b) {
  return a.readonly == b.readonly && a.nonvolatile == b.nonvolatile && a.romd_mode == b.romd_mode &&
         a.log_mask == b.log_mask;
}

bool ShouldBeOne(const RangeSeen& left, const RangeSeen& right) {
  const Size left_size = Size{left.last - left.first} + 1;
  return Size{left.last} + 1 == right.first && left.region == right.region &&
         left.offset + left_size == right.offset && SameAttributes(left, right) &&
         !left.unmergeable && !right.unmergeable;
}

}  // namespace

std::optional<Disagreement> ViewIsCanonical(const Trace& trace, std::size_t step) {
  const auto wrong = [step](std::string_view field, std::string_view what, const RangeSeen& range) {
    return Disagreement{step, "view_is_canonical", field,
                        fmt::format("{}: range {:#x}-{:#x}", what, range.first, range.last)};
  };
  const Extent views = trace.steps[step].views;
  for (std::uint32_t v = views.begin; v < views.end; ++v) {
    const Extent extent = trace.views[v].ranges;
    for (std::uint32_t r = extent.begin; r < extent.end; ++r) {
      const RangeSeen& range = trace.ranges[r];
      if (range.last < range.first) return wrong("view.empty_range", "an empty range", range);
      if (r == extent.begin) continue;
      const RangeSeen& before = trace.ranges[r - 1];
      if (range.first <= before.last)
        return wrong("view.order", "not behind the one before", range);
      if (ShouldBeOne(before, range))
        return wrong("view.unmerged", "continues the one before", range);
    }
  }
  return std::nullopt;
}

}  // namespace flatcheck
