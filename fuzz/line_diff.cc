#include "fuzz/line_diff.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace flatcheck {
namespace {

using Lines = std::span<const std::string>;

constexpr std::size_t kSearchMax = 1u << 20;  // Pairs of lines.

// Lines that have no equal partner face each other in order.
void AppendFacing(Lines left, Lines right, std::vector<DiffRow>& rows) {
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    DiffRow& row = rows.emplace_back();
    if (i < left.size()) row.left = left[i];
    if (i < right.size()) row.right = right[i];
  }
}

void AppendEqual(Lines lines, std::vector<DiffRow>& rows) {
  for (const std::string& line : lines) rows.push_back({line, line});
}

// The longest common subsequence: common(i, j) is its length for what begins at i and j.
void AppendAligned(Lines left, Lines right, std::vector<DiffRow>& rows) {
  const std::size_t stride = right.size() + 1;
  if ((left.size() + 1) * stride > kSearchMax) return AppendFacing(left, right, rows);
  std::vector<std::uint32_t> lengths((left.size() + 1) * stride);
  const auto common = [&](std::size_t i, std::size_t j) -> std::uint32_t& {
    return lengths[i * stride + j];
  };
  for (std::size_t i = left.size(); i-- > 0;) {
    for (std::size_t j = right.size(); j-- > 0;) {
      common(i, j) = left[i] == right[j] ? common(i + 1, j + 1) + 1
                                         : std::max(common(i + 1, j), common(i, j + 1));
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (common(i, j) > 0) {
    const std::size_t i_apart = i;
    const std::size_t j_apart = j;
    while (left[i] != right[j]) ++(common(i + 1, j) >= common(i, j + 1) ? i : j);
    AppendFacing(left.subspan(i_apart, i - i_apart), right.subspan(j_apart, j - j_apart), rows);
    AppendEqual(left.subspan(i, 1), rows);
    ++i;
    ++j;
  }
  AppendFacing(left.subspan(i), right.subspan(j), rows);
}

}  // namespace

std::vector<DiffRow> DiffLines(const std::vector<std::string>& left,
                               const std::vector<std::string>& right) {
  const std::size_t shorter = std::min(left.size(), right.size());
  std::size_t head = 0;
  while (head < shorter && left[head] == right[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head && *(left.end() - 1 - static_cast<std::ptrdiff_t>(tail)) ==
                                      *(right.end() - 1 - static_cast<std::ptrdiff_t>(tail))) {
    ++tail;
  }
  const auto middle = [&](const std::vector<std::string>& lines) {
    return Lines(lines).subspan(head, lines.size() - head - tail);
  };
  std::vector<DiffRow> rows;
  AppendEqual(Lines(left).first(head), rows);
  AppendAligned(middle(left), middle(right), rows);
  AppendEqual(Lines(left).last(tail), rows);
  return rows;
}

}  // namespace flatcheck
