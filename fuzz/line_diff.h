// A line diff aligns two lists of lines: rows of lines that both have, or of lines that face each
// other because neither list has the other's there.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace flatcheck {

struct DiffRow {
  std::optional<std::string> left;
  std::optional<std::string> right;
  bool IsEqual() const { return left == right; }
  bool operator==(const DiffRow&) const = default;
};

// With as many equal rows as possible; lists too long for that search are aligned at their equal
// beginnings and ends only.
std::vector<DiffRow> DiffLines(const std::vector<std::string>& left,
                               const std::vector<std::string>& right);

}  // namespace flatcheck
