#include "fuzz/repro/memory_expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "fuzz/repro/answers.h"
#include "fuzz/repro/expectation.h"
#include "fuzz/repro/source_text.h"

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

void ExpectByte(EngineCalls& calls, const ExpectedByte& byte) {
  calls.Add(fmt::format("EXPECT_EQ({}.ram()->host()[{}], {:#x});", calls.Variable(byte.region),
                        Number(byte.offset), byte.value));
}

}  // namespace

void ExpectMemory(EngineCalls& calls, const ProgramText& text, const Failure& failure) {
  constexpr std::string_view kDirtyFields[] = {"dirty.vga", "dirty.code", "dirty.migration"};
  const std::string_view field = failure.signature.field;
  if (field == "blocks") Ask(calls, text, failure.step, op::Blocks());
  if (failure.byte) ExpectByte(calls, *failure.byte);
  const auto client = std::ranges::find(kDirtyFields, field) - std::begin(kDirtyFields);
  if (client < 3) AskDirty(calls, text, failure.step, static_cast<Client>(client));
}

}  // namespace flatcheck
