// RowLists keeps many long lists that differ little - a tree, a view, step after step - as what
// they have in common and what changed.
//
//   A row is a piece of JSON, kept once however often it occurs. A list is a base list, how many
//   rows it shares with the base at its beginning and end, and what lies between: rows, and runs of
//   the base's rows that have moved.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace flatcheck {

// One thing's list as it changes: the newest state.
struct RowList {
  std::uint32_t number = 0;  // 0 is the empty list.
  std::vector<std::uint32_t> rows;
};

class RowLists {
 public:
  // The number of a row.
  std::uint32_t Intern(const std::string& json);

  // Makes `list` hold the rows; its number stays if they are what it holds.
  void Change(RowList& list, std::vector<std::uint32_t> rows);

  // Two members of an object: "rows":[JSON,...],"lists":[[base,head,tail,[row or
  // [from,count],...]],...].
  std::string Json() const;

 private:
  struct Delta {
    std::uint32_t base = 0;
    std::size_t head = 0;
    std::size_t tail = 0;
    std::vector<std::string> between;
  };

  std::vector<const std::string*> rows_;  // Keys of row_numbers_.
  std::unordered_map<std::string, std::uint32_t> row_numbers_;
  std::vector<Delta> lists_{Delta{}};
};

}  // namespace flatcheck
