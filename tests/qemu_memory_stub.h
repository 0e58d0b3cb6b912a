/*
 * What the C that flatcheck emits needs of QEMU 9's headers, declared and not defined: enough to
 * see that it compiles.
 */

#ifndef FLATCHECK_TESTS_QEMU_MEMORY_STUB_H
#define FLATCHECK_TESTS_QEMU_MEMORY_STUB_H

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef uint64_t hwaddr;
#define HWADDR_PRIx PRIx64
typedef __int128_t Int128;
uint64_t int128_getlo(Int128 a);
int64_t int128_gethi(Int128 a);

typedef uint64_t ram_addr_t;
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define container_of(pointer, type, member) ((type*)((char*)(pointer)-offsetof(type, member)))
void g_free(void* memory);

typedef struct Object {
  int unused;
} Object;
typedef struct Error Error;
extern Error* error_fatal;
void error_setg(Error** errp, const char* format, ...);
void error_free(Error* err);
#define OBJECT(object) ((Object*)(object))
void object_unparent(Object* object);

typedef struct TypeInfo {
  const char* name;
  const char* parent;
} TypeInfo;
void* type_register_static(const TypeInfo* info);

void* qemu_anon_ram_alloc(size_t size, uint64_t* align, bool shared, bool noreserve);
#define RCU_READ_LOCK_GUARD() (void)0

typedef struct EventNotifier {
  int unused;
} EventNotifier;
int event_notifier_init(EventNotifier* e, int active);

typedef struct MemTxAttrs {
  unsigned int unspecified : 1;
} MemTxAttrs;
typedef uint32_t MemTxResult;
#define MEMTXATTRS_UNSPECIFIED ((MemTxAttrs){.unspecified = 1})
#define MEMTX_OK 0
#define MEMTX_ERROR (1U << 0)
#define DIRTY_MEMORY_VGA 0
#define DIRTY_MEMORY_CODE 1
#define DIRTY_MEMORY_MIGRATION 2
#define GLOBAL_DIRTY_MIGRATION (1U << 0)
enum device_endian { DEVICE_NATIVE_ENDIAN, DEVICE_BIG_ENDIAN, DEVICE_LITTLE_ENDIAN };

typedef struct MemoryRegion {
  Object parent_obj;
} MemoryRegion;
typedef struct AddressSpace {
  char* name;
} AddressSpace;

typedef struct MemoryRegionOps {
  uint64_t (*read)(void* opaque, hwaddr addr, unsigned size);
  void (*write)(void* opaque, hwaddr addr, uint64_t data, unsigned size);
  MemTxResult (*read_with_attrs)(void* opaque, hwaddr addr, uint64_t* data, unsigned size,
                                 MemTxAttrs attrs);
  MemTxResult (*write_with_attrs)(void* opaque, hwaddr addr, uint64_t data, unsigned size,
                                  MemTxAttrs attrs);
  enum device_endian endianness;
  struct {
    unsigned min_access_size;
    unsigned max_access_size;
    bool unaligned;
    bool (*accepts)(void* opaque, hwaddr addr, unsigned size, bool is_write, MemTxAttrs attrs);
  } valid;
  struct {
    unsigned min_access_size;
    unsigned max_access_size;
    bool unaligned;
  } impl;
} MemoryRegionOps;

typedef struct RAMBlock {
  MemoryRegion* mr;
  ram_addr_t offset;
  ram_addr_t used_length;
  ram_addr_t max_length;
} RAMBlock;
int qemu_ram_foreach_block(int (*function)(RAMBlock* block, void* opaque), void* opaque);

