// Reproductions as text: what compiles and what it finds is for repro_compile_test.sh.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/executor.h"
#include "fuzz/generator.h"
#include "fuzz/reference_machine.h"
#include "fuzz/repro/identifiers.h"
#include "fuzz/repro/reproduction.h"

namespace flatcheck {
namespace {

ProgramText ParseOrDie(const std::string& text) {
  auto parsed = Parse(text);
  EXPECT_TRUE(std::holds_alternative<ProgramText>(parsed)) << text;
  return std::holds_alternative<ProgramText>(parsed) ? std::get<ProgramText>(std::move(parsed))
                                                     : ProgramText();
}

Trace RunReference(const Program& program) {
  ReferenceMachine reference;
  return Run(program, reference);
}

Failure FailureAt(std::size_t step, std::string oracle, std::string field = "") {
  return {{std::move(oracle), "op", std::move(field), ""}, step, "it differs"};
}

struct Emitted {
  std::string program;
  std::string test;
  std::string qemu;
};

Emitted Emit(const ProgramText& text, const Failure& failure,
             std::vector<OperandPlace> free_operands = {}) {
  const Trace expect = RunReference(text.program);
  const Reproduction reproduction{text, failure, expect, std::move(free_operands)};
  return {CommentedProgram(reproduction), GoogleTest(reproduction), QemuCalls(reproduction)};
}

Emitted EmitText(const std::string& text, const Failure& failure) {
  return Emit(ParseOrDie(text), failure);
}

// From the line that begins so to the end of the function.
std::string FunctionFrom(const std::string& source, std::string_view beginning) {
  const std::size_t begin = source.find(beginning);
  if (begin == std::string::npos) return source;
  return source.substr(begin, source.find("\n}\n", begin) + 3 - begin);
}

bool IsPlain(std::string_view source) {
  return std::ranges::all_of(source, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

// A backslash at the end of a comment's line would take the next line into it.
bool ContinuesALine(std::string_view source) {
  return source.find("\\\n") != std::string_view::npos ||
         source.find("?\?/") != std::string_view::npos;
}

constexpr std::string_view kOracles[] = {
    "refusals_agree", "answers_agree",           "events_agree",        "views_agree",
    "lookups_agree",  "view_is_canonical",       "events_rebuild_view", "crash",
    "hang",           "one_transaction_or_many", "disable_and_enable",  "hidden_region"};

constexpr std::string_view kHostile =
    "region int container 0x4000\n"
    "region R0 ram 0x1000\n"
    "region r0 ram 0x1000\n"
    "region a*/b/*c io 0x1000\n"
    "region back\\ io 0x1000\n"
    "region ?\?/ rom 0x1000\n"
    "region \x01\xff\"%s%n romd 0x1000\n"
    "region 3 alias 0x1000 back\\ 0\n"
    "region memory_region_init container 0x1000\n"
    "region a_very_long_name_of_a_region_that_fills_more_than_a_line_of_the_sources_that_name_it "
    "reservation 0x1000\n"
    "as int int\n"
    "listen map int 0\n"
    "add int 0 a*/b/*c\n"
    "add int 0x1000 back\\ -1\n"
    "add int 0x2000 \x01\xff\"%s%n\n"
    "add int 0 no\\\n"
    "add int 0x3000 ?\?/\n";

TEST(CommentedProgram, ParsesToTheSameProgram) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    const ProgramText text = Spell(Generate(seed));
    const std::size_t step = seed % (text.program.operations.size() + 1);
    const Emitted emitted = Emit(text, FailureAt(step, std::string(kOracles[seed % 12])));
    const ProgramText parsed = ParseOrDie(emitted.program);
    EXPECT_EQ(parsed.program, text.program);
    EXPECT_EQ(parsed.names, text.names);
  }
}

TEST(CommentedProgram, SaysWhatBrokeAndWhatEachLineDoes) {
  const ProgramText text = ParseOrDie(
      "region sys container 0x4000\n"
      "region io1 io 0x2000\n"
      "region ram0 ram 0x1000\n"
      "as mem sys\n"
      "add sys 0 io1\n"
      "add sys 0 sys\n"
      "add sys 0x1000 ram0 1\n");
  const Emitted emitted = Emit(text, FailureAt(6, "views_agree", "range.offset"), {{6, 3}});
  EXPECT_EQ(emitted.program,
            "# views_agree-op-range.offset: it differs\n"
            "region sys container 0x4000  # Makes the container sys of 16 KiB; it answers nothing "
            "itself.\n"
            "region io1 io 0x2000         # Makes the device io1 of 8 KiB.\n"
            "region ram0 ram 0x1000       # Makes ram0, RAM of 4 KiB.\n"
            "as mem sys                   # Makes the address space mem of sys and all below it.\n"
            "add sys 0 io1                # Puts io1 into sys at 0x0, with priority 0. It takes "
            "0x0-0x1fff.\n"
            "add sys 0 sys                # Refused (cycle): the region would contain itself.\n"
            "add sys 0x1000 ram0 1        # Puts ram0 into sys at 0x1000, with priority 1. It "
            "takes 0x1000-0x1fff, above io1. The same with any priority.\n"
            "# Here it shows: it differs\n"
            "# The reference has:\n"
            "#   as mem root=sys fvroot=sys nr=2\n"
            "#     0000000000000000-0000000000000fff io1 off=0x0 ro=0 nv=0 romd=1 log=0x0\n"
            "#     0000000000001000-0000000000001fff ram0 off=0x0 ro=0 nv=0 romd=1 log=0x0\n");
}

TEST(GoogleTest, CallsTheEngineAndSpellsOutTheView) {
  const Emitted emitted = EmitText(
      "region sys container 0x4000\n"
      "region ram0 ram 0x1000\n"
      "region lost ram 0x10\n"
      "as mem sys\n"
      "listen kvm mem 10\n"
      "add sys 0x1000 ram0 1\n"
      "add sys 0x2000 gone\n"
      "add sys 0x2000 ram0\n"
      "enable ram0 0\n",
      FailureAt(5, "views_agree", "range.offset"));
  EXPECT_EQ(FunctionFrom(emitted.test, "TEST("),
            R"(TEST(ViewsAgree, OpRangeOffset) {
  MemoryListener kvm;
  MemoryMap map;
  MemoryRegion& sys = Granted(map.CreateContainer("sys", 0x4000));
  MemoryRegion& ram0 = Granted(map.CreateRam("ram0", 0x1000));
  Refused(map.CreateRam("lost", 0x10));  // bad-size
  AddressSpace& mem = Granted(map.CreateAddressSpace("mem", sys));
  Granted(map.RegisterListener(kvm, mem, 10));
  Granted(map.AddSubregion(sys, 0x1000, ram0, 1));
  EXPECT_EQ(Views(map),
            "as mem root=sys fvroot=sys nr=1\n"
            "  0000000000001000-0000000000001fff ram0 off=0x0 ro=0 nv=0 romd=1 log=0x0\n");
}
)");
}

TEST(GoogleTest, RecordsCallsWhereTheyAreWhatDiffers) {
  const Emitted emitted = EmitText(
      "region ram0 ram 0x1000\n"
      "as mem ram0\n"
      "listen kvm mem 0\n",
      FailureAt(2, "events_agree", "callback.count"));
  EXPECT_EQ(FunctionFrom(emitted.test, "TEST("),
            R"(TEST(EventsAgree, OpCallbackCount) {
  std::string heard;
  RecordingListener kvm("kvm", heard);
  MemoryMap map;
  MemoryRegion& ram0 = Granted(map.CreateRam("ram0", 0x1000));
  AddressSpace& mem = Granted(map.CreateAddressSpace("mem", ram0));
  heard.clear();
  Granted(map.RegisterListener(kvm, mem, 0));
  EXPECT_EQ(heard,
            "cb kvm begin\n"
            "cb kvm region_add as=mem mr=ram0 addr=0x0 size=0x1000 off=0x0 ro=0 nv=0\n"
            "cb kvm commit\n");
}
)");
}

