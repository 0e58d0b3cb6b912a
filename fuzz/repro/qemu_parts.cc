#include "fuzz/repro/qemu_parts.h"

#include "fuzz/repro/qemu_iommu_parts.h"
#include "fuzz/repro/qemu_memory_parts.h"
#include "fuzz/repro/source_text.h"

namespace flatcheck {
namespace {

constexpr SourcePart kParts[] = {
    {"device_read", R"(/* A read gives a value that tells the offset. */
static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    printf("io %s read off=0x%" HWADDR_PRIx " size=%u\n", (char *)opaque, addr,
           size);
    return addr * 0x0101010101010101ULL + 0x1122334455667788ULL;
}

static void device_write(void *opaque, hwaddr addr, uint64_t value,
                         unsigned size)
{
    printf("io %s write off=0x%" HWADDR_PRIx " size=%u val=0x%" PRIx64 "\n",
           (char *)opaque, addr, size, value);
}

)"},
    {"&device_ops", R"(static const MemoryRegionOps device_ops = {
    .read = device_read,
    .write = device_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

)"},
    {"print_section(", R"(static void print_section(const MemoryRegionSection *section)
{
    printf(" mr=%s addr=0x%" HWADDR_PRIx,
           section->mr ? memory_region_name(section->mr) : "-",
           section->offset_within_address_space);
    if (int128_gethi(section->size) != 0) {
        printf(" size=0x1%016" PRIx64, int128_getlo(section->size));
    } else {
        printf(" size=0x%" PRIx64, int128_getlo(section->size));
    }
    printf(" off=0x%" HWADDR_PRIx " ro=%d nv=%d",
           section->offset_within_region, section->readonly,
           section->nonvolatile);
}

)"},
    {"printing_listener(", R"(static void print_call(MemoryListener *listener, const char *callback)
{
    printf("cb %s %s\n", listener->name, callback);
}

static void print_range(MemoryListener *listener, const char *callback,
                        MemoryRegionSection *section)
{
    printf("cb %s %s as=%s", listener->name, callback,
           listener->address_space->name);
    print_section(section);
}

static void on_begin(MemoryListener *listener)
{
    print_call(listener, "begin");
}

static void on_commit(MemoryListener *listener)
{
    print_call(listener, "commit");
}

static bool on_log_global_start(MemoryListener *listener, Error **errp)
{
    print_call(listener, "log_global_start");
    return true;
}

static void on_log_global_after_sync(MemoryListener *listener)
{
    print_call(listener, "log_global_after_sync");
}

static void on_log_global_stop(MemoryListener *listener)
{
    print_call(listener, "log_global_stop");
}

static void on_region_add(MemoryListener *listener,
                          MemoryRegionSection *section)
{
    print_range(listener, "region_add", section);
    printf("\n");
}

static void on_region_del(MemoryListener *listener,
                          MemoryRegionSection *section)
{
    print_range(listener, "region_del", section);
    printf("\n");
}

static void on_region_nop(MemoryListener *listener,
                          MemoryRegionSection *section)
{
    print_range(listener, "region_nop", section);
    printf("\n");
}

static void on_log_start(MemoryListener *listener,
                         MemoryRegionSection *section, int old, int new)
{
    print_range(listener, "log_start", section);
    printf(" old=0x%x new=0x%x\n", old, new);
}

static void on_log_stop(MemoryListener *listener,
                        MemoryRegionSection *section, int old, int new)
{
    print_range(listener, "log_stop", section);
    printf(" old=0x%x new=0x%x\n", old, new);
}

static void on_log_sync(MemoryListener *listener,
                        MemoryRegionSection *section)
{
    print_range(listener, "log_sync", section);
    printf("\n");
}

static void on_log_clear(MemoryListener *listener,
                         MemoryRegionSection *section)
{
    print_range(listener, "log_clear", section);
    printf("\n");
}

static void on_eventfd_add(MemoryListener *listener,
                           MemoryRegionSection *section, bool match_data,
                           uint64_t data, EventNotifier *e)
{
    print_range(listener, "eventfd_add", section);
    printf(" match=%d data=0x%" PRIx64 "\n", match_data, data);
}

static void on_eventfd_del(MemoryListener *listener,
                           MemoryRegionSection *section, bool match_data,
                           uint64_t data, EventNotifier *e)
{
    print_range(listener, "eventfd_del", section);
    printf(" match=%d data=0x%" PRIx64 "\n", match_data, data);
}

static void on_coalesced_io_add(MemoryListener *listener,
                                MemoryRegionSection *section,
                                hwaddr addr, hwaddr len)
{
    print_range(listener, "coalesced_io_add", section);
    printf(" start=0x%" HWADDR_PRIx " len=0x%" HWADDR_PRIx "\n", addr, len);
}

static void on_coalesced_io_del(MemoryListener *listener,
                                MemoryRegionSection *section,
                                hwaddr addr, hwaddr len)
{
    print_range(listener, "coalesced_io_del", section);
    printf(" start=0x%" HWADDR_PRIx " len=0x%" HWADDR_PRIx "\n", addr, len);
}

/* Prints each call. */
static MemoryListener printing_listener(const char *name, unsigned priority)
{
    return (MemoryListener) {
        .name = name,
        .priority = priority,
        .begin = on_begin,
        .commit = on_commit,
        .region_add = on_region_add,
        .region_del = on_region_del,
        .region_nop = on_region_nop,
        .log_start = on_log_start,
        .log_stop = on_log_stop,
        .log_sync = on_log_sync,
        .log_clear = on_log_clear,
        .log_global_start = on_log_global_start,
        .log_global_stop = on_log_global_stop,
        .log_global_after_sync = on_log_global_after_sync,
        .eventfd_add = on_eventfd_add,
        .eventfd_del = on_eventfd_del,
        .coalesced_io_add = on_coalesced_io_add,
        .coalesced_io_del = on_coalesced_io_del,
    };
}

)"},
    {"ask_find(", R"(static void ask_find(MemoryRegion *mr, hwaddr addr, uint64_t size)
{
    MemoryRegionSection section = memory_region_find(mr, addr, size);

    printf("= find");
    if (section.mr) {
        print_section(&section);
        memory_region_unref(section.mr);
    }
    printf("\n");
}

)"},
    {"ask_translate(", R"(static void ask_translate(AddressSpace *as, hwaddr addr, hwaddr len,
                          bool is_write)
{
    hwaddr xlat;
    MemoryRegion *mr;

    RCU_READ_LOCK_GUARD();
    mr = address_space_translate(as, addr, &xlat, &len, is_write,
                                 MEMTXATTRS_UNSPECIFIED);
    printf("= xlat mr=%s xlat=0x%" HWADDR_PRIx " len=0x%" HWADDR_PRIx "\n",
           memory_region_name(mr), xlat, len);
}

)"},
    {"ask_read(", R"(static void ask_read(AddressSpace *as, hwaddr addr, hwaddr len)
{
    uint8_t data[64] = { 0 };
    MemTxResult result = address_space_read(as, addr, MEMTXATTRS_UNSPECIFIED,
                                            data, len);

    printf("= read res=%u data=", result);
    for (hwaddr i = 0; i < len; i++) {
        printf("%02x", data[i]);
    }
    printf("\n");
}

)"},
    {"ask_write(", R"(/* The 8 bytes of the value, little-endian, again and again. */
static void ask_write(AddressSpace *as, hwaddr addr, hwaddr len,
                      uint64_t value)
{
    uint8_t data[64];

    for (int i = 0; i < 64; i++) {
        data[i] = value >> (8 * (i % 8));
    }
    printf("= write res=%u\n",
           address_space_write(as, addr, MEMTXATTRS_UNSPECIFIED, data, len));
}

)"},
    {"print_load(", kPrintLoad},
    {"print_resized", kPrintResized},
    {"ask_resize(", kAskResize},
    {"ask_access_valid(", kAskAccessValid},
    {"ask_write_rom(", kAskWriteRom},
    {"ask_blocks(", kAskBlocks},
    {"print_pages(", kPrintPages},
    {"ask_dirty(", kAskDirty},
    {"ask_test_clear(", kAskTestClear},
    {"ask_snapshot(", kAskSnapshot},
    {"print_host(", kPrintHost},
    {"HostMapping", kHostMapping},
    {"ask_map(", kAskMap},
    {"ask_unmap(", kAskUnmap},
    {"ask_peek(", kAskPeek},
    {"ask_poke(", kAskPoke},
    {"ask_host_of(", kAskHostOf},
    {"ask_pointer(", kAskPointer},
    {"TableIommu", kTableIommu},
    {"ask_table_map(", kAskTableMap},
    {"ask_table_unmap(", kAskTableUnmap},
    {"ask_table_forget(", kAskTableForget},
    {"ask_iotlb(", kAskIotlb},
    {"PrintingNotifier", kPrintingNotifier},
    {"ask_notifier(", kAskNotifier},
    {"ask_unnotifier(", kAskUnnotifier},
    {"ask_notify(", kAskNotify},
    {"ask_replay(", kAskReplay},
};

}  // namespace

std::string QemuPartsFor(std::string_view body) { return PartsFor(kParts, body); }

}  // namespace flatcheck