typedef struct IOMMUMemoryRegion {
  MemoryRegion parent_obj;
} IOMMUMemoryRegion;
#define MEMORY_REGION(object) ((MemoryRegion*)(object))
#define IOMMU_MEMORY_REGION(object) ((IOMMUMemoryRegion*)(object))
#define TYPE_IOMMU_MEMORY_REGION "qemu:iommu-memory-region"
typedef enum { IOMMU_NONE, IOMMU_RO, IOMMU_WO, IOMMU_RW } IOMMUAccessFlags;
typedef enum {
  IOMMU_NOTIFIER_NONE = 0,
  IOMMU_NOTIFIER_UNMAP = 1,
  IOMMU_NOTIFIER_MAP = 2,
  IOMMU_NOTIFIER_DEVIOTLB_UNMAP = 4,
} IOMMUNotifierFlag;
typedef struct IOMMUTLBEntry {
  AddressSpace* target_as;
  hwaddr iova;
  hwaddr translated_addr;
  hwaddr addr_mask;
  IOMMUAccessFlags perm;
} IOMMUTLBEntry;
typedef struct IOMMUTLBEvent {
  IOMMUNotifierFlag type;
  IOMMUTLBEntry entry;
} IOMMUTLBEvent;
typedef struct IOMMUNotifier {
  int unused;
} IOMMUNotifier;
typedef void (*IOMMUNotify)(IOMMUNotifier* notifier, IOMMUTLBEntry* entry);
typedef struct IOMMUMemoryRegionClass {
  IOMMUTLBEntry (*translate)(IOMMUMemoryRegion* iommu, hwaddr addr, IOMMUAccessFlags flag,
                             int iommu_idx);
  int (*notify_flag_changed)(IOMMUMemoryRegion* iommu, IOMMUNotifierFlag old_flags,
                             IOMMUNotifierFlag new_flags, Error** errp);
} IOMMUMemoryRegionClass;
IOMMUMemoryRegionClass* stub_class_of(void* object);
#define IOMMU_MEMORY_REGION_GET_CLASS(object) stub_class_of(object)

typedef struct MemoryRegionSection {
  Int128 size;
  MemoryRegion* mr;
  hwaddr offset_within_region;
  hwaddr offset_within_address_space;
  bool readonly;
  bool nonvolatile;
  bool unmergeable;
} MemoryRegionSection;

typedef struct MemoryListener MemoryListener;
struct MemoryListener {
  void (*begin)(MemoryListener* listener);
  void (*commit)(MemoryListener* listener);
  void (*region_add)(MemoryListener* listener, MemoryRegionSection* section);
  void (*region_del)(MemoryListener* listener, MemoryRegionSection* section);
  void (*region_nop)(MemoryListener* listener, MemoryRegionSection* section);
  void (*log_start)(MemoryListener* listener, MemoryRegionSection* section, int old_val,
                    int new_val);
  void (*log_stop)(MemoryListener* listener, MemoryRegionSection* section, int old_val,
                   int new_val);
  void (*log_sync)(MemoryListener* listener, MemoryRegionSection* section);
  void (*log_clear)(MemoryListener* listener, MemoryRegionSection* section);
  bool (*log_global_start)(MemoryListener* listener, Error** errp);
  void (*log_global_stop)(MemoryListener* listener);
  void (*log_global_after_sync)(MemoryListener* listener);
  void (*eventfd_add)(MemoryListener* listener, MemoryRegionSection* section, bool match_data,
                      uint64_t data, EventNotifier* e);
  void (*eventfd_del)(MemoryListener* listener, MemoryRegionSection* section, bool match_data,
                      uint64_t data, EventNotifier* e);
  void (*coalesced_io_add)(MemoryListener* listener, MemoryRegionSection* section, hwaddr addr,
                           hwaddr len);
  void (*coalesced_io_del)(MemoryListener* listener, MemoryRegionSection* section, hwaddr addr,
                           hwaddr len);
  unsigned priority;
  const char* name;
  AddressSpace* address_space;
};

void memory_region_init(MemoryRegion* mr, Object* owner, const char* name, uint64_t size);
void memory_region_init_io(MemoryRegion* mr, Object* owner, const MemoryRegionOps* ops,
                           void* opaque, const char* name, uint64_t size);
bool memory_region_init_ram(MemoryRegion* mr, Object* owner, const char* name, uint64_t size,
                            Error** errp);
bool memory_region_init_rom(MemoryRegion* mr, Object* owner, const char* name, uint64_t size,
                            Error** errp);
bool memory_region_init_rom_device(MemoryRegion* mr, Object* owner, const MemoryRegionOps* ops,
                                   void* opaque, const char* name, uint64_t size, Error** errp);
void memory_region_init_ram_device_ptr(MemoryRegion* mr, Object* owner, const char* name,
                                       uint64_t size, void* ptr);
