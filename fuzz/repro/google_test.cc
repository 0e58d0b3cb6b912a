#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fuzz/limits.h"
#include "fuzz/oracles/laws.h"
#include "fuzz/repro/answers.h"
#include "fuzz/repro/assertions.h"
#include "fuzz/repro/engine_calls.h"
#include "fuzz/repro/expectation.h"
#include "fuzz/repro/identifiers.h"
#include "fuzz/repro/listing_expectation.h"
#include "fuzz/repro/memory_expectation.h"
#include "fuzz/repro/reproduction.h"
#include "fuzz/repro/source_text.h"
#include "fuzz/repro/test_parts.h"
#include "fuzz/sketch.h"

namespace flatcheck {
namespace {

constexpr std::size_t kWidth = 100;

class TestWriter {
 public:
  explicit TestWriter(const Reproduction& reproduction)
      : reproduction_(reproduction),
        text_(reproduction.text),
        step_(std::min(reproduction.failure.step, text_.program.operations.size())) {
    text_.names = IdentifiersFor(text_.names);
    expect_ = ExpectationOf(text_, reproduction.expect, step_);
  }

  std::string Write();

 private:
  // The tests, by what failed; functions that a test calls come before it.
  std::string Tests();
  std::string Refusal();
  std::string Answer();
  std::string Signals();
  std::string Lookup();
  std::string State();
  std::string Events();
  std::string RebuiltView();
  std::string View();
  std::string CanonicalView();
  std::string OneTransactionOrMany();
  std::string DisableAndEnable();
  std::string HiddenRegion();
  std::string Crash();

  EngineCalls Calls(Cast cast = {}) const { return {text_, reproduction_.expect, cast}; }
  bool IsAtEnd() const { return step_ == text_.program.operations.size(); }
  // All operations before the step that fails, and that one.
  void PerformBefore(EngineCalls& calls) const;
  void PerformAll(EngineCalls& calls) const;
  void CloseTransactions(EngineCalls& calls) const;
  std::vector<RegionSlot> RegionsOf(const EngineCalls& calls) const;

  std::string Test(const EngineCalls& calls) const;
  std::string MapDeclaration() const;
  std::string Preface() const;

