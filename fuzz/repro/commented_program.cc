#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "fuzz/explain/plain_words.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/repro/expectation.h"
#include "fuzz/repro/layout.h"
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

// Where a region comes to lie among its siblings: ` It takes 0x1000-0x1fff, above io1.`
std::string Neighbours(const Operation& operation, Layout layout, const Names& names) {
  const auto* const add = std::get_if<op::Add>(&operation);
  const auto* const move = std::get_if<op::MoveTo>(&operation);
  if (add == nullptr && move == nullptr) return {};
  const RegionSlot region = add != nullptr ? add->child : move->region;
  layout.Perform(operation, true);
  const auto& [size, address, priority, container, children] = layout.At(region);
  if (container == RegionSlot{} || size == 0) return {};
  // What ends beyond 2^64 is cut there.
  const std::uint64_t length_max = UINT64_MAX - address;
  std::string text =
      fmt::format(" It takes {}", SpanInWords(address, address + std::min(size - 1, length_max)));
  const auto list = [&](std::string_view where, const std::vector<RegionSlot>& siblings) {
    if (siblings.empty()) return;
    text += fmt::format(", {} {}", where, names.Of(siblings.front()));
    if (siblings.size() > 1) text += fmt::format(" and {} more", siblings.size() - 1);
  };
  list("above", layout.Behind(region));
  list("below", layout.InFrontOf(region));
  return text + '.';
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
  if (oracle == "answers_agree") lines = {all.answer};
  if (signature.field == "device_accesses") lines = all.accesses;
  if (failure.probe) lines = {ExpectedAnswer(text, failure.step, *failure.probe)};
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
  Layout layout;
  SlotTable slots;
  for (std::size_t step = 0; step < text.program.operations.size(); ++step) {
    const Operation& operation = text.program.operations[step];
    const std::string_view refusal = live.RefusalOf(reproduction.expect, step, operation);
    const std::string what = refusal.empty() ? OperationInWords(operation, slots, text.names) +
                                                   Neighbours(operation, layout, text.names)
                                             : fmt::format("Refused ({}): {}.", refusal,
                                                           RefusalInWords(operation, refusal));
    out += fmt::format("{:<{}}  # {}{}\n", text.lines[step].text, column, ForComment(what),
                       FreeOperandsOf(reproduction, step));
    if (step == failure.step) out += WhereItShows(reproduction);
    live.Advance(operation, refusal.empty());
    layout.Perform(operation, refusal.empty());
    slots.Advance(operation);
  }
  if (failure.step >= text.program.operations.size()) out += WhereItShows(reproduction);
  return out;
}

}  // namespace flatcheck