void memory_region_init_alias(MemoryRegion* mr, Object* owner, const char* name, MemoryRegion* orig,
                              hwaddr offset, uint64_t size);
bool memory_region_init_resizeable_ram(MemoryRegion* mr, Object* owner, const char* name,
                                       uint64_t size, uint64_t max_size,
                                       void (*resized)(const char* id, uint64_t length, void* host),
                                       Error** errp);
void vmstate_register_ram_global(MemoryRegion* mr);
void memory_region_init_iommu(void* iommu, size_t instance_size, const char* type, Object* owner,
                              const char* name, uint64_t size);
void memory_region_ram_resize(MemoryRegion* mr, ram_addr_t newsize, Error** errp);
bool memory_region_is_ram(MemoryRegion* mr);
bool memory_region_is_ram_device(MemoryRegion* mr);
bool memory_region_is_romd(MemoryRegion* mr);
void* memory_region_get_ram_ptr(MemoryRegion* mr);
ram_addr_t memory_region_get_ram_addr(MemoryRegion* mr);
MemoryRegion* memory_region_from_host(void* ptr, ram_addr_t* offset);
const char* memory_region_name(const MemoryRegion* mr);
void memory_region_unref(MemoryRegion* mr);

void memory_region_add_subregion(MemoryRegion* mr, hwaddr offset, MemoryRegion* subregion);
void memory_region_add_subregion_overlap(MemoryRegion* mr, hwaddr offset, MemoryRegion* subregion,
                                         int priority);
void memory_region_del_subregion(MemoryRegion* mr, MemoryRegion* subregion);
void memory_region_set_enabled(MemoryRegion* mr, bool enabled);
void memory_region_set_readonly(MemoryRegion* mr, bool readonly);
void memory_region_set_nonvolatile(MemoryRegion* mr, bool nonvolatile);
void memory_region_set_unmergeable(MemoryRegion* mr, bool unmergeable);
void memory_region_rom_device_set_romd(MemoryRegion* mr, bool romd_mode);
void memory_region_set_address(MemoryRegion* mr, hwaddr addr);
void memory_region_set_size(MemoryRegion* mr, uint64_t size);
void memory_region_set_alias_offset(MemoryRegion* mr, hwaddr offset);
void memory_region_set_log(MemoryRegion* mr, bool log, unsigned client);
void memory_region_clear_dirty_bitmap(MemoryRegion* mr, hwaddr start, hwaddr len);
void memory_region_set_dirty(MemoryRegion* mr, hwaddr addr, hwaddr size);
typedef struct DirtyBitmapSnapshot DirtyBitmapSnapshot;
DirtyBitmapSnapshot* memory_region_snapshot_and_clear_dirty(MemoryRegion* mr, hwaddr addr,
                                                            hwaddr size, unsigned client);
bool memory_region_snapshot_get_dirty(MemoryRegion* mr, DirtyBitmapSnapshot* snap, hwaddr addr,
                                      hwaddr size);
bool cpu_physical_memory_get_dirty(ram_addr_t start, ram_addr_t length, unsigned client);
bool cpu_physical_memory_test_and_clear_dirty(ram_addr_t start, ram_addr_t length, unsigned client);
void memory_region_add_eventfd(MemoryRegion* mr, hwaddr addr, unsigned size, bool match_data,
                               uint64_t data, EventNotifier* e);
void memory_region_del_eventfd(MemoryRegion* mr, hwaddr addr, unsigned size, bool match_data,
                               uint64_t data, EventNotifier* e);
void memory_region_add_coalescing(MemoryRegion* mr, hwaddr offset, uint64_t size);
void memory_region_clear_coalescing(MemoryRegion* mr);
MemoryRegionSection memory_region_find(MemoryRegion* mr, hwaddr addr, uint64_t size);

void memory_region_transaction_begin(void);
void memory_region_transaction_commit(void);
bool memory_global_dirty_log_start(unsigned int flags, Error** errp);
void memory_global_dirty_log_stop(unsigned int flags);
void memory_global_dirty_log_sync(bool last_stage);
void mtree_info(bool flatview, bool dispatch_tree, bool owner, bool disabled);

