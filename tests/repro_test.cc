// Reproductions as text: what compiles and what it finds is for repro_compile_test.sh.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
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

constexpr std::string_view kMemoryProgram =
    "region sys container 2^64\n"
    "region ram0 resizeable 0x1000 0x4000\n"
    "region io0 io 0x1000 valid=1..8 impl=4..4 unaligned big accepts=reject-odd fail=0xf0\n"
    "region dma iommu 0x10000 trace nomap\n"
    "add sys 0 ram0\n"
    "add sys 0x8000 io0\n"
    "as mem sys\n"
    "as dev dma\n"
    "iomap dma 0x1000 0xfff mem 0 3\n"
    "notifier n0 dma 0 0xffff 2\n"
    "notifier n1 dma 0 0xffff 5\n"
    "map m0 dev 0x1000 0x10 1\n"
    "peek m0 8 16\n"
    "poke m0 0 4 0x11223344\n"
    "unmap m0 4\n"
    "load dev 0x1000 4 be\n"
    "store mem 0x8002 2 le 0x12345678\n"
    "ramresize ram0 0x2000\n"
    "ramresize ram0 0x8000\n"
    "dirty ram0 0 0x4000 vga\n"
    "accessvalid mem 0 0x20000 0\n"
    "asdestroy mem\n"
    "ionotify dma 0 0xffff 0 0 4\n";

TEST(GoogleTest, HasDevicesTablesMappingsAndNotifiers) {
  const Emitted emitted =
      EmitText(std::string(kMemoryProgram), FailureAt(22, "answers_agree", "device_call.value"));
  EXPECT_EQ(FunctionFrom(emitted.test, "TEST("), R"(TEST(AnswersAgree, OpDeviceCallValue) {
  std::string heard;
  RecordingDevice io0_device(
      "io0",
      heard,
      {.valid = {.min = 1, .max = 8, .unaligned = true},
       .impl = {.min = 4, .max = 4},
       .order = ByteOrder::kBig},
      [](std::uint64_t offset, unsigned, bool) {
        return offset % 2 == 0;
      },
      0xf0);
  RecordingIommu dma_iommu("dma", heard, RefusesMap::kYes, Traces::kYes);
  RecordingNotifier n0("n0", heard, 0, 0xffff, kIommuMap);
  RecordingNotifier n1("n1", heard, 0, 0xffff, kIommuUnmap | kIommuDeviceIotlbUnmap);
  MemoryMap map;
  MemoryRegion& sys = Granted(map.CreateContainer("sys", UINT64_MAX));
  MemoryRegion& ram0 = Granted(map.CreateResizeableRam(
      "ram0", 0x1000, 0x4000, Resized("ram0", heard)));
  MemoryRegion& io0 = Granted(map.CreateIo("io0", 0x1000, io0_device));
  MemoryRegion& dma = Granted(map.CreateIommu("dma", 0x10000, dma_iommu));
  Granted(map.AddSubregion(sys, 0, ram0));
  Granted(map.AddSubregion(sys, 0x8000, io0));
  AddressSpace& mem = Granted(map.CreateAddressSpace("mem", sys));
  AddressSpace& dev = Granted(map.CreateAddressSpace("dev", dma));
  dma_iommu.Map(0x1000, 0xfff, mem, 0, kIommuReadWrite);
  Refused(RegisterNotifier(dma, n0));  // it fails
  Granted(RegisterNotifier(dma, n1));
  Mapping m0 = MapMemory(map, dev, 0x1000, 0x10, true);
  // Refused (bad-range): peek m0 8 16
  std::ranges::copy(Repeated(0x11223344, 4), m0.bytes().subspan(0).begin());
  Granted(Unmap(m0, 4));
  Load(map, dev, 0x1000, 4, ByteOrder::kBig);
  Store(map, mem, 0x8002, 2, ByteOrder::kLittle, 0x5678);
  Granted(map.ResizeRam(ram0, 0x2000));
  Refused(map.ResizeRam(ram0, 0x8000));  // it fails
  Granted(DirtyRuns(map, ram0, {0, 0x4000}, DirtyClient::kVga).refusal);
  // Refused (too-long): accessvalid mem 0 0x20000 0
  dma_iommu.Forget(mem);
  Granted(map.DestroyAddressSpace(mem));
  heard.clear();
  Granted(NotifyIommu(
      dma,
      {.iova = 0, .translated = 0, .mask = 0xffff, .permission = kIommuNone},
      kIommuDeviceIotlbUnmap));
  EXPECT_EQ(heard, "cb n1 notify iova=0x0 mask=0xffff addr=0x0 perm=0\n");
}
)");
}

