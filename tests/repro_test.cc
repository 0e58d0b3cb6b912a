// Reproductions as text: what compiles and what it finds is for repro_compile_test.sh.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/generator.h"
#include "fuzz/repro/identifiers.h"
#include "tests/reproduced.h"

namespace flatcheck {
namespace {

// A backslash at the end of a comment's line would take the next line into it.
bool ContinuesALine(std::string_view source) {
  return source.find("\\\n") != std::string_view::npos ||
         source.find("?\?/") != std::string_view::npos;
}

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
    "add int 0x3000 ?\?/\n"
    "region value resizeable 0x1000 0x2000\n"
    "region table iommu 0x4000 trace nomap\n"
    "region ops_of_x io 0x1000 big accepts=reject-odd fail=0xf0\n"
    "iomap table 0 0xfff int 0x1000 3\n"
    "map result int 0 4 1\n"
    "map \xff*/ int 0x2000 4 0\n"
    "notifier table_iommu table 0 0xfff 2\n"
    "notifier heard\\ table 0 0xfff 1\n"
    "poke result 0 4 1\n"
    "load int 0 4 be\n"
    "blocks\n";

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
  EXPECT_NE(emitted.test.find("EXPECT_EQ(Text(Translate(map, mem, 0x800, 0x2000)), "
                              "\"mr=ram0 xlat=0x800 len=0x800\");"),
            std::string::npos)
      << emitted.test;
}

TEST(CommentedProgram, NamesTheKindsOfFreeOperands) {
  const ProgramText text = ParseOrDie(
      "region dma iommu 0x10000\nas mem dma\niomap dma 0 0xfff mem 0 3\nload mem 0 4 be\n"
      "notifier n0 dma 0 0xfff 1\nionotify dma 0 0xfff 0 0 1\nunnotifier n0\n"
      "region io0 io 1 big\nmap m0 mem 0 1 0\npeek m0 0 0\ndirty dma 0 0 vga\n");
  std::vector<OperandPlace> all;
  for (std::size_t operation = 0; operation < text.program.operations.size(); ++operation) {
    for (std::size_t operand = 0; operand < 6; ++operand) all.push_back({operation, operand});
  }
  const std::string program = Emit(text, FailureAt(0, "crash"), all).program;
  for (const std::string_view nouns :
       {"any name, any size, any traits.",
        "any address, any mask, any address space, any address, any permission.",
        "any address, any width, any byte order.", "any address, any address, any flags.",
        "any permission, any type.", "any notifier.", "any size, any profile.",
        "any mapping, any address, any length.", "any length, any client."}) {
    EXPECT_NE(program.find(nouns), std::string::npos) << nouns << '\n' << program;
  }
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

// What nobody calls would not compile.
TEST(Reproduction, BringsNothingAlongForComments) {
  const Emitted emitted = EmitText(
      "region Blocks(map) ram 0x1000\n"
      "add Blocks(map) 0 Pages(gone)\n"
      "dirty Blocks(map) 0 0x2000 vga\n"
      "iomap Blocks(map) 0 0 HostOf(map 0 3\n"
      "as mem Blocks(map)\n"
      "iomap Blocks(map) 0 0 mem 0 3\n"
      "ramresize Blocks(map) 0x1000\n",
      FailureAt(4, "views_agree", "range.offset"));
  EXPECT_EQ(emitted.test.find("std::string Blocks"), std::string::npos) << emitted.test;
  EXPECT_EQ(emitted.qemu.find("static void ask_"), std::string::npos) << emitted.qemu;
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
  const Trace nothing;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    const ProgramText text = Spell(Generate(seed));
    for (const std::string oracle : {"crash", "hang"}) {
      const Failure failure = FailureAt(text.program.operations.size() / 2, oracle);
      const Reproduction reproduction{text, failure, nothing, {}};
      EXPECT_EQ(ParseOrDie(CommentedProgram(reproduction)).program, text.program);
      EXPECT_NE(GoogleTest(reproduction).find("LookAround(map)"), std::string::npos);
      EXPECT_NE(QemuCalls(reproduction).find("reproduce"), std::string::npos);
    }
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
