// The lines of a captured `info mtree [-D] [-o]`, as a forest of regions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flatcheck {

struct MtreeLine {
  std::size_t level = 0;  // 1 for a root.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::int32_t priority = 0;
  bool is_nonvolatile = false;
  bool is_disabled = false;
  std::string type;
  std::string name;
  std::string owner;  // With whatever else stands behind the name.

  bool is_alias = false;
  std::string target;
  std::uint64_t offset = 0;

  std::size_t section = 0;
  std::optional<std::size_t> parent;  // The lines above and below.
  std::vector<std::size_t> children;
};

struct MtreeSection {
  std::vector<std::string> spaces;  // None for the section of an alias's target.
  std::string target;
  std::size_t root = 0;  // Its lines are [root, end).
  std::size_t end = 0;
};

struct MtreeText {
  std::vector<MtreeSection> sections;
  std::vector<MtreeLine> lines;
  std::string problem;  // The line that is none; empty if all are.
};

MtreeText ParseMtree(std::string_view text);

// The place where a line's owner begins, or its end.
std::size_t OwnerOf(std::string_view line);

}  // namespace flatcheck
