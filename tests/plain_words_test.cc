#include "fuzz/plain_words.h"

#include <gtest/gtest.h>

#include <string_view>

#include "fuzz/explain/differences.h"
#include "fuzz/explain/step_text.h"
#include "tests/programs_in_words.h"

namespace flatcheck {
namespace {

TEST(PlainWords, SizesAndSpans) {
  EXPECT_EQ(SizeInWords(0), "0 bytes");
  EXPECT_EQ(SizeInWords(1), "1 byte");
  EXPECT_EQ(SizeInWords(0x1000), "4 KiB");
  EXPECT_EQ(SizeInWords(0x1800), "6 KiB");
  EXPECT_EQ(SizeInWords(Size{1} << 40), "1 TiB");
  EXPECT_EQ(SizeInWords(Size{1} << 64), "2^64 bytes");
  EXPECT_EQ(SpanInWords(0, 0), "0x0");
  EXPECT_EQ(SpanInWords(0x1000, 0x1fff), "0x1000-0x1fff");
}

TEST(PlainWords, NameWhatAnOperationNames) {
  const ProgramText text = Text("region m ram 0x2000\nas a m\nadd m 0x10 - 5\nenable m 0\n");
  SlotTable slots;
  Lines sentences;
  for (const Operation& operation : text.program.operations) {
    sentences.push_back(OperationInWords(operation, slots, text.names));
    slots.Advance(operation);
  }
  EXPECT_EQ(sentences,
            (Lines{"Makes m, RAM of 8 KiB.", "Makes the address space a of m and all below it.",
                   "Puts something that does not exist into m at 0x10, with priority 5.",
                   "Disables m: it and all below it vanish."}));
  EXPECT_EQ(RefusalInWords(op::Commit{}, "depth"), "no transaction is open");
  EXPECT_EQ(RefusalInWords(op::Destroy{}, "depth"), "a transaction is open");
  EXPECT_EQ(RefusalInWords(op::Destroy{}, "new-word"), "new-word");
}

TEST(PlainWords, TellWhatOperationsOnMemoryDo) {
  const ProgramText text = Text(kMemoryProgram);
  SlotTable slots;
  Lines sentences;
  for (const Operation& operation : text.program.operations) {
    sentences.push_back(OperationInWords(operation, slots, text.names));
    slots.Advance(operation);
  }
  // NOLINTBEGIN(bugprone-suspicious-missing-comma): sentences over two lines.
  EXPECT_EQ(
      sentences,
      (Lines{
          "Makes q, RAM of 6 KiB that can be resized up to 16 KiB.",
          "Makes the device i of 4 KiB, which takes accesses of 1 to 4 bytes, takes unaligned "
          "accesses, implements 2, implements unaligned ones, is big endian, refuses odd offsets "
          "and accesses of 8 bytes, fails where an offset has the bits 0xf0.",
          "Makes the ROM device d of 4 KiB: reads go to memory, writes go to the device, which "
          "takes accesses of up to 8 bytes.",
          "Makes the IOMMU u of 8 KiB, with an empty table: accesses go on where the table says. "
          "Its translations are told. It refuses notifiers of map events.",
          "Makes the address space a of q and all below it.",
          "Makes the address space b of u and all below it.",
          "Makes the RAM block of q 8 KiB long, and the region with it.",
          "Loads 4 bytes, big endian, at 0x10 in a.",
          "Loads 1 byte at 0x10 in a.",
          "Stores 0x1234 as 2 bytes, native (little) endian, at 0x10 in a.",
          "Asks whether a write of 32 bytes at 0x10 in a would be taken everywhere.",
          "Writes 4 bytes of the value 0x1 at 0x0 in a, to ROM too; devices are passed over.",
          "Lists the RAM blocks.",
          "Asks which pages in 8 KiB of q from offset 0x0 are dirty for the display.",
          "Asks whether a page in 4 KiB of q from offset 0x1000 is dirty for translated code, and "
          "makes them clean.",
          "Takes a snapshot of the pages in 4 KiB of q from offset 0x0 that are dirty for "
          "migration, and makes their groups of 64 pages clean.",
          "Marks the pages in 1 byte of q from offset 0x0 dirty for who logs them.",
          "Maps 16 bytes at 0x0 in a into the host as m, to write there.",
          "Looks at 2 bytes of the mapping m from offset 0x1.",
          "Changes 2 bytes of the mapping m from offset 0x1, to the value 0x3.",
          "Ends the mapping m, after accesses to 1 byte of it.",
          "Asks which host memory lies behind 0x0 in a.",
          "Asks where the host memory of q begins.",
          "Lets the IOMMU u lead 0x1000-0x1fff to 0x0 in a, for reads and writes.",
          "Asks where a read at 0x1000 in b ends up, as an entry of an IOTLB.",
          "Registers the IOMMU notifier n on u: it is told unmap and device IOTLB unmap events in "
          "0x0-0xffff.",
          "Tells the notifiers of u about unmap events: 0x1000-0x1fff leads to 0x0, for nothing.",
          "Tells n all that its IOMMU translates, page by page.",
          "Removes the IOMMU notifier n.",
          "Takes the newest entry at 0x1000 out of the table of u."}));
  // NOLINTEND(bugprone-suspicious-missing-comma)
}

TEST(PlainWords, ReasonsOfOperationsOnMemory) {
  EXPECT_EQ(RefusalInWords(op::Unmap{}, "bad-range"), "the mapping is shorter");
  EXPECT_EQ(RefusalInWords(op::Dirty{}, "bad-range"), "it reaches beyond the end of the block");
  EXPECT_EQ(RefusalInWords(op::AccessValid{}, "too-long"), "one may ask about at most 4,096 bytes");
  EXPECT_EQ(RefusalInWords(op::IommuReplay{}, "too-long"), "the IOMMU has more than 4,096 pages");
  for (const std::string_view word : {"bad-flags", "bad-permission", "has-mappings",
                                      "has-notifiers", "no-block", "not-inside", "not-iommu"}) {
    EXPECT_NE(RefusalInWords(op::Destroy{}, word), word);
  }
}

// What each step shows beside views.
Lines EventsOf(const ProgramText& text, const Trace& trace) {
  Lines lines;
  for (std::size_t step = 0; step < trace.steps.size(); ++step) {
    for (const ListenerRows& heard : CompareEvents(text.names, {trace, trace}, step)) {
      for (const DiffRow& row : heard.rows) lines.push_back(row.left.value_or("?"));
    }
  }
  return lines;
}

TEST(StepText, AnswersAndCallsInWords) {
  const ProgramText text = Text(kMemoryProgram);
  EXPECT_EQ(
      EventsOf(text, RunOnReference(text.program)),
      (Lines{"block of q: it is 8 KiB long now",
             "answer done",
             "answer ok: 0x0",
             "answer ok: 0x0",
             "answer ok",
             "answer yes",
             "answer ok",
             "answer RAM blocks: 2",
             "block of q at RAM address 0x0: 8 KiB, at most 16 KiB",
             "block of d at RAM address 0x40000: 4 KiB, at most 4 KiB",
             "answer dirty: pages 0-1",
             "answer was dirty",
             "answer dirty: pages 0",
             "answer 16 bytes of q from its offset 0x0",
             "answer 00 00",
             "answer done",
             "answer done",
             "answer q at its offset 0x0, RAM address 0x0",
             "answer q at its offset 0x0",
             "IOMMU u: where does 0x1000 lead, for reads?",
             "answer 0x1000 leads to 0x0 in a, mask 0xfff, for reads and writes",
             "IOMMU u: unmap and device IOTLB unmap events are wanted, until now no events",
             "answer registered",
             "notifier n: 0x1000-0x1fff leads to 0x0, for nothing",
             "answer done",
             "IOMMU u: where does 0x0 lead, for nothing?",
             "IOMMU u: where does 0x1000 lead, for nothing?",
             "notifier n: 0x1000-0x1fff leads to 0x0, for reads and writes",
             "answer done",
             "IOMMU u: no events are wanted, until now unmap and device IOTLB unmap events"}));
}

TEST(StepText, NothingIsLeftOut) {
  const Names names{{"m"}, {"a"}, {"l"}, {"p"}, {"n"}};
  for (int kind = 1; kind <= static_cast<int>(AnswerKind::kReplayed); ++kind) {
    EXPECT_NE(AnswerInWords({.kind = static_cast<AnswerKind>(kind)}, Trace(), names), "") << kind;
  }
  for (int kind = 0; kind <= static_cast<int>(DeviceCallKind::kResized); ++kind) {
    const DeviceCall call{.kind = static_cast<DeviceCallKind>(kind), .region = {0}};
    EXPECT_NE(DeviceCallInWords(call, names), "") << kind;
  }
  EXPECT_EQ(CallbackInWords({.kind = CallbackKind::kLogGlobalAfterSync}, names),
            "log_global_after_sync");
}

}  // namespace
}  // namespace flatcheck
