#include "fuzz/explain/page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "fuzz/explain/json_text.h"
#include "fuzz/explain/page_parts.h"
#include "fuzz/explain/step_rows.h"
#include "fuzz/explain/step_text.h"
#include "fuzz/plain_words.h"
#include "fuzz/printable.h"
#include "fuzz/words.h"

namespace flatcheck {
namespace {

// Where the n-th operand of an operation stands among the words of its line.
std::size_t WordOf(const Operation& operation, std::size_t operand) {
  if (std::holds_alternative<op::Unknown>(operation)) return SIZE_MAX;
  const auto words = Words(KindOf(operation).syntax);
  for (std::size_t word = 0; word < words.size(); ++word) {
    const bool is_operand = words[word].find('%') != std::string_view::npos;
    if (is_operand && operand-- == 0) return word;
  }
  return SIZE_MAX;
}

// Those of one operation; an operand that is left out in the line is in none of its words.
std::vector<std::size_t> FreeWords(const Explanation& explanation, std::size_t operation) {
  std::vector<std::size_t> words;
  const std::size_t count = Words(explanation.text.lines[operation].text).size();
  for (const OperandPlace& place : explanation.free_operands) {
    if (place.operation != operation) continue;
    const std::size_t word = WordOf(explanation.text.program.operations[operation], place.operand);
    if (word < count) words.push_back(word);
  }
  return words;
}

std::string NamesJson(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  quoted.reserve(names.size());
  for (const std::string& name : names) quoted.push_back(Quoted(name));
  return fmt::format("[{}]", fmt::join(quoted, ","));
}

struct Rule {
  std::string_view oracle;
  std::string_view sentence;
};

constexpr std::array<Rule, 18> kRules = {{
    {"answers_agree",
     "Engine and reference answer a question differently, or call a device differently."},
    {"crash", "The engine crashed."},
    {"disable_and_enable", "Disabling a region and enabling it again changed the view."},
    {"events_agree", "Engine and reference call the listeners differently."},
    {"events_rebuild_view", "What a listener heard does not rebuild the view that it hears of."},
    {"guest_agrees", "A guest under KVM meets other things than the reference says."},
    {"hang", "The engine did not come to an end."},
    {"hidden_region", "A region that is hidden by others changed the view."},
    {"kernels_agree", "The host's kernel and the fake one answer a request differently."},
    {"leak", "Memory was lost."},
    {"listings_agree", "Engine and reference print the map differently."},
    {"lookups_agree",
     "Engine and reference show the same view, but look up an address in it differently."},
    {"memory_agrees",
     "Engine and reference hold other bytes, other RAM blocks, or count other pages as dirty."},
    {"one_transaction_or_many",
     "The same changes in one transaction or in many led to different views."},
    {"refusals_agree",
     "One of engine and reference refuses what the other grants, or for another reason."},
    {"slots_agree",
     "The slots, dirty logs or bus entries that the engine gave the kernel are not those that the "
     "reference expects."},
    {"view_is_canonical", "A view is not as short and as sorted as it must be."},
    {"views_agree", "Engine and reference show different views."},
}};

std::string RuleInWords(std::string_view oracle) {
  for (const Rule& rule : kRules) {
    if (rule.oracle == oracle) return std::string(rule.sentence);
  }
  return fmt::format("The law {} is broken.", oracle);
}

std::string ProbeJson(const Explanation& explanation) {
  const Operation& probe = *explanation.failure->probe;
  const Names& names = explanation.text.names;
  std::string json =
      fmt::format(R"({{"says":{})", Quoted(OperationInWords(probe, SlotTable(), names)));
  std::visit(
      [&json]<class Op>(const Op& ask) {
        if constexpr (kIsOneOf<Op, op::Translate, op::HostOf>) {
          json += fmt::format(R"(,"space":{},"at":"{:#x}")", ask.space.index, ask.address.value);
        }
      },
      probe);
  if (const auto& answers = explanation.probe_answers) {
    json += fmt::format(R"(,"expect":{},"actual":{})",
                        Quoted(AnswerInWords(answers->expect, explanation.traces.expect, names)),
                        Quoted(AnswerInWords(answers->actual, explanation.traces.actual, names)));
  }
  return json + "}";
}

std::string LinesJson(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    lines.push_back(Quoted(line));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return fmt::format("[{}]", fmt::join(lines, ","));
}

std::string FailureJson(const Explanation& explanation) {
  if (!explanation.failure) return "null";
  const Failure& failure = *explanation.failure;
  std::string json = fmt::format(
      R"({{"signature":{},"oracle":{},"rule":{},"step":{},"message":{})",
      Quoted(ToString(failure.signature)), Quoted(failure.signature.oracle),
      Quoted(RuleInWords(failure.signature.oracle)), failure.step, Quoted(failure.message));
  if (!failure.printed.empty()) json += ",\"printed\":" + LinesJson(failure.printed);
  if (failure.probe) json += ",\"probe\":" + ProbeJson(explanation);
  return json + "}";
}

std::string StoryJson(const Explanation& explanation) {
  StepRows rows(explanation.text, explanation.traces);
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < explanation.text.program.operations.size(); ++i) {
    steps.push_back(rows.Json(i, FreeWords(explanation, i)));
  }
  return fmt::format(
      "{{\"name\":{},\"failure\":{},\"tried\":{},\n\"regions\":{},\"spaces\":{},\"listeners\":{},\n"
      "{},\n\"steps\":[{}]}}",
      Quoted(explanation.name), FailureJson(explanation), !explanation.free_operands.empty(),
      rows.RegionsJson(), NamesJson(explanation.text.names.spaces),
      NamesJson(explanation.text.names.listeners), rows.ListsJson(), fmt::join(steps, ",\n"));
}

// HTML with text in it: what Quoted escapes and HTML cannot take as it is.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : Printable(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// Puts parts where the skeleton names them, {{like this}}. What a part says itself is not looked
// at.
std::string Filled(std::string_view skeleton,
                   std::span<const std::pair<std::string_view, std::string_view>> parts) {
  std::string filled;
  for (std::size_t open = 0; (open = skeleton.find("{{")) != std::string_view::npos;) {
    const std::size_t close = skeleton.find("}}", open);
    const std::string_view name = skeleton.substr(open + 2, close - open - 2);
    filled += skeleton.substr(0, open);
    for (const auto& [part, text] : parts) {
      if (part == name) filled += text;
    }
    skeleton.remove_prefix(close + 2);
  }
  return filled += skeleton;
}

}  // namespace

std::string Page(const Explanation& explanation) {
  const std::string title =
      Escaped(explanation.name.empty() ? "A guest memory map" : explanation.name);
  const std::string story = StoryJson(explanation);
  const std::array<std::pair<std::string_view, std::string_view>, 4> parts = {{
      {"title", title},
      {"style", PageCss()},
      {"story", story},
      {"script", PageScript()},
  }};
  return Filled(PageHtml(), parts);
}

}  // namespace flatcheck
