#include "fuzz/repro/memory_expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/backing_of_length.h"
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

// Of memory that is shared, as others see it.
void ExpectByte(EngineCalls& calls, const ProgramText& text, std::size_t step,
                const ExpectedByte& byte) {
  const std::vector<BlockSeen> blocks = ExpectedBlocks(text, step);
  const auto block = std::ranges::find(blocks, byte.region, &BlockSeen::region);
  const Backing backing =
      block == blocks.end() ? Backing::kAnonymous : BackingOfLength(block->max_length);
  const std::string region = calls.Variable(byte.region);
  std::string read = fmt::format("{}.ram()->host()[{}]", region, Number(byte.offset));
  if (backing == Backing::kMemfd || backing == Backing::kFile) {
    const std::uint64_t start = backing == Backing::kFile ? kBackingFileOffset : 0;
    read = fmt::format("SharedByte(*{}.ram(), {}, {})", region, Number(start), Number(byte.offset));
  }
  calls.Add(fmt::format("EXPECT_EQ({}, {:#x});", read, byte.value));
}

}  // namespace

void ExpectMemory(EngineCalls& calls, const ProgramText& text, const Failure& failure) {
  constexpr std::string_view kDirtyFields[] = {"dirty.vga", "dirty.code", "dirty.migration"};
  const std::string_view field = failure.signature.field;
  if (field == "blocks") Ask(calls, text, failure.step, op::Blocks());
  if (failure.byte) ExpectByte(calls, text, failure.step, *failure.byte);
  const auto client = std::ranges::find(kDirtyFields, field) - std::begin(kDirtyFields);
  if (client < 3) AskDirty(calls, text, failure.step, static_cast<Client>(client));
}

}  // namespace flatcheck
