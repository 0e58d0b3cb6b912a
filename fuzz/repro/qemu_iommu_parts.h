// The functions that emitted C needs for IOMMUs and their notifiers, as text.

#pragma once

#include <string_view>

namespace flatcheck {

inline constexpr std::string_view kTableIommu =
    R"(/* Translates by a table, in which the newest entry that matches decides. */
typedef struct TableIommu {
    IOMMUMemoryRegion iommu;
    const char *name;
    bool trace;
    bool nomap;
    IOMMUTLBEntry entries[256];
    unsigned count;
} TableIommu;

static IOMMUTLBEntry table_translate(IOMMUMemoryRegion *iommu, hwaddr addr,
                                     IOMMUAccessFlags flag, int iommu_idx)
{
    TableIommu *table = container_of(iommu, TableIommu, iommu);

    if (table->trace) {
        printf("tr %s iova=0x%" HWADDR_PRIx " flag=%d\n", table->name, addr,
               flag);
    }
    for (unsigned i = table->count; i > 0; i--) {
        IOMMUTLBEntry *entry = &table->entries[i - 1];

        if ((addr & ~entry->addr_mask) == entry->iova) {
            return *entry;
        }
    }
    return (IOMMUTLBEntry) { .perm = IOMMU_NONE };
}

static int table_flags_changed(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag old,
                               IOMMUNotifierFlag new, Error **errp)
{
    TableIommu *table = container_of(iommu, TableIommu, iommu);

    printf("flags %s old=%d new=%d\n", table->name, old, new);
    if (table->nomap && (new & IOMMU_NOTIFIER_MAP)) {
        error_setg(errp, "%s: no map events", table->name);
        return -1;
    }
    return 0;
}

static void ask_table_init(TableIommu *table, const char *name, uint64_t size,
                           bool trace, bool nomap)
{
    static const TypeInfo info = {
        .name = "table-iommu",
        .parent = TYPE_IOMMU_MEMORY_REGION,
    };
    static bool is_registered;
    IOMMUMemoryRegionClass *class;

    if (!is_registered) {
        type_register_static(&info);
        is_registered = true;
    }
    table->name = name;
    table->trace = trace;
    table->nomap = nomap;
    memory_region_init_iommu(table, sizeof(*table), info.name, NULL, name,
                             size);
    class = IOMMU_MEMORY_REGION_GET_CLASS(table);
    class->translate = table_translate;
    class->notify_flag_changed = table_flags_changed;
}

)";

inline constexpr std::string_view kAskTableMap =
    R"(static void ask_table_map(TableIommu *table, hwaddr iova, hwaddr mask,
                          AddressSpace *target, hwaddr addr,
                          IOMMUAccessFlags perm)
{
    assert(table->count < ARRAY_SIZE(table->entries));
    table->entries[table->count++] = (IOMMUTLBEntry) {
        .target_as = target,
        .iova = iova,
        .translated_addr = addr,
        .addr_mask = mask,
        .perm = perm,
    };
}

)";

inline constexpr std::string_view kAskTableUnmap = R"(/* The newest entry there. */
static void ask_table_unmap(TableIommu *table, hwaddr iova)
{
    unsigned i = table->count;

    while (i > 0 && table->entries[i - 1].iova != iova) {
        i--;
    }
    assert(i > 0);
    for (; i < table->count; i++) {
        table->entries[i - 1] = table->entries[i];
    }
    table->count--;
}

)";

inline constexpr std::string_view kAskTableForget =
    R"(/* What led to the address space leads nowhere. */
static void ask_table_forget(TableIommu *table, AddressSpace *as)
{
    for (unsigned i = 0; i < table->count; i++) {
        if (table->entries[i].target_as == as) {
            table->entries[i].perm = IOMMU_NONE;
        }
    }
}

)";

inline constexpr std::string_view kAskIotlb =
    R"(static void ask_iotlb(AddressSpace *as, hwaddr addr, bool is_write)
{
    IOMMUTLBEntry entry;

    RCU_READ_LOCK_GUARD();
    entry = address_space_get_iotlb_entry(as, addr, is_write,
                                          MEMTXATTRS_UNSPECIFIED);
    printf("= iotlb as=%s iova=0x%" HWADDR_PRIx " xlat=0x%" HWADDR_PRIx
           " mask=0x%" HWADDR_PRIx " perm=%d\n",
           entry.target_as ? entry.target_as->name : "-", entry.iova,
           entry.translated_addr, entry.addr_mask, entry.perm);
}

)";

inline constexpr std::string_view kPrintingNotifier = R"(typedef struct PrintingNotifier {
    IOMMUNotifier notifier;
    const char *name;
    MemoryRegion *mr;
} PrintingNotifier;

)";

inline constexpr std::string_view kAskNotifier =
    R"(static void print_event(IOMMUNotifier *notifier, IOMMUTLBEntry *entry)
{
    printf("cb %s notify iova=0x%" HWADDR_PRIx " mask=0x%" HWADDR_PRIx
           " addr=0x%" HWADDR_PRIx " perm=%d\n",
           container_of(notifier, PrintingNotifier, notifier)->name,
           entry->iova, entry->addr_mask, entry->translated_addr, entry->perm);
}

static void ask_notifier(PrintingNotifier *printing, const char *name,
                         MemoryRegion *mr, hwaddr start, hwaddr end,
                         IOMMUNotifierFlag flags)
{
    Error *err = NULL;

    printing->name = name;
    printing->mr = mr;
    iommu_notifier_init(&printing->notifier, print_event, flags, start, end, 0);
    memory_region_register_iommu_notifier(mr, &printing->notifier, &err);
    printf("= notifier %s\n", err ? "error" : "ok");
    error_free(err);
}

)";

inline constexpr std::string_view kAskUnnotifier =
    R"(static void ask_unnotifier(PrintingNotifier *printing)
{
    memory_region_unregister_iommu_notifier(printing->mr,
                                            &printing->notifier);
}

)";

inline constexpr std::string_view kAskNotify =
    R"(static void ask_notify(MemoryRegion *mr, hwaddr iova, hwaddr mask,
                       hwaddr addr, IOMMUAccessFlags perm,
                       IOMMUNotifierFlag type)
{
    IOMMUTLBEvent event = {
        .type = type,
        .entry = {
            .iova = iova,
            .translated_addr = addr,
            .addr_mask = mask,
            .perm = perm,
        },
    };

    memory_region_notify_iommu(IOMMU_MEMORY_REGION(mr), 0, event);
    printf("= ionotify\n");
}

)";

inline constexpr std::string_view kAskReplay = R"(static void ask_replay(PrintingNotifier *printing)
{
    MemoryRegion *mr = printing->mr;

    memory_region_iommu_replay(memory_region_get_iommu(mr),
                               &printing->notifier);
    printf("= ioreplay\n");
}

)";

}  // namespace flatcheck
