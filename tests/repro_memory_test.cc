// Reproductions of programs about memory: devices, tables, mappings, dirty pages.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/reproduced.h"

namespace flatcheck {
namespace {

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
  const auto asserts = [&](const Failure& failure, std::string_view code) {
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
  bytes.byte = {{1}, 0x10, 5};
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
    vmstate_register_ram_global(&ram0);
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

}  // namespace
}  // namespace flatcheck
