#include "fuzz/explain/row_lists.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <utility>

namespace flatcheck {
namespace {

using Rows = std::span<const std::uint32_t>;

constexpr std::size_t kRunMin = 4;  // Shorter ones are no shorter as text.

// `old` begins at `from` of its list.
std::vector<std::string> Between(Rows old, Rows now, std::size_t from) {
  std::unordered_map<std::uint32_t, std::size_t> places;
  for (std::size_t i = 0; i < old.size(); ++i) places.try_emplace(old[i], i);
  std::vector<std::string> between;
  while (!now.empty()) {
    const auto place = places.find(now.front());
    std::size_t run = 0;
    if (place != places.end()) {
      const auto ends = std::ranges::mismatch(old.subspan(place->second), now);
      run = static_cast<std::size_t>(ends.in2 - now.begin());
    }
    if (run < kRunMin) {
      run = 1;
      between.push_back(fmt::format("{}", now.front()));
    } else {
      between.push_back(fmt::format("[{},{}]", from + place->second, run));
    }
    now = now.subspan(run);
  }
  return between;
}

}  // namespace

std::uint32_t RowLists::Intern(const std::string& json) {
  const auto next = static_cast<std::uint32_t>(rows_.size());
  const auto [place, is_new] = row_numbers_.try_emplace(json, next);
  if (is_new) rows_.push_back(&place->first);
  return place->second;
}

void RowLists::Change(RowList& list, std::vector<std::uint32_t> rows) {
  if (list.rows == rows) return;
  const auto head = std::ranges::mismatch(list.rows, rows);
  const std::size_t shared = static_cast<std::size_t>(head.in1 - list.rows.begin());
  const std::size_t most = std::min(list.rows.size(), rows.size()) - shared;
  std::size_t tail = 0;
  while (tail < most && list.rows.rbegin()[static_cast<std::ptrdiff_t>(tail)] ==
                            rows.rbegin()[static_cast<std::ptrdiff_t>(tail)]) {
    ++tail;
  }
  const auto old = std::span(list.rows).subspan(shared, list.rows.size() - shared - tail);
  const auto now = std::span(rows).subspan(shared, rows.size() - shared - tail);
  lists_.push_back({list.number, shared, tail, Between(old, now, shared)});
  list = {static_cast<std::uint32_t>(lists_.size() - 1), std::move(rows)};
}

std::string RowLists::Json() const {
  std::string json = "\"rows\":[";
  for (const std::string* row : rows_) json += (row == rows_.front() ? "" : ",\n") + *row;
  json += "],\n\"lists\":[";
  for (const Delta& list : lists_) {
    json += fmt::format("{}[{},{},{},[{}]]", &list == &lists_.front() ? "" : ",", list.base,
                        list.head, list.tail, fmt::join(list.between, ","));
  }
  return json + "]";
}

}  // namespace flatcheck
