#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "fuzz/operation_kinds.h"
#include "fuzz/plain_words.h"
#include "fuzz/region_tree.h"
#include "fuzz/repro/expectation.h"
#include "fuzz/repro/live_objects.h"
#include "fuzz/repro/reproduction.h"
#include "fuzz/repro/source_text.h"
#include "fuzz/slot_table.h"

namespace flatcheck {
namespace {

// Comments stand in one column, unless a line is longer than most.
constexpr std::size_t kColumnMax = 44;
constexpr std::size_t kLinesMax = 24;  // Of what was expected.
constexpr std::size_t kWidth = 100;

std::size_t ColumnOf(const ProgramText& text) {
  std::size_t column = 0;
  for (const SourceLine& line : text.lines) {
    if (line.text.size() <= kColumnMax) column = std::max(column, line.text.size());
  }
  return column;
}

std::string_view Noun(const Address&) { return "address"; }
std::string_view Noun(const RegionSize&) { return "size"; }
std::string_view Noun(const Length&) { return "length"; }
std::string_view Noun(const Value&) { return "value"; }
std::string_view Noun(const Priority&) { return "priority"; }
std::string_view Noun(const ListenerPriority&) { return "priority"; }
std::string_view Noun(const Flag&) { return "flag"; }
std::string_view Noun(const Notifier&) { return "notifier"; }
std::string_view Noun(const AccessLength&) { return "length"; }
std::string_view Noun(const RegionSlot&) { return "region"; }
std::string_view Noun(const SpaceSlot&) { return "address space"; }
std::string_view Noun(const ListenerSlot&) { return "listener"; }
std::string_view Noun(const Width&) { return "width"; }
std::string_view Noun(const ByteOrder&) { return "byte order"; }
std::string_view Noun(const PageMask&) { return "mask"; }
std::string_view Noun(const Permission&) { return "permission"; }
std::string_view Noun(const EventFlags&) { return "flags"; }
std::string_view Noun(const EventType&) { return "type"; }
std::string_view Noun(const DirtyClient&) { return "client"; }
std::string_view Noun(const IommuTraits&) { return "traits"; }
std::string_view Noun(const Profile&) { return "profile"; }
std::string_view Noun(MappingSlot) { return "mapping"; }
std::string_view Noun(IommuNotifierSlot) { return "notifier"; }
template <class Kind>
std::string_view Noun(const Defines<Kind>&) {
  return "name";
}

// `; any size, any priority`.
std::string FreeOperandsOf(const Reproduction& reproduction, std::size_t step) {
  std::string text;
  std::size_t place = 0;
  VisitOperands(reproduction.text.program.operations[step], [&](const auto& operand) {
    if (!std::ranges::count(reproduction.free_operands, OperandPlace{step, place++})) return;
    text += fmt::format("{} {}", text.empty() ? " The same with any" : ", any", Noun(operand));
  });
  return text.empty() ? text : text + '.';
}

bool Overlap(const TreeRegion& one, const TreeRegion& two) {
  return one.address < two.address + two.size && two.address < one.address + one.size;
}

std::string ListOf(std::string_view where, const std::vector<RegionSlot>& regions,
                   const Names& names) {
  if (regions.empty()) return {};
  std::string first = fmt::format(", {} {}", where, names.Of(regions.front()));
  if (regions.size() == 1) return first;
  return first + fmt::format(" and {} more", regions.size() - 1);
}

// Where a region comes to lie among its siblings: ` It takes 0x1000-0x1fff, above io1.`
std::string Neighbours(const Operation& operation, RegionTree tree, const Names& names) {
  const auto* const add = std::get_if<op::Add>(&operation);
  const auto* const move = std::get_if<op::MoveTo>(&operation);
  if (add == nullptr && move == nullptr) return {};
  const RegionSlot slot = add != nullptr ? add->child : move->region;
  tree.Perform(operation, true);
  const TreeRegion& region = tree.At(slot);
  if (region.container == RegionSlot{} || region.size == 0) return {};
  std::vector<RegionSlot> above;
  std::vector<RegionSlot> below;
  bool is_behind = false;
  for (const RegionSlot sibling : tree.At(region.container).children) {
    if (sibling == slot) {
      is_behind = true;
    } else if (Overlap(tree.At(sibling), region)) {
      (is_behind ? above : below).push_back(sibling);
    }
  }
  // What ends beyond 2^64 is cut there.
  const Size last = std::min<Size>(region.address + region.size - 1, UINT64_MAX);
  return fmt::format(" It takes {}{}{}.",
                     SpanInWords(region.address, static_cast<std::uint64_t>(last)),
                     ListOf("above", above, names), ListOf("below", below, names));
}

bool Meet(const TreeEntry& one, const TreeEntry& two) {
  return one.iova <= (two.iova | two.mask) && two.iova <= (one.iova | one.mask);
}

// What a new entry of an IOMMU's table hides, or what an old one led to.
std::string Entries(const Operation& operation, const RegionTree& tree, const Names& names) {
  if (const auto* const added = std::get_if<op::IommuMap>(&operation)) {
    const TreeEntry entry{.iova = added->iova.value, .mask = added->mask.value};
    const auto hidden = std::ranges::count_if(
        tree.At(added->region).entries, [&](const TreeEntry& old) { return Meet(old, entry); });
    if (hidden == 0) return {};
    return fmt::format(" It comes before {} older entr{}.", hidden, hidden == 1 ? "y" : "ies");
  }
  if (const auto* const gone = std::get_if<op::IommuUnmap>(&operation)) {
    const std::vector<TreeEntry>& entries = tree.At(gone->region).entries;
    const auto newest = std::find_if(entries.rbegin(), entries.rend(), [&](const TreeEntry& old) {
      return old.iova == gone->iova.value;
    });
    if (newest == entries.rend()) return {};
    return fmt::format(" It led {} to {:#x} in {}, {}.",
                       SpanInWords(newest->iova, newest->iova | newest->mask), newest->address,
                       names.Of(newest->target), PermissionInWords(newest->permission));
  }
  return {};
}

// What the reference has where the difference shows.
std::string Expected(const Reproduction& reproduction) {
  const Failure& failure = reproduction.failure;
  const Signature& signature = failure.signature;
  const ProgramText& text = reproduction.text;
  const Expectation all = ExpectationOf(text, reproduction.expect, failure.step);
  const std::string_view oracle = signature.oracle;
  std::vector<std::string> lines;
  if (oracle == "events_agree") lines = all.callbacks;
  if (oracle == "views_agree") lines = all.views;
  if (signature.field == "view.sharing") lines = all.sharing;
  if (signature.field == "view.origin") lines = all.places;
  if (oracle == "answers_agree") lines = all.answer;
  if (signature.field.starts_with("device_call.")) lines = all.device_calls;
  if (failure.probe) lines = ExpectedAnswer(text, failure.step, *failure.probe).answer;
  if (lines.empty()) return {};
  std::string comment = "# The reference has:\n";
  for (std::size_t i = 0; i < std::min(lines.size(), kLinesMax); ++i) {
    comment += fmt::format("#   {}\n", ForComment(lines[i]));
  }
  if (lines.size() > kLinesMax) {
    comment += fmt::format("#   ... {} more\n", lines.size() - kLinesMax);
  }
  return comment;
}

std::string WhereItShows(const Reproduction& reproduction) {
  std::string text = fmt::format("Here it shows: {}", ForComment(reproduction.failure.message));
  return Paragraph(text, "# ", kWidth) + Expected(reproduction);
}

}  // namespace

std::string CommentedProgram(const Reproduction& reproduction) {
  const ProgramText& text = reproduction.text;
  const Failure& failure = reproduction.failure;
  const std::size_t column = ColumnOf(text);
  std::string out = fmt::format("# {}: {}\n", ForComment(ToString(failure.signature)),
                                ForComment(failure.message));
  LiveObjects live;
  RegionTree tree;
  SlotTable slots;
  for (std::size_t step = 0; step < text.program.operations.size(); ++step) {
    const Operation& operation = text.program.operations[step];
    const std::string_view refusal = live.RefusalOf(reproduction.expect, step, operation);
    const bool takes_effect = live.TakesEffect(reproduction.expect, step, operation);
    const std::string what =
        refusal.empty()
            ? OperationInWords(operation, slots, text.names) +
                  Neighbours(operation, tree, text.names) + Entries(operation, tree, text.names) +
                  (takes_effect ? "" : " It fails.")
            : fmt::format("Refused ({}): {}.", refusal, RefusalInWords(operation, refusal));
    out += fmt::format("{:<{}}  # {}{}\n", text.lines[step].text, column, ForComment(what),
                       FreeOperandsOf(reproduction, step));
    if (step == failure.step) out += WhereItShows(reproduction);
    live.Advance(operation, takes_effect);
    tree.Perform(operation, takes_effect);
    slots.Advance(operation);
  }
  if (failure.step >= text.program.operations.size()) out += WhereItShows(reproduction);
  return out;
}

}  // namespace flatcheck