void address_space_init(AddressSpace* as, MemoryRegion* root, const char* name);
void address_space_destroy(AddressSpace* as);
MemoryRegion* address_space_translate(AddressSpace* as, hwaddr addr, hwaddr* xlat, hwaddr* len,
                                      bool is_write, MemTxAttrs attrs);
MemTxResult address_space_read(AddressSpace* as, hwaddr addr, MemTxAttrs attrs, void* buf,
                               hwaddr len);
MemTxResult address_space_write(AddressSpace* as, hwaddr addr, MemTxAttrs attrs, const void* buf,
                                hwaddr len);
uint8_t address_space_ldub(AddressSpace* as, hwaddr addr, MemTxAttrs attrs, MemTxResult* result);
uint16_t address_space_lduw_le(AddressSpace* as, hwaddr addr, MemTxAttrs attrs,
                               MemTxResult* result);
uint16_t address_space_lduw_be(AddressSpace* as, hwaddr addr, MemTxAttrs attrs,
                               MemTxResult* result);
uint32_t address_space_ldl_le(AddressSpace* as, hwaddr addr, MemTxAttrs attrs, MemTxResult* result);
uint32_t address_space_ldl_be(AddressSpace* as, hwaddr addr, MemTxAttrs attrs, MemTxResult* result);
uint64_t address_space_ldq_le(AddressSpace* as, hwaddr addr, MemTxAttrs attrs, MemTxResult* result);
uint64_t address_space_ldq_be(AddressSpace* as, hwaddr addr, MemTxAttrs attrs, MemTxResult* result);
void address_space_stb(AddressSpace* as, hwaddr addr, uint8_t val, MemTxAttrs attrs,
                       MemTxResult* result);
void address_space_stw_le(AddressSpace* as, hwaddr addr, uint16_t val, MemTxAttrs attrs,
                          MemTxResult* result);
void address_space_stw_be(AddressSpace* as, hwaddr addr, uint16_t val, MemTxAttrs attrs,
                          MemTxResult* result);
void address_space_stl_le(AddressSpace* as, hwaddr addr, uint32_t val, MemTxAttrs attrs,
                          MemTxResult* result);
void address_space_stl_be(AddressSpace* as, hwaddr addr, uint32_t val, MemTxAttrs attrs,
                          MemTxResult* result);
void address_space_stq_le(AddressSpace* as, hwaddr addr, uint64_t val, MemTxAttrs attrs,
                          MemTxResult* result);
void address_space_stq_be(AddressSpace* as, hwaddr addr, uint64_t val, MemTxAttrs attrs,
                          MemTxResult* result);
MemTxResult address_space_write_rom(AddressSpace* as, hwaddr addr, MemTxAttrs attrs,
                                    const void* buf, hwaddr len);
bool address_space_access_valid(AddressSpace* as, hwaddr addr, hwaddr len, bool is_write,
                                MemTxAttrs attrs);
void* address_space_map(AddressSpace* as, hwaddr addr, hwaddr* plen, bool is_write,
                        MemTxAttrs attrs);
void address_space_unmap(AddressSpace* as, void* buffer, hwaddr len, bool is_write,
                         hwaddr access_len);
IOMMUTLBEntry address_space_get_iotlb_entry(AddressSpace* as, hwaddr addr, bool is_write,
                                            MemTxAttrs attrs);

void iommu_notifier_init(IOMMUNotifier* n, IOMMUNotify fn, IOMMUNotifierFlag flags, hwaddr start,
                         hwaddr end, int iommu_idx);
int memory_region_register_iommu_notifier(MemoryRegion* mr, IOMMUNotifier* n, Error** errp);
void memory_region_unregister_iommu_notifier(MemoryRegion* mr, IOMMUNotifier* n);
void memory_region_notify_iommu(IOMMUMemoryRegion* iommu, int iommu_idx, IOMMUTLBEvent event);
IOMMUMemoryRegion* memory_region_get_iommu(MemoryRegion* mr);
void memory_region_iommu_replay(IOMMUMemoryRegion* iommu, IOMMUNotifier* n);

void memory_listener_register(MemoryListener* listener, AddressSpace* as);
void memory_listener_unregister(MemoryListener* listener);

#endif