TEST(GoogleTest, SpellsOutAnswers) {
  const ProgramText text = ParseOrDie(std::string(kMemoryProgram));
  const auto asserts = [&](std::size_t step, std::string_view code) {
    const Emitted emitted = Emit(text, FailureAt(step, "answers_agree", "answer"));
    EXPECT_NE(emitted.test.find(code), std::string::npos) << step << '\n' << emitted.test;
  };
  asserts(9, "EXPECT_EQ(Outcome(RegisterNotifier(dma, n0)), \"error\");");
  asserts(11,
          "EXPECT_EQ(Text(MapMemory(map, dev, 0x1000, 0x10, true)), "
          "\"mr=ram0 off=0x0 len=0x10\");");
  asserts(15,
          "EXPECT_EQ(Text(Load(map, dev, 0x1000, 4, ByteOrder::kBig)), "
          "\"res=0 val=0x44332211\");");
  asserts(16, "EXPECT_EQ(Store(map, mem, 0x8002, 2, ByteOrder::kLittle, 0x5678), 0u);");
  asserts(17, "EXPECT_EQ(Outcome(map.ResizeRam(ram0, 0x2000)), \"ok\");");
  asserts(19,
          "EXPECT_EQ(Pages(DirtyRuns(map, ram0, {0, 0x4000}, DirtyClient::kVga).value), "
          "\"0-1\");");
}

TEST(GoogleTest, ComparesMemory) {
  const ProgramText text = ParseOrDie(std::string(kMemoryProgram));
  const auto asserts = [&](Failure failure, std::string_view code) {
    const Emitted emitted = Emit(text, failure);
    EXPECT_NE(emitted.test.find(code), std::string::npos) << emitted.test;
  };
  asserts(FailureAt(17, "memory_agrees", "blocks"),
          "  EXPECT_EQ(Blocks(map),\n            \"n=1\\n\"\n"
          "            \"  ram0 off=0x0 used=0x2000 max=0x4000\\n\");");
  asserts(FailureAt(17, "memory_agrees", "dirty.migration"),
          "EXPECT_EQ(Pages(DirtyRuns(map, ram0, {0, 0x4000}, DirtyClient::kMigration).value), "
          "\"0-1\");");
  Failure bytes = FailureAt(17, "memory_agrees", "bytes");
  bytes.message = "byte 0x10 of r1 is 0x0, should be 0x5";
  asserts(bytes, "EXPECT_EQ(ram0.ram()->host()[0x10], 0x5);");
}

TEST(QemuCalls, HasDevicesTablesMappingsAndNotifiers) {
  const Emitted emitted =
      EmitText(std::string(kMemoryProgram), FailureAt(22, "answers_agree", "device_call.value"));
  EXPECT_EQ(FunctionFrom(emitted.qemu, "void reproduce(void)\n{"), R"c(void reproduce(void)
{
    static MemoryRegion sys, ram0, io0;
    static TableIommu dma;
    static AddressSpace mem, dev;
    static HostMapping m0;
    static PrintingNotifier n0, n1;
    MemTxResult result;
    uint64_t value;

    memory_region_init(&sys, NULL, "sys", UINT64_MAX);
    memory_region_init_resizeable_ram(&ram0, NULL, "ram0", 0x1000, 0x4000,
                                      print_resized, &error_fatal);
    memory_region_init_io(&io0, NULL, &ops_of_io0, (void *)"io0", "io0",
                          0x1000);
    ask_table_init(&dma, "dma", 0x10000, true, true);
    memory_region_add_subregion(&sys, 0, &ram0);
    memory_region_add_subregion(&sys, 0x8000, &io0);
    address_space_init(&mem, &sys, "mem");
    address_space_init(&dev, MEMORY_REGION(&dma), "dev");
    ask_table_map(&dma, 0x1000, 0xfff, &mem, 0, IOMMU_RW);
    ask_notifier(&n0, "n0", MEMORY_REGION(&dma), 0, 0xffff,
                 IOMMU_NOTIFIER_MAP);
    ask_notifier(&n1, "n1", MEMORY_REGION(&dma), 0, 0xffff,
                 IOMMU_NOTIFIER_UNMAP | IOMMU_NOTIFIER_DEVIOTLB_UNMAP);
    ask_map(&m0, &dev, 0x1000, 0x10, true);
    /*
     * Refused (bad-range); QEMU goes beyond it, or asserts:
     * ask_peek(&m0, 8, 16);
     */
    ask_poke(&m0, 0, 4, 0x11223344);
    ask_unmap(&m0, 4);
    result = MEMTX_OK;
    value = address_space_ldl_be(&dev, 0x1000, MEMTXATTRS_UNSPECIFIED,
                                 &result);
    print_load(result, value);
    result = MEMTX_OK;
    address_space_stw_le(&mem, 0x8002, 0x5678, MEMTXATTRS_UNSPECIFIED,
                         &result);
    printf("= store res=%u\n", result);
    ask_resize(&ram0, 0x2000);
    ask_resize(&ram0, 0x8000);
    ask_dirty(&ram0, 0, 0x4000, DIRTY_MEMORY_VGA);
    /*
     * Refused (too-long); QEMU has no such limit:
     * ask_access_valid(&mem, 0, 0x20000, false);
     */
    ask_table_forget(&dma, &mem);
    address_space_destroy(&mem);
    ask_notify(MEMORY_REGION(&dma), 0, 0xffff, 0, IOMMU_NONE,
               IOMMU_NOTIFIER_DEVIOTLB_UNMAP);
    /* Here it shows: it differs */
    /*
     * Expected:
     * cb n1 notify iova=0x0 mask=0xffff addr=0x0 perm=0
     */
}
)c");
  EXPECT_EQ(FunctionFrom(emitted.qemu, "static bool accepts_of"),
            R"(static bool accepts_of_io0(void *opaque, hwaddr addr, unsigned size,
                       bool is_write, MemTxAttrs attrs)
{
    return addr % 2 == 0;
}
)");
}

