// Usage: sample_reproduction ORACLE STEM [PROGRAM [FIELD [WORD]]]
// Finds the first generated program that the oracle objects to, shrinks it, and writes its
// reproduction to STEM.ops, STEM_test.cc and STEM_qemu.c. Exits 1 if there is none. Linked with a
// faulty engine, it shows what a finding of that fault looks like.
//
// With a program, its text, it pretends that the oracle objects to what it last had to look at, or
// to the last operation of that word, in that field.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/generator.h"
#include "fuzz/guarded_differential.h"
#include "fuzz/reference_machine.h"
#include "fuzz/repro/reproduction.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kSeeds = 2000;
constexpr std::size_t kExecutionsMax = 2000;
constexpr std::chrono::milliseconds kStallMax{2000};

bool WriteFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  return static_cast<bool>(file << content << std::flush);
}

int Write(const std::string& stem, const ProgramText& text, const Failure& failure) {
  ReferenceMachine reference;
  const Trace expect = Run(text.program, reference);
  const Reproduction reproduction{text, failure, expect, {}};
  const bool written = WriteFile(stem + ".ops", CommentedProgram(reproduction)) &&
                       WriteFile(stem + "_test.cc", GoogleTest(reproduction)) &&
                       WriteFile(stem + "_qemu.c", QemuCalls(reproduction));
  return written ? 0 : 2;
}

struct Pretence {
  std::string program;
  std::string field = "nothing";
  std::string word{};
};

// Whether the oracle looks at such a step.
bool Concerns(const std::string& oracle, const std::string& field, const Step& step) {
  if (field.starts_with("device_call.")) return step.device_calls.begin != step.device_calls.end;
  if (field == "signals") return step.signals.begin != step.signals.end;
  if (oracle == "answers_agree") return step.answer >= 0;
  if (oracle == "events_agree") return step.callbacks.begin != step.callbacks.end;
  if (oracle == "views_agree") return step.views.begin != step.views.end;
  return true;
}

int Pretend(const std::string& oracle, const std::string& stem, const Pretence& pretence) {
  std::ostringstream source;
  source << std::ifstream(pretence.program, std::ios::binary).rdbuf();
  const auto parsed = Parse(source.str());
  const auto* const text = std::get_if<ProgramText>(&parsed);
  if (text == nullptr) return 2;
  ReferenceMachine reference;
  const std::vector<Step> steps = Run(text->program, reference).steps;
  const auto concerns = [&](std::size_t step) {
    const bool has_word =
        pretence.word.empty() || OperationWord(text->program, step) == pretence.word;
    return has_word && Concerns(oracle, pretence.field, steps[step]);
  };
  std::size_t step = steps.size();
  while (step > 0 && !concerns(step - 1)) --step;
  if (step == 0) return 2;
  const Signature signature{oracle, OperationWord(text->program, step - 1), pretence.field, ""};
  return Write(stem, *text, {.signature = signature, .step = step - 1, .message = "no bug at all"});
}

// The oracles that know the rules are asked about the engine alone: a comparison would object
// first.
GuardedDifferential DifferentialFor(const std::string& oracle) {
  const NewMachine reference = [](const Program&) { return std::make_unique<ReferenceMachine>(); };
  const NewMachine engine = [](const Program&) { return std::make_unique<EngineMachine>(); };
  const bool compares = oracle.ends_with("_agree") || oracle == "crash" || oracle == "hang";
  return {compares ? reference : engine, engine, kStallMax};
}

int Find(const std::string& oracle, const std::string& stem) {
  const GuardedDifferential differential = DifferentialFor(oracle);
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto found = differential.Check(Generate(seed));
    if (!found || found->signature.oracle != oracle) continue;
    const Program program = differential.Shrink(Generate(seed), *found, kExecutionsMax).program;
    const auto failure = differential.Check(program);
    if (!failure) continue;
    fmt::print("{}\n", ToString(failure->signature));
    return Write(stem, Spell(program), *failure);
  }
  return 1;
}

}  // namespace
}  // namespace flatcheck

int main(int argument_count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + argument_count);
  if (words.size() < 2 || words.size() > 5) {
    fmt::print(stderr, "usage: sample_reproduction ORACLE STEM [PROGRAM [FIELD [WORD]]]\n");
    return 2;
  }
  if (words.size() == 2) return flatcheck::Find(words[0], words[1]);
  flatcheck::Pretence pretence{.program = words[2]};
  if (words.size() > 3) pretence.field = words[3];
  if (words.size() > 4) pretence.word = words[4];
  return flatcheck::Pretend(words[0], words[1], pretence);
}
