// The functions that emitted C needs for what lies behind the map, as text.

#pragma once

#include <string_view>

namespace flatcheck {

inline constexpr std::string_view kPrintLoad =
    R"(static void print_load(MemTxResult result, uint64_t value)
{
    printf("= load res=%u val=0x%" PRIx64 "\n", result, value);
}

)";

inline constexpr std::string_view kPrintResized =
    R"(static void print_resized(const char *id, uint64_t length, void *host)
{
    printf("resized %s len=0x%" PRIx64 "\n", id, length);
}

)";

inline constexpr std::string_view kAskResize =
    R"(static void ask_resize(MemoryRegion *mr, uint64_t size)
{
    Error *err = NULL;

    memory_region_ram_resize(mr, size, &err);
    printf("= ramresize %s\n", err ? "error" : "ok");
    error_free(err);
}

)";

inline constexpr std::string_view kAskAccessValid =
    R"(static void ask_access_valid(AddressSpace *as, hwaddr addr, hwaddr len,
                             bool is_write)
{
    printf("= accessvalid %d\n",
           address_space_access_valid(as, addr, len, is_write,
                                      MEMTXATTRS_UNSPECIFIED));
}

)";

inline constexpr std::string_view kAskWriteRom =
    R"(/* The 8 bytes of the value, little-endian, again and again. */
static void ask_write_rom(AddressSpace *as, hwaddr addr, hwaddr len,
                          uint64_t value)
{
    uint8_t data[64];

    for (int i = 0; i < 64; i++) {
        data[i] = value >> (8 * (i % 8));
    }
    printf("= writerom res=%u\n",
           address_space_write_rom(as, addr, MEMTXATTRS_UNSPECIFIED, data,
                                   len));
}

)";

inline constexpr std::string_view kAskBlocks =
    R"(static int print_block(RAMBlock *block, void *opaque)
{
    printf("  %s off=0x%" PRIx64 " used=0x%" PRIx64 " max=0x%" PRIx64 "\n",
           memory_region_name(block->mr), (uint64_t)block->offset,
           (uint64_t)block->used_length, (uint64_t)block->max_length);
    return 0;
}

/* The machine's own blocks too. */
static void ask_blocks(void)
{
    printf("= blocks\n");
    qemu_ram_foreach_block(print_block, NULL);
}

)";

inline constexpr std::string_view kPrintPages = R"(/* Of the block's page. */
typedef bool IsDirty(MemoryRegion *mr, hwaddr page, void *opaque);

static void print_pages(MemoryRegion *mr, hwaddr addr, hwaddr len,
                        IsDirty *is_dirty, void *opaque)
{
    hwaddr end = (addr + len + 0xfff) / 0x1000;

    for (hwaddr page = addr / 0x1000; page < end; page++) {
        if (is_dirty(mr, page, opaque)) {
            printf(" %" PRIu64, page);
        }
    }
    printf("\n");
}

)";

inline constexpr std::string_view kAskDirty =
    R"(static bool page_is_dirty(MemoryRegion *mr, hwaddr page, void *client)
{
    return cpu_physical_memory_get_dirty(
        memory_region_get_ram_addr(mr) + page * 0x1000, 1,
        *(unsigned *)client);
}

static void ask_dirty(MemoryRegion *mr, hwaddr addr, hwaddr len,
                      unsigned client)
{
    printf("= dirty pages:");
    print_pages(mr, addr, len, page_is_dirty, &client);
}

)";

inline constexpr std::string_view kAskTestClear =
    R"(static void ask_test_clear(MemoryRegion *mr, hwaddr addr, hwaddr len,
                           unsigned client)
{
    printf("= testclear %d\n",
           cpu_physical_memory_test_and_clear_dirty(
               memory_region_get_ram_addr(mr) + addr, len, client));
}

)";

inline constexpr std::string_view kAskSnapshot =
    R"(static bool page_is_in_snapshot(MemoryRegion *mr, hwaddr page, void *snapshot)
{
    return memory_region_snapshot_get_dirty(mr, snapshot, page * 0x1000, 1);
}

static void ask_snapshot(MemoryRegion *mr, hwaddr addr, hwaddr len,
                         unsigned client)
{
    DirtyBitmapSnapshot *snapshot =
        memory_region_snapshot_and_clear_dirty(mr, addr, len, client);

    printf("= snapshot pages:");
    print_pages(mr, addr, len, page_is_in_snapshot, snapshot);
    g_free(snapshot);
}

)";

inline constexpr std::string_view kPrintHost = R"(static void print_host(void *host)
{
    ram_addr_t offset;
    MemoryRegion *mr = memory_region_from_host(host, &offset);

    printf(" mr=%s off=0x%" PRIx64 " ramaddr=0x%" PRIx64 "\n",
           memory_region_name(mr), (uint64_t)offset,
           (uint64_t)(memory_region_get_ram_addr(mr) + offset));
}

)";

inline constexpr std::string_view kHostMapping = R"(typedef struct HostMapping {
    AddressSpace *as;
    uint8_t *host;
    hwaddr len;
    bool is_write;
} HostMapping;

)";

inline constexpr std::string_view kAskMap =
    R"(static void ask_map(HostMapping *mapping, AddressSpace *as, hwaddr addr,
                    hwaddr len, bool is_write)
{
    mapping->as = as;
    mapping->len = len;
    mapping->is_write = is_write;
    mapping->host = address_space_map(as, addr, &mapping->len, is_write,
                                      MEMTXATTRS_UNSPECIFIED);
    printf("= map %s len=0x%" HWADDR_PRIx "\n",
           mapping->host ? "ok" : "none", mapping->len);
}

)";

inline constexpr std::string_view kAskUnmap =
    R"(static void ask_unmap(HostMapping *mapping, hwaddr access_len)
{
    address_space_unmap(mapping->as, mapping->host, mapping->len,
                        mapping->is_write, access_len);
    printf("= unmap\n");
}

)";

inline constexpr std::string_view kAskPeek =
    R"(static void ask_peek(HostMapping *mapping, hwaddr offset, hwaddr len)
{
    printf("= peek data=");
    for (hwaddr i = 0; i < len; i++) {
        printf("%02x", mapping->host[offset + i]);
    }
    printf("\n");
}

)";

inline constexpr std::string_view kAskPoke =
    R"(/* The 8 bytes of the value, little-endian, again and again. */
static void ask_poke(HostMapping *mapping, hwaddr offset, hwaddr len,
                     uint64_t value)
{
    for (hwaddr i = 0; i < len; i++) {
        mapping->host[offset + i] = value >> (8 * (i % 8));
    }
    printf("= poke\n");
}

)";

inline constexpr std::string_view kAskHostOf =
    R"(static void ask_host_of(AddressSpace *as, hwaddr addr)
{
    hwaddr xlat;
    hwaddr len = 1;
    MemoryRegion *mr;

    RCU_READ_LOCK_GUARD();
    mr = address_space_translate(as, addr, &xlat, &len, false,
                                 MEMTXATTRS_UNSPECIFIED);
    printf("= hostof");
    if ((memory_region_is_ram(mr) && !memory_region_is_ram_device(mr)) ||
        memory_region_is_romd(mr)) {
        print_host((uint8_t *)memory_region_get_ram_ptr(mr) + xlat);
    } else {
        printf(" none\n");
    }
}

)";

inline constexpr std::string_view kAskPointer = R"(static void ask_pointer(MemoryRegion *mr)
{
    printf("= regptr");
    print_host(memory_region_get_ram_ptr(mr));
}

)";

}  // namespace flatcheck
