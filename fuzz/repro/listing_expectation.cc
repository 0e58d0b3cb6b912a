#include "fuzz/repro/listing_expectation.h"

#include <string>
#include <string_view>
#include <vector>

#include "fuzz/repro/assertions.h"
#include "fuzz/repro/expectation.h"

namespace flatcheck {
namespace {

struct Listing {
  std::string_view field;
  std::string_view code;
  std::string Listings::*text;
};

constexpr Listing kListings[] = {
    {"listing.trees", "PrintTrees(AllSpaces(map), DisabledRegions::kLeftOut)", &Listings::trees},
    {"listing.all_trees", "PrintTrees(AllSpaces(map), DisabledRegions::kShown)",
     &Listings::all_trees},
    {"listing.views", "PrintFlatViews(AllSpaces(map), DispatchTrees::kLeftOut)", &Listings::views},
    {"listing.e820", "FirmwareMaps(map)", &Listings::e820},
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
  const Listings expect = ExpectedListings(text, failure.step);
  for (const Listing& listing : kListings) {
    if (listing.field != failure.signature.field) continue;
    calls.Add(ExpectLines(listing.code, LinesOf(expect.*listing.text)));
  }
}

}  // namespace flatcheck
