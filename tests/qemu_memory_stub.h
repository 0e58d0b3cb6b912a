/*
 * What the C that flatcheck emits needs of QEMU 9's headers, declared and not defined: enough to
 * see that it compiles.
 */

#ifndef FLATCHECK_TESTS_QEMU_MEMORY_STUB_H
#define FLATCHECK_TESTS_QEMU_MEMORY_STUB_H

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

typedef struct Object {
  int unused;
} Object;
typedef struct Error Error;
extern Error* error_fatal;
#define OBJECT(object) ((Object*)(object))
void object_unparent(Object* object);

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
#define DIRTY_MEMORY_VGA 0
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
  enum device_endian endianness;
} MemoryRegionOps;

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
void memory_listener_register(MemoryListener* listener, AddressSpace* as);
void memory_listener_unregister(MemoryListener* listener);

#endif