TEST(GoogleTest, AsksTheReferenceForTheProbe) {
  Failure failure = FailureAt(1, "lookups_agree", "xlat");
  failure.probe = op::Translate{{0}, {0x800}, {0x2000}, {false}};
  const Emitted emitted = EmitText("region ram0 ram 0x1000\nas mem ram0\n", failure);
  EXPECT_NE(emitted.test.find("EXPECT_EQ(Text(Translate(mem, 0x800, 0x2000, "
                              "map.limits().page_size)),\n"
                              "            \"mr=ram0 xlat=0x800 len=0x800\");"),
            std::string::npos)
      << emitted.test;
}

TEST(QemuCalls, CommentsOutWhatWouldEndQemu) {
  const Emitted emitted = EmitText(
      "region sys container 2^64\n"
      "region ram0 ram 0x1000\n"
      "add sys 0x1000 ram0 -1\n"
      "add sys 0x2000 ram0\n"
      "as mem sys\n",
      FailureAt(4, "views_agree", "range.offset"));
  EXPECT_EQ(FunctionFrom(emitted.qemu, "void reproduce(void)\n{"),
            R"(void reproduce(void)
{
    static MemoryRegion sys, ram0;
    static AddressSpace mem;

    memory_region_init(&sys, NULL, "sys", UINT64_MAX);
    memory_region_init_ram(&ram0, NULL, "ram0", 0x1000, &error_fatal);
    memory_region_add_subregion_overlap(&sys, 0x1000, &ram0, -1);
    /*
     * Refused (has-parent); QEMU asserts:
     * memory_region_add_subregion(&sys, 0x2000, &ram0);
     */
    address_space_init(&mem, &sys, "mem");
    /* Here it shows: it differs */
    mtree_info(true, false, false, false);
    /*
     * Expected:
     * as mem root=sys fvroot=sys nr=1
     *   0000000000001000-0000000000001fff ram0 off=0x0 ro=0 nv=0 romd=1 log=0x0
     */
}
)");
}

