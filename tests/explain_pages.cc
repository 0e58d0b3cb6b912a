// Usage: explain_pages FOLDER
// Writes pages of what goes wrong, by machines with planted faults, and large ones: for
// explain_page_test.js, and to be looked at.

#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/explain/page.h"
#include "fuzz/generator.h"
#include "fuzz/program_text.h"
#include "fuzz/reference_machine.h"
#include "tests/planted_faults.h"

namespace flatcheck {
namespace {

constexpr std::string_view kBoard = R"(region system container 2^64
region ram ram 0x8000000
region flash rom 0x20000
region low alias 0xa0000 ram 0x0
region high alias 0x7f00000 ram 0x100000
region pci container 2^64
region vga ram 0x800000
region window alias 0x20000 vga 0x0
region serial io 0x8
region bios alias 0x20000 flash 0x0
as memory system
listen kvm memory 10
listen vhost memory 20
begin
add system 0x0 low
add system 0x100000 high
add system 0x0 pci -1
add pci 0xe0000000 vga
add system 0xa0000 window 1
add system 0xe0000 bios 1
add system 0xfffe0000 flash 0
commit
add pci 0xfee00000 serial
add system 0x100000 flash
enable window 0
log vga 1
region rom romd 0x2000
add system 0xa8000 rom 2
read memory 0xa8000 4
xlat memory 0xfee00004 8 1
readonly high 1
enable window 1
)";

// The first planted fault of that name, in the engine's place.
const Fault& FaultOf(std::string_view name) {
  static const std::vector<Planted> all = AllPlanted();
  for (const Planted& planted : all) {
    if (planted.name == name) return planted.fault;
  }
  std::fprintf(stderr, "explain_pages: there is no fault '%s'\n", std::string(name).c_str());
  std::exit(2);
}

std::optional<ProbeAnswers> AskProbe(const Program& program, const std::optional<Failure>& failure,
                                     Machine& expect, Machine& actual) {
  if (!failure || !failure->probe) return std::nullopt;
  const auto* ask = std::get_if<op::Translate>(&*failure->probe);
  if (ask == nullptr) return std::nullopt;
  Run(program, expect);
  Run(program, actual);
  ProbeAnswers answers;
  const auto fill = [ask](const Machine& machine, Answer& answer) {
    answer.kind = AnswerKind::kTranslated;
    answer.translated =
        machine.Translate(ask->space, ask->address.value, ask->length.value, ask->is_write.value);
  };
  fill(expect, answers.expect);
  fill(actual, answers.actual);
  return answers;
}

std::string PageOf(const ProgramText& text, const Fault& fault, std::string name) {
  Differential differential = With(fault, Where::kEngine);
  std::optional<Failure> failure;
  if (const auto caught = differential.Check(text.program)) {
    failure.emplace();
    failure->signature = SignatureOf(text.program, *caught);
    failure->step = caught->step;
    failure->message = caught->message;
    failure->probe = caught->probe;
  }
  Program part = text.program;
  if (failure && failure->step < part.operations.size()) part.operations.resize(failure->step + 1);
  const auto engine = [&fault] { return Faulty(std::make_unique<EngineMachine>(), fault); };
  ReferenceMachine reference;
  Faulty faulty = engine();
  const Trace expect = Run(part, reference);
  const Trace actual = Run(part, faulty);
  ReferenceMachine reference_again;
  Faulty faulty_again = engine();
  Explanation explanation{text, {expect, actual}, failure, {}};
  explanation.probe_answers = AskProbe(part, failure, reference_again, faulty_again);
  if (failure) explanation.free_operands = {{1, 1}, {11, 2}, {27, 1}};
  explanation.name = std::move(name);
  return Page(explanation);
}

ProgramText Text(std::string_view program) { return std::get<ProgramText>(Parse(program)); }

// A thousand operations and more.
ProgramText LongProgram() {
  std::string text = "region root container 2^64\nas a root\nlisten l a 0\n";
  for (int i = 0; i < 250; ++i) {
    text += fmt::format("region r{} {} 0x4000\n", i, i % 3 == 0 ? "io" : "ram");
    text += fmt::format("add root {:#x} r{} {}\n", i * 0x3000 % 0x80000, i, i % 7);
    text += fmt::format("enable r{0} 0\nenable r{0} {1}\n", i, i % 2 == 0 ? 1 : 0);
  }
  return Text(text);
}

// What is left of a program whose last operation ends the process.
std::string CrashPage(const ProgramText& text) {
  Program part = text.program;
  part.operations.pop_back();
  ReferenceMachine reference;
  EngineMachine engine;
  const Trace expect = Run(part, reference);
  const Trace actual = Run(part, engine);
  Failure failure;
  failure.signature = {"crash", "enable", "flat_view.cc", "heap-use-after-free"};
  failure.step = part.operations.size();
  failure.message = "heap-use-after-free in Render";
  failure.printed = "ERROR: AddressSanitizer: heap-use-after-free\n    #0 in Render\n";
  Explanation explanation{text, {expect, actual}, failure, {}};
  explanation.name = "crash.ops";
  return Page(explanation);
}

// Listeners would be the first to tell that the views differ.
std::string WithoutListeners(std::string_view program) {
  std::istringstream lines{std::string(program)};
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("listen ")) kept += line + '\n';
  }
  return kept;
}

int WriteAll(const std::string& folder) {
  const Fault none;
  Fault short_translation;
  short_translation.translate = [](Translated& translated) {
    if (translated.region != RegionSlot{} && translated.length > 0x100) --translated.length;
  };
  const ProgramText board = Text(kBoard);
  const auto write = [&](const std::string& name, const std::string& page) {
    std::ofstream(folder + "/" + name + ".html", std::ios::binary) << page;
  };
  write("agrees", PageOf(board, none, "board.ops"));
  write("priorities", PageOf(Text(WithoutListeners(kBoard)),
                             FaultOf("priorities are turned around"), "priorities.ops"));
  write("nops", PageOf(board, FaultOf("region_nop is not called"), "nops.ops"));
  write("translation", PageOf(board, short_translation, "lookup.ops"));
  write("thousand", PageOf(LongProgram(), none, "thousand.ops"));
  write("crash", CrashPage(board));
  write("hostile", PageOf(Text("region </script><img/src=x> ram 0x1000\n"
                               "as \"]}\\\xff\x1b</style> </script><img/src=x>\n"),
                          none, "<!--<script>"));
  return 0;
}

}  // namespace
}  // namespace flatcheck

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: explain_pages FOLDER\n");
    return 2;
  }
  return flatcheck::WriteAll(arguments[1]);
}
