#include "fuzz/repro/answers.h"

#include <fmt/format.h>

#include "fuzz/repro/assertions.h"

namespace flatcheck {
namespace {

// What stands behind the last `=` of a line.
std::string_view ValueOf(std::string_view line) { return line.substr(line.rfind('=') + 1); }

std::string ExpectTrue(std::string_view question, bool is_true) {
  return fmt::format("EXPECT_{}({});", is_true ? "TRUE" : "FALSE", question);
}

}  // namespace

std::string ExpectAnswer(std::string_view question, const Expectation& expect) {
  const std::string line = expect.answer.empty() ? "" : expect.answer.front();
  const auto text = [&](std::string_view call) {
    return ExpectText(fmt::format("{}({})", call, question), line);
  };
  switch (expect.answer_kind) {
    case AnswerKind::kFound:
    case AnswerKind::kTranslated:
    case AnswerKind::kLoaded:
    case AnswerKind::kMapped:
    case AnswerKind::kIotlb:
      return text("Text");
    case AnswerKind::kRead:
    case AnswerKind::kPeeked:
    case AnswerKind::kHostOf:
      return ExpectText(question, line);
    case AnswerKind::kRegionPointer:
      return ExpectText(fmt::format("Text(map, {})", question), line);
    case AnswerKind::kWritten:
    case AnswerKind::kStored:
      return fmt::format("EXPECT_EQ({}, {}u);", question, ValueOf(line));
    case AnswerKind::kAccessValid:
    case AnswerKind::kTestCleared:
      return ExpectTrue(fmt::format("{}.value", question), line == "1");
    case AnswerKind::kDirty:
    case AnswerKind::kSnapshot:
      return ExpectText(fmt::format("Pages({}.value)", question), ValueOf(line));
    case AnswerKind::kBlocks:
      return ExpectLines(question, expect.answer);
    case AnswerKind::kRamResized:
    case AnswerKind::kNotifierAdded:
      return text("Outcome");
    case AnswerKind::kUnmapped:
    case AnswerKind::kNotified:
    case AnswerKind::kReplayed:
      return fmt::format("Granted({});", question);
    case AnswerKind::kNone:
    case AnswerKind::kRomWritten:
    case AnswerKind::kPoked:
      return fmt::format("{};", question);
  }
  return {};
}

}  // namespace flatcheck