TEST(Reproduction, TakesAnyNames) {
  const ProgramText text = ParseOrDie(std::string(kHostile));
  for (const std::string_view oracle : kOracles) {
    SCOPED_TRACE(oracle);
    for (std::size_t step = 10; step <= text.program.operations.size(); ++step) {
      const Emitted emitted = Emit(text, FailureAt(step, std::string(oracle)));
      const ProgramText parsed = ParseOrDie(emitted.program);
      EXPECT_EQ(parsed.program, text.program);
      EXPECT_EQ(parsed.names, text.names);
      EXPECT_TRUE(IsPlain(emitted.test) && IsPlain(emitted.qemu));
      EXPECT_FALSE(ContinuesALine(emitted.test)) << emitted.test;
      EXPECT_FALSE(ContinuesALine(emitted.qemu)) << emitted.qemu;
    }
  }
}

TEST(Reproduction, OfATraceThatEndsBeforeTheFailure) {
  const ProgramText text = Spell(Generate(1));
  const Trace nothing;
  for (const std::string_view oracle : {"crash", "hang"}) {
    const Failure failure = FailureAt(text.program.operations.size() / 2, std::string(oracle));
    const Reproduction reproduction{text, failure, nothing, {}};
    EXPECT_EQ(ParseOrDie(CommentedProgram(reproduction)).program, text.program);
    EXPECT_NE(GoogleTest(reproduction).find("LookAround(map)"), std::string::npos);
    EXPECT_NE(QemuCalls(reproduction).find("reproduce"), std::string::npos);
  }
}

TEST(Identifiers, AreLikeTheNames) {
  const Names names = IdentifiersFor({{"ram0", "PCI-Hole.64", "0", "__x__", "\xff"}, {"A"}, {"A"}});
  EXPECT_EQ(names.regions, (std::vector<std::string>{"ram0", "pci_hole_64", "mr0", "x", "mr"}));
  EXPECT_EQ(names.spaces, std::vector<std::string>{"a"});
  EXPECT_EQ(names.listeners, std::vector<std::string>{"a_2"});
}

TEST(Identifiers, AreUniqueAndNoKeywords) {
  const Names names = IdentifiersFor({{"int", "INT", "int_mr", "map", "r_2", "r", "R", "x_device"},
                                      {"int", "r", "std"},
                                      {"int", "linux", "memory_x"}});
  std::set<std::string> all;
  for (const auto* list : {&names.regions, &names.spaces, &names.listeners}) {
    for (const std::string& name : *list) EXPECT_TRUE(all.insert(name).second) << name;
  }
  for (const char* const taken : {"int", "map", "std", "linux", "memory_x", "x_device"}) {
    EXPECT_FALSE(all.contains(taken)) << taken;
  }
}

}  // namespace
}  // namespace flatcheck
