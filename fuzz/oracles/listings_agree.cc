#include "fuzz/oracles/listings_agree.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace flatcheck {
namespace {

// The line that holds the first byte in which the texts differ, of one of them.
std::string_view LineAt(std::string_view text, std::size_t place) {
  const std::size_t begin = place == 0 ? 0 : text.rfind('\n', place - 1) + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::string_view FieldOf(Listing listing) {
  switch (listing) {
    case Listing::kTrees:
      return "listing.trees";
    case Listing::kAllTrees:
      return "listing.all_trees";
    case Listing::kViews:
      return "listing.views";
    case Listing::kE820:
      return "listing.e820";
  }
  return "";
}

}  // namespace

std::optional<Disagreement> ListingsAgree(const Machine& expect, const Machine& actual,
                                          Listing listing, std::size_t step) {
  const bool is_of_trees = listing == Listing::kTrees || listing == Listing::kAllTrees;
  if (!is_of_trees && expect.Depth() != 0) return std::nullopt;
  const std::string wanted = expect.List(listing);
  const std::string found = actual.List(listing);
  if (wanted == found) return std::nullopt;
  const auto differs = std::ranges::mismatch(wanted, found).in1;
  const auto place = static_cast<std::size_t>(differs - wanted.begin());
  return Disagreement{step, "listings_agree", FieldOf(listing),
                      fmt::format("line {}: expected '{}', found '{}'",
                                  std::ranges::count(wanted.begin(), differs, '\n') + 1,
                                  LineAt(wanted, place), LineAt(found, place))};
}

}  // namespace flatcheck
