#include "fuzz/repro/memory_expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "fuzz/operand_text.h"
#include "fuzz/repro/answers.h"
#include "fuzz/repro/expectation.h"
#include "fuzz/repro/source_text.h"
#include "fuzz/words.h"

namespace flatcheck {
namespace {

void Ask(EngineCalls& calls, const ProgramText& text, std::size_t step, const Operation& question) {
  calls.Add(ExpectAnswer(calls.Expression(question), ExpectedAnswer(text, step, question)));
}

void AskDirty(EngineCalls& calls, const ProgramText& text, std::size_t step, Client client) {
  for (const BlockSeen& block : ExpectedBlocks(text, step)) {
    Ask(calls, text, step, op::Dirty{block.region, {0}, {block.max_length}, {client}});
  }
}

// The oracle's message names it: `byte 0x10 of r3 is 0x0, should be 0x5`.
void ExpectByte(EngineCalls& calls, std::string_view message) {
  const std::vector<std::string_view> words = Words(message);
  if (words.size() != 9) return;
  const auto offset = ParseNumber(words[1]);
  const auto region = ParseNumber(words[3].substr(1));
  if (!offset || !region) return;
  const RegionSlot slot{static_cast<std::uint16_t>(*region)};
  calls.Add(fmt::format("EXPECT_EQ({}.ram()->host()[{}], {});", calls.Variable(slot),
                        Number(*offset), words[8]));
}

}  // namespace

void ExpectMemory(EngineCalls& calls, const ProgramText& text, const Failure& failure) {
  constexpr std::string_view kDirtyFields[] = {"dirty.vga", "dirty.code", "dirty.migration"};
  const std::string_view field = failure.signature.field;
  if (field == "blocks") Ask(calls, text, failure.step, op::Blocks());
  if (field == "bytes") ExpectByte(calls, failure.message);
  const auto client = std::ranges::find(kDirtyFields, field) - std::begin(kDirtyFields);
  if (client < 3) AskDirty(calls, text, failure.step, static_cast<Client>(client));
}

}  // namespace flatcheck