TEST(CommentedProgram, TellsWhatIommusAndMappingsDo) {
  const Emitted emitted = EmitText(
      "region dma iommu 0x10000\n"
      "region ram0 ram 0x1000\n"
      "as mem ram0\n"
      "iomap dma 0x1000 0xfff mem 0 3\n"
      "iomap dma 0x1800 0xff mem 0 1\n"
      "iounmap dma 0x1000\n"
      "map m0 mem 0x5000 0 1\n"
      "load mem 0x10 4 be\n"
      "dirty ram0 0 0x1000 vga\n",
      FailureAt(8, "answers_agree"));
  EXPECT_EQ(
      emitted.program,
      "# answers_agree-op: it differs\n"
      "region dma iommu 0x10000        # Makes the IOMMU dma of 64 KiB, with an empty table: "
      "accesses go on where the table says.\n"
      "region ram0 ram 0x1000          # Makes ram0, RAM of 4 KiB.\n"
      "as mem ram0                     # Makes the address space mem of ram0 and all below it.\n"
      "iomap dma 0x1000 0xfff mem 0 3  # Lets the IOMMU dma lead 0x1000-0x1fff to 0x0 in mem, for "
      "reads and writes.\n"
      "iomap dma 0x1800 0xff mem 0 1   # Lets the IOMMU dma lead 0x1800-0x18ff to 0x0 in mem, for "
      "reads. It comes before 1 older entry.\n"
      "iounmap dma 0x1000              # Takes the newest entry at 0x1000 out of the table of dma. "
      "It led 0x1000-0x1fff to 0x0 in mem, for reads and writes.\n"
      "map m0 mem 0x5000 0 1           # Maps 0 bytes at 0x5000 in mem into the host as m0, to "
      "write there. It fails.\n"
      "load mem 0x10 4 be              # Loads 4 bytes, big endian, at 0x10 in mem.\n"
      "dirty ram0 0 0x1000 vga         # Asks which pages in 4 KiB of ram0 from offset 0x0 are "
      "dirty for the display.\n"
      "# Here it shows: it differs\n"
      "# The reference has:\n"
      "#   any=1 pages=0\n");
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
        "any address, any mask, any address space, any address, "
        "any permission.",
        "any address, any width, any byte order.", "any address, any address, any flags.",
        "any permission, any type.", "any notifier.", "any size, any profile.",
        "any mapping, any address, any length.", "any length, any client."}) {
    EXPECT_NE(program.find(nouns), std::string::npos) << nouns << '\n' << program;
  }
}

std::vector<std::filesystem::path> MemoryVectors() {
  const std::filesystem::path tests = std::filesystem::path(__FILE__).parent_path();
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(tests / "../corpus/memory-vectors")) {
    if (entry.path().extension() == ".ops") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

TEST(Reproduction, TakesEveryProgramAboutMemory) {
  const std::vector<std::filesystem::path> paths = MemoryVectors();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    SCOPED_TRACE(paths[i]);
    std::ostringstream source;
    source << std::ifstream(paths[i]).rdbuf();
    const ProgramText text = ParseOrDie(source.str());
    const std::size_t step = text.program.operations.size() - 1 - i % 3;
    const Emitted emitted = Emit(text, FailureAt(step, std::string(kOracles[i % 12])));
    EXPECT_EQ(ParseOrDie(emitted.program).program, text.program);
    EXPECT_TRUE(IsPlain(emitted.test) && IsPlain(emitted.qemu));
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
