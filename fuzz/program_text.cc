#include "fuzz/program_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <iterator>

#include "fuzz/operand_text.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/slot_table.h"
#include "fuzz/words.h"

namespace flatcheck {
namespace {

std::string CanonicalName(RegionSlot slot) { return fmt::format("r{}", slot.index); }
std::string CanonicalName(SpaceSlot slot) { return fmt::format("as{}", slot.index); }
std::string CanonicalName(ListenerSlot slot) { return fmt::format("l{}", slot.index); }
std::string CanonicalName(MappingSlot slot) { return fmt::format("m{}", slot.index); }
std::string CanonicalName(IommuNotifierSlot slot) { return fmt::format("n{}", slot.index); }

std::vector<std::string> PrintOperands(const Operation& operation, const SlotTable& slots) {
  std::vector<std::string> operands;
  VisitOperands(operation,
                Overload{[&]<class Kind>(const Defines<Kind>&) {
                           operands.push_back(CanonicalName(slots.Next<Kind>()));
                         },
                         [&]<class Kind>(const Slot<Kind>& slot) {
                           operands.push_back(slots.IsDefined(slot) ? CanonicalName(slot) : "-");
                         },
                         [&](const auto& scalar) { operands.push_back(PrintOperand(scalar)); }});
  return operands;
}

std::string PrintUnknown(const op::Unknown& unknown) {
  if (unknown.payload.empty()) return fmt::format("unknown {} -", unknown.number);
  return fmt::format("unknown {} {:02x}", unknown.number, fmt::join(unknown.payload, ""));
}

std::string PrintOperation(const Operation& operation, const SlotTable& slots) {
  if (const auto* unknown = std::get_if<op::Unknown>(&operation)) return PrintUnknown(*unknown);
  const std::vector<std::string> operands = PrintOperands(operation, slots);
  auto operand = operands.begin();
  std::string line;
  for (const std::string_view word : Words(KindOf(operation).syntax)) {
    const bool is_left_out =
        (word == "[%]" && *operand == "0") || (word == kRestOfLine && operand->empty());
    if (is_left_out) break;
    if (!line.empty()) line += ' ';
    line += IsOperandWord(word) ? *operand++ : word;
  }
  return line;
}

void AddName(const Operation& operation, const SlotTable& slots, Names& names) {
  VisitOperands(operation, Overload{[&]<class Kind>(const Defines<Kind>&) {
                                      const Slot<Kind> slot = slots.Next<Kind>();
                                      names.Like(slot).push_back(CanonicalName(slot));
                                    },
                                    [](const auto&) {}});
}

}  // namespace

ProgramText Spell(const Program& program) {
  ProgramText text{program, {}, {}};
  SlotTable slots;
  for (const Operation& operation : program.operations) {
    text.lines.push_back({text.lines.size() + 1, PrintOperation(operation, slots)});
    AddName(operation, slots, text.names);
    slots.Advance(operation);
  }
  return text;
}

std::string Print(const Program& program) {
  std::string text;
  for (const SourceLine& line : Spell(program).lines) text += line.text + '\n';
  return text;
}

}  // namespace flatcheck
