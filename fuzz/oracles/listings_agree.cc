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

std::optional<Disagreement> Compare(std::string_view field, std::string_view expect,
                                    std::string_view actual, std::size_t step) {
  if (expect == actual) return std::nullopt;
  const auto differs = std::ranges::mismatch(expect, actual).in1;
  const auto place = static_cast<std::size_t>(differs - expect.begin());
  const std::string_view before = expect.substr(0, place);
  return Disagreement{
      step, "listings_agree", field,
      fmt::format("line {}: expected '{}', found '{}'", std::ranges::count(before, '\n') + 1,
                  LineAt(expect, place), LineAt(actual, place))};
}

}  // namespace

std::optional<Disagreement> ListingsAgree(const Machine& expect, const Machine& actual,
                                          std::size_t step) {
  const Listings of_expect = expect.List();
  const Listings of_actual = actual.List();
  const auto compare = [&](std::string_view field, std::string Listings::*text) {
    return Compare(field, of_expect.*text, of_actual.*text, step);
  };
  if (auto wrong = compare("listing.trees", &Listings::trees)) return wrong;
  if (auto wrong = compare("listing.all_trees", &Listings::all_trees)) return wrong;
  if (auto wrong = compare("listing.views", &Listings::views)) return wrong;
  return compare("listing.e820", &Listings::e820);
}

}  // namespace flatcheck