  const Reproduction& reproduction_;
  ProgramText text_;  // Its names are identifiers.
  std::size_t step_;
  Expectation expect_;
};

std::string TestWriter::Write() {
  const std::string tests = Tests();
  const std::string code = PartsFor(tests) + tests;
  return fmt::format(
      "{}\n{}\nnamespace flatcheck::engine {{\nnamespace {{\n\n{}\n}}  // namespace\n}}  // "
      "namespace flatcheck::engine\n",
      Preface(), IncludesFor(code), code);
}

std::string TestWriter::Preface() const {
  const Failure& failure = reproduction_.failure;
  const Signature& signature = failure.signature;
  std::string preface =
      Paragraph(fmt::format("{}: {}", ForComment(ToString(signature)), ForComment(failure.message)),
                "// ", kWidth);
  preface += "//\n";
  std::string how = "Fails where the bug is and passes where it is not.";
  if (signature.oracle == "slots_agree" || signature.oracle == "guest_agrees" ||
      signature.oracle == "kernels_agree") {
    return preface + Paragraph(
                         "Sets the scene: what KVM makes of it shows where the program is "
                         "replayed.",
                         "// ", kWidth);
  }
  if (signature.oracle == "hang") {
    how += " It fails by running out of time.";
  } else if (!IsDisagreement(failure)) {
    how += " It fails by ending: build it, and the engine, with the sanitizers that saw it.";
  } else if (signature.oracle.ends_with("_agree") || signature.oracle == "memory_agrees") {
    how += " What it expects is what the reference does, so one of the two is wrong.";
  } else {
    how += " What it expects is a rule for whatever is done with a map.";
  }
  return preface + Paragraph(how, "// ", kWidth);
}

std::string TestWriter::Tests() {
  const std::string_view oracle = reproduction_.failure.signature.oracle;
  if (oracle == "refusals_agree" && !IsAtEnd()) return Refusal();
  if (oracle == "answers_agree" && !IsAtEnd()) {
    return reproduction_.failure.signature.field == "signals" ? Signals() : Answer();
  }
  if (oracle == "lookups_agree") return Lookup();
  if (oracle == "memory_agrees" || oracle == "listings_agree") return State();
  if (oracle == "events_agree" && !IsAtEnd()) return Events();
  if (oracle == "events_rebuild_view") return RebuiltView();
  if (oracle == "view_is_canonical") return CanonicalView();
  if (oracle == "one_transaction_or_many") return OneTransactionOrMany();
  if (oracle == "disable_and_enable") return DisableAndEnable();
  if (oracle == "hidden_region") return HiddenRegion();
  if (oracle == "crash" || oracle == "leak" || oracle == "hang") return Crash();
  return View();
}

std::string TestWriter::Test(const EngineCalls& calls) const {
  return TestHead(reproduction_.failure.signature) + calls.Body(MapDeclaration()) + "}\n";
}

// The limits of flatcheck's machines, where a request ran into one.
std::string TestWriter::MapDeclaration() const {
  const auto is_at_limit = [](std::string_view refusal) {
    return refusal.starts_with("too-deep") || refusal.starts_with("too-many") ||
           refusal.starts_with("no-memory");
  };
  const std::string_view message = reproduction_.failure.message;
  const bool needs_limits = is_at_limit(message) || message.ends_with("no-memory") ||
                            message.find("should be too-deep") != std::string_view::npos ||
                            message.find("should be too-many") != std::string_view::npos ||
                            std::ranges::any_of(reproduction_.expect.steps, [&](const Step& step) {
                              return is_at_limit(step.refusal);
                            });
  if (!needs_limits) return "MemoryMap map;";
  return fmt::format(
      "MemoryMap map({{.page_size = {:#x},\n"
      "                 .depth_max = {},\n"
      "                 .paths_max = {:#x},\n"
      "                 .ram_bytes_max = {:#x}}});",
      limits::kPageSize, limits::kDepthMax, limits::kPathsMax, limits::kRamBytesMax);
}

void TestWriter::PerformBefore(EngineCalls& calls) const {
  while (calls.step() < step_) calls.Perform();
}

void TestWriter::PerformAll(EngineCalls& calls) const {
  PerformBefore(calls);
  if (!IsAtEnd()) calls.Perform();
}

std::string TestWriter::Refusal() {
  EngineCalls calls = Calls();
  PerformBefore(calls);
  const bool may_fail = expect_.answer_kind == AnswerKind::kRamResized ||
                        expect_.answer_kind == AnswerKind::kNotifierAdded;
  if (!calls.CanBeAsked() || calls.AnswersOnly()) {  // Nobody but the machines refuses it.
    calls.Perform();
  } else if (may_fail) {
    calls.Add(ExpectAnswer(calls.TakeNext(), expect_));
  } else {
    const std::string_view refusal = calls.refusal();
    calls.Add(ExpectText(fmt::format("ToString({})", calls.TakeRefusal()), refusal));
  }
  return Test(calls);
}

std::string TestWriter::Answer() {
  const bool hears_devices = reproduction_.failure.signature.field.starts_with("device_call.");
  EngineCalls calls = Calls({.device = hears_devices ? "RecordingDevice" : "Device"});
  PerformBefore(calls);
  if (hears_devices) {
    calls.Add("heard.clear();");
    calls.Perform();
    calls.Add(ExpectLines("heard", expect_.device_calls));
  } else if (expect_.answer_kind == AnswerKind::kNone || !calls.CanBeAsked()) {
    calls.Perform();  // The reference gives none.
  } else {
    calls.Add(ExpectAnswer(calls.TakeNext(), expect_));
  }
  return Test(calls);
}

std::string TestWriter::Signals() {
  EngineCalls calls = Calls();
  calls.Add("std::string signals;");
  calls.Add(
      "map.SetSignal([&](std::uint32_t notifier) {\n"
      "    signals += std::to_string(notifier) + \" \";\n"
      "  });");
  PerformBefore(calls);
  calls.Add("signals.clear();");
  calls.Perform();
  calls.Add(ExpectText("signals", expect_.signals));
  return Test(calls);
}

std::string TestWriter::Lookup() {
  EngineCalls calls = Calls();
  PerformAll(calls);
  const auto& probe = reproduction_.failure.probe;
  if (probe) {
    calls.Add(ExpectAnswer(calls.Expression(*probe), ExpectedAnswer(text_, step_, *probe)));
  }
  return Test(calls);
}

std::string TestWriter::State() {
  EngineCalls calls = Calls();
  PerformAll(calls);
  ExpectMemory(calls, text_, reproduction_.failure);
  ExpectListing(calls, text_, reproduction_.failure);
  return Test(calls);
}

std::string TestWriter::Events() {
  EngineCalls calls = Calls({.listener = "RecordingListener"});
  PerformBefore(calls);
  calls.Add("heard.clear();");
  calls.Perform();
  calls.Add(ExpectLines("heard", expect_.callbacks));
  return Test(calls);
}

std::string TestWriter::RebuiltView() {
  EngineCalls calls = Calls({.listener = "Mirror"});
  std::vector<ListenerSlot> registered;
  std::uint16_t slot = 0;
  while (calls.step() <= step_ && calls.step() < text_.program.operations.size()) {
    const std::size_t step = calls.step();
    const Operation& operation = calls.next();
    const bool granted = calls.refusal().empty();
    const auto* const unlisten = std::get_if<op::Unlisten>(&operation);
    const bool leaves = unlisten != nullptr && granted;
    if (leaves) {
      calls.Add(fmt::format("{}.Leave();", text_.names.Of(unlisten->listener)));
      std::erase(registered, unlisten->listener);
    }
    calls.Perform();
    if (leaves) calls.Add(fmt::format("{}.ExpectEmpty();", text_.names.Of(unlisten->listener)));
    if (std::holds_alternative<op::Listen>(operation)) {
      if (granted) registered.push_back({slot});
      ++slot;
    }
    const auto& steps = reproduction_.expect.steps;
    const Extent views = step < steps.size() ? steps[step].views : Extent{};
    if (views.begin == views.end) continue;
    for (const ListenerSlot listener : registered) {
      calls.Add(fmt::format("{}.ExpectPublished();", text_.names.Of(listener)));
    }
  }
  return Test(calls);
}

std::string TestWriter::View() {
  EngineCalls calls = Calls();
  PerformAll(calls);
  const std::string_view field = reproduction_.failure.signature.field;
  if (field == "view.origin") {
    calls.Add(ExpectLines("Places(map)", expect_.places));
  } else if (field == "view.sharing") {
    calls.Add(ExpectLines("Sharing(map)", expect_.sharing));
  } else {
    calls.Add(ExpectLines("Views(map)", expect_.views));
  }
  return Test(calls);
}

std::string TestWriter::CanonicalView() {
  EngineCalls calls = Calls();
  PerformAll(calls);
  calls.Add("ExpectCanonical(map);");
  return Test(calls);
}

void TestWriter::CloseTransactions(EngineCalls& calls) const {
  for (std::uint64_t depth = reproduction_.expect.depth; depth > 0; --depth) {
    calls.Add("Granted(map.Commit());");
  }
}

std::string TestWriter::OneTransactionOrMany() {
  EngineCalls many = Calls();
  PerformAll(many);
  CloseTransactions(many);
  many.Add("Rebuild(map);");
  many.Add("return Views(map) + Sharing(map);");

  EngineCalls one = Calls();
  one.Add("Granted(map.Begin());");
  while (one.step() < text_.program.operations.size()) {
    const bool granted = one.refusal().empty();
    if (granted && MayShowInViews(one.next())) {
      one.Perform();
    } else {
      one.Skip();
    }
  }
  one.Add("Rebuild(map);");
  one.Add("Granted(map.Commit());");
  one.Add("return Views(map) + Sharing(map);");

  const std::string map = MapDeclaration();
  return fmt::format(
      "std::string AfterManyTransactions() {{\n{}}}\n\n// The same changes.\n"
      "std::string AfterOneTransaction() {{\n{}}}\n\n{}"
      "  EXPECT_EQ(AfterOneTransaction(), AfterManyTransactions());\n}}\n",
      many.Body(map), one.Body(map), TestHead(reproduction_.failure.signature));
}

std::vector<RegionSlot> TestWriter::RegionsOf(const EngineCalls& calls) const {
  std::vector<RegionSlot> regions;
  for (RegionSlot region{0}; region.index < text_.names.regions.size(); ++region.index) {
    if (calls.live().Has(region)) regions.push_back(region);
  }
  return regions;
}

std::string TestWriter::DisableAndEnable() {
  EngineCalls calls = Calls();
  PerformAll(calls);
  CloseTransactions(calls);
  calls.Add("Rebuild(map);");
  calls.Add("const std::string before = Views(map) + Sharing(map);");
  std::string regions;
  for (const RegionSlot region : RegionsOf(calls)) {
    regions += fmt::format("{}&{}", regions.empty() ? "" : ", ", calls.Variable(region));
  }
  calls.Add(
      fmt::format("for (MemoryRegion* const region : {{{}}}) {{\n"
                  "    if (!region->enabled()) continue;\n"
                  "    SCOPED_TRACE(region->name());\n"
                  "    Granted(map.SetEnabled(*region, false));\n"
                  "    Granted(map.SetEnabled(*region, true));\n"
                  "    EXPECT_EQ(Views(map) + Sharing(map), before);\n"
                  "  }}",
                  regions));
  return Test(calls);
}

std::string TestWriter::HiddenRegion() {
  EngineCalls calls = Calls();
  Sketch sketch;
  for (const Operation& operation : text_.program.operations) sketch.Perform(operation);
  PerformAll(calls);
  CloseTransactions(calls);
  calls.Add("Rebuild(map);");
  const auto cover = std::ranges::find_if(sketch.regions, CanHide);
  if (cover == sketch.regions.end()) return Test(calls);
  calls.Add("auto before = ViewsByRoot(map);");
  calls.Add(
      fmt::format("// As large as {}, and behind it.",
                  text_.names.regions[static_cast<std::size_t>(cover - sketch.regions.begin())]));
  calls.Add("MemoryRegion& hidden = Granted(map.CreateReservation(\"hidden\", " +
            (cover->size == UINT64_MAX ? "UINT64_MAX" : Number(cover->size)) + "));");
  calls.Add(fmt::format("Granted(map.AddSubregion({}, {}, hidden, {}));",
                        calls.Variable(cover->container), Number(cover->address),
                        cover->priority - 1));
  calls.Add(
      "for (const auto& [space, view] : ViewsByRoot(map)) {\n"
      "    // A second child may end the resolution of a root: then it is another view.\n"
      "    if (before.contains(space)) EXPECT_EQ(view, before[space]) << space;\n"
      "  }");
  return Test(calls);
}

std::string TestWriter::Crash() {
  const bool hangs = reproduction_.failure.signature.oracle == "hang";
  EngineCalls calls = Calls({.listener = "RecordingListener"});
  if (hangs) calls.Add("alarm(10);  // A hang ends the process.");
  PerformBefore(calls);
  if (!IsAtEnd()) {  // The reference may not have lived to say whether it is granted.
    const std::string request = calls.TakeNext();
    if (!request.empty()) calls.Add(fmt::format("(void){};", request));
  }
  const auto& probe = reproduction_.failure.probe;
  if (probe) calls.Add(fmt::format("{};", calls.Expression(*probe)));
  calls.Add("LookAround(map);");
  if (hangs) calls.Add("alarm(0);");
  return Test(calls);
}

}  // namespace

std::string GoogleTest(const Reproduction& reproduction) {
  return TestWriter(reproduction).Write();
}

}  // namespace flatcheck
