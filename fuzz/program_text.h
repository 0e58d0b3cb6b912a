// A ProgramText is a program with what only its text has: the names of its objects and its source
// lines. ../corpus/README.md is the manual of the form.
//
// Laws: for each canonical program p (fuzz/program_codec.h), Parse(Print(p)) gives p; and Print
// names objects by their slots, so the text of a program is one text.
//
// Names and lines are for people and for traces: nothing that a machine does depends on them.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/operands.h"
#include "fuzz/program.h"

namespace flatcheck {

// The names of all objects, by slot.
struct Names {
  std::vector<std::string> regions;
  std::vector<std::string> spaces;
  std::vector<std::string> listeners;
  std::vector<std::string> mappings{};
  std::vector<std::string> iommu_notifiers{};

  // `-` for an absent slot, `?` for one that the program does not define.
  std::string_view Of(RegionSlot region) const { return Find(regions, region.index); }
  std::string_view Of(SpaceSlot space) const { return Find(spaces, space.index); }
  std::string_view Of(ListenerSlot listener) const { return Find(listeners, listener.index); }
  std::string_view Of(MappingSlot mapping) const { return Find(mappings, mapping.index); }
  std::string_view Of(IommuNotifierSlot notifier) const {
    return Find(iommu_notifiers, notifier.index);
  }

  // The names of a slot's kind.
  std::vector<std::string>& Like(RegionSlot) { return regions; }
  std::vector<std::string>& Like(SpaceSlot) { return spaces; }
  std::vector<std::string>& Like(ListenerSlot) { return listeners; }
  std::vector<std::string>& Like(MappingSlot) { return mappings; }
  std::vector<std::string>& Like(IommuNotifierSlot) { return iommu_notifiers; }

  bool operator==(const Names&) const = default;

 private:
  static std::string_view Find(const std::vector<std::string>& names, std::uint16_t index) {
    if (index == kAbsent) return "-";
    return index < names.size() ? std::string_view(names[index]) : "?";
  }
};

struct SourceLine {
  std::size_t number = 0;  // From 1.
  std::string text;        // Without the comment and the blanks around it.
  bool operator==(const SourceLine&) const = default;
};

struct ProgramText {
  Program program;
  Names names;
  std::vector<SourceLine> lines;  // Of the operations, one each.
};

struct ParseError {
  std::size_t line = 0;
  std::string found;
  std::string expected;
};

// Reads a text up to its first error.
std::variant<ProgramText, ParseError> Parse(std::string_view text);

// The canonical text: regions r0, r1, ..., address spaces as0, ..., listeners l0, ..., mappings m0,
// ..., IOMMU notifiers n0, ..., a line for each operation, `-` for a slot that no operation before
// it defines.
// REQUIRES: at most SlotTable::kObjectsMax objects of each kind.
ProgramText Spell(const Program& program);
std::string Print(const Program& program);

}  // namespace flatcheck
