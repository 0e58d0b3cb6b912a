#include "fuzz/repro/listing_expectation.h"

#include <string>
#include <string_view>
#include <vector>

#include "fuzz/repro/assertions.h"
#include "fuzz/repro/expectation.h"

namespace flatcheck {
namespace {

struct ListingCode {
  std::string_view field;
  Listing listing;
  std::string_view code;
};

constexpr ListingCode kListings[] = {
    {"listing.trees", Listing::kTrees, "PrintTrees(AllSpaces(map), DisabledRegions::kLeftOut)"},
    {"listing.all_trees", Listing::kAllTrees,
     "PrintTrees(AllSpaces(map), DisabledRegions::kShown)"},
    {"listing.views", Listing::kViews, "PrintFlatViews(AllSpaces(map), DispatchTrees::kLeftOut)"},
    {"listing.e820", Listing::kE820, "FirmwareMaps(map)"},
};

std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

void ExpectListing(EngineCalls& calls, const ProgramText& text, const Failure& failure) {
  for (const auto& [field, listing, code] : kListings) {
    if (field != failure.signature.field) continue;
    calls.Add(ExpectLines(code, LinesOf(ExpectedListing(text, failure.step, listing))));
  }
}

}  // namespace flatcheck
