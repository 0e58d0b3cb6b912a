#include "engine/kvm/kvm_listener.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

#include "engine/map/memory_region.h"
#include "engine/ram/ram_block.h"

namespace flatcheck::engine {

KvmListener::KvmListener(KvmVm& vm, MemoryMap& map, KvmListenerOptions options)
    : vm_(vm),
      map_(map),
      options_(std::move(options)),
      slots_(vm, options_.address_space, options_.failed),
      log_(vm, map, options_.failed),
      changes_(slots_, log_, vm.capabilities().manual_dirty_log_protect),
      bus_(vm, KvmBus::kMmio, options_.failed) {
  [[maybe_unused]] const KvmCapabilities& kvm = vm.capabilities();
  assert((kvm.page_size & (kvm.page_size - 1)) == 0);
  assert(kvm.page_size % map.limits().page_size == 0);
  assert(options_.slot_bytes_max != 0 && options_.slot_bytes_max % kvm.page_size == 0);
  assert(options_.slot_bytes_max / kvm.page_size <= kvm.slot_pages_max);
}

void KvmListener::RegionDel(const MemoryRegionSection& section) {
  --sections_;
  const Pages pages = WholePages(section);
  if (pages.size != 0) changes_.Remove(pages.address, pages.address + (pages.size - 1));
}

void KvmListener::RegionAdd(const MemoryRegionSection& section) {
  ++sections_;
  added_.push_back(section);
}

void KvmListener::Commit() {
  for (const MemoryRegionSection& section : added_) AddSlots(section);
  added_.clear();
  changes_.Apply();
  if (sections_ == 0) bus_.RemoveAll();
}

// Up from its start, down from its end (memory-map 8.1).
KvmListener::Pages KvmListener::WholePages(const MemoryRegionSection& section) const {
  const KvmCapabilities& kvm = vm_.capabilities();
  const Size page_mask = kvm.page_size - 1;
  const Size start = (Size{section.address} + page_mask) & ~page_mask;
  const Size end =
      std::min(Size{section.address} + section.size, Size{kvm.address_end}) & ~page_mask;
  if (start >= end) return {};
  return {static_cast<std::uint64_t>(start), static_cast<std::uint64_t>(end - start)};
}

bool KvmListener::TakesSlots(const MemoryRegion& region) const {
  if (region.kind() == RegionKind::kRomDevice) {
    return region.romd_mode() && vm_.capabilities().readonly_memory;
  }
  return region.is_ram();
}

// As the region is now. That it is seen through a read-only alias does not count (LIVE-04).
std::uint32_t KvmListener::FlagsOf(const MemoryRegion& region) const {
  const bool logs = region.LogMask(map_.global_logging()) != 0;
  const bool readonly = vm_.capabilities().readonly_memory &&
                        (region.readonly() || region.kind() == RegionKind::kRomDevice);
  return (logs ? kKvmLogDirtyPages : 0) | (readonly ? kKvmReadonly : 0);
}

void KvmListener::AddSlots(const MemoryRegionSection& section) {
  const MemoryRegion& region = *section.region;
  const Pages pages = WholePages(section);
  if (!TakesSlots(region) || pages.size == 0) return;
  const std::uint8_t* const host = region.ram()->host();
  const std::uint64_t offset = section.offset + (pages.address - section.address);
  if (host == nullptr) {
    Succeeds(options_.failed, {"KVM_SET_USER_MEMORY_REGION", pages.address, pages.size, ENOMEM});
    return;
  }
  const std::uint64_t host_address = reinterpret_cast<std::uintptr_t>(host) + offset;
  if (host_address % vm_.capabilities().page_size != 0) return;
  const std::uint32_t flags = FlagsOf(region);
  for (std::uint64_t done = 0; done < pages.size; done += options_.slot_bytes_max) {
    if (!changes_.HasRoom()) {
      Succeeds(options_.failed,
               {"KVM_SET_USER_MEMORY_REGION", pages.address + done, pages.size - done, ENOSPC});
      return;
    }
    changes_.Add({.memory = {.flags = flags,
                             .guest_address = pages.address + done,
                             .size = std::min(options_.slot_bytes_max, pages.size - done),
                             .host_address = host_address + done},
                  .region = &region,
                  .block_offset = offset + done});
  }
}

// The slots that a commit makes have their flags from it (memory-map 8.4).
void KvmListener::LogStart(const MemoryRegionSection& section, std::uint8_t before,
                           std::uint8_t /*after*/) {
  if (before == 0) UpdateFlags(section);
}

void KvmListener::LogStop(const MemoryRegionSection& section, std::uint8_t /*before*/,
                          std::uint8_t after) {
  if (after == 0) UpdateFlags(section);
}

void KvmListener::UpdateFlags(const MemoryRegionSection& section) {
  const Pages pages = WholePages(section);
  if (pages.size == 0) return;
  slots_.ForEachIn(pages.address, pages.address + (pages.size - 1), [&](KvmSlot& slot) {
    // Any other is what the kernel refused to delete.
    if (slot.fate == KvmSlot::Fate::kStays) slots_.SetFlags(slot, FlagsOf(*section.region));
  });
}

void KvmListener::LogSync(const MemoryRegionSection& section) {
  const Pages pages = WholePages(section);
  if (pages.size == 0) return;
  slots_.ForEachIn(pages.address, pages.address + (pages.size - 1),
                   [&](KvmSlot& slot) { log_.Fetch(slot); });
}

void KvmListener::LogClear(const MemoryRegionSection& section) {
  if (!vm_.capabilities().manual_dirty_log_protect || section.size == 0) return;
  const std::uint64_t first = section.address;
  const std::uint64_t last = first + static_cast<std::uint64_t>(section.size - 1);
  slots_.ForEachIn(first, last, [&](KvmSlot& slot) { log_.Clear(slot, first, last); });
}

void KvmListener::EventfdAdd(const MemoryRegionSection& /*section*/, const IoEventfd& entry) {
  if (HasBus()) bus_.Assign(entry);
}

void KvmListener::EventfdDel(const MemoryRegionSection& /*section*/, const IoEventfd& entry) {
  if (HasBus()) bus_.Deassign(entry);
}

void KvmListener::CoalescedIoAdd(const MemoryRegionSection& /*section*/, std::uint64_t start,
                                 std::uint64_t length) {
  if (HasBus()) bus_.Coalesce(start, length);
}

void KvmListener::CoalescedIoDel(const MemoryRegionSection& /*section*/, std::uint64_t start,
                                 std::uint64_t length) {
  if (HasBus()) bus_.StopCoalescing(start, length);
}

KvmPortListener::KvmPortListener(KvmVm& vm, KvmFailed failed)
    : failed_(std::move(failed)), bus_(vm, KvmBus::kPortIo, failed_) {}

void KvmPortListener::RegionAdd(const MemoryRegionSection& /*section*/) { ++sections_; }

void KvmPortListener::RegionDel(const MemoryRegionSection& /*section*/) { --sections_; }

void KvmPortListener::Commit() {
  if (sections_ == 0) bus_.RemoveAll();
}

void KvmPortListener::EventfdAdd(const MemoryRegionSection& /*section*/, const IoEventfd& entry) {
  bus_.Assign(entry);
}

void KvmPortListener::EventfdDel(const MemoryRegionSection& /*section*/, const IoEventfd& entry) {
  bus_.Deassign(entry);
}

void KvmPortListener::CoalescedIoAdd(const MemoryRegionSection& /*section*/, std::uint64_t start,
                                     std::uint64_t length) {
  bus_.Coalesce(start, length);
}

void KvmPortListener::CoalescedIoDel(const MemoryRegionSection& /*section*/, std::uint64_t start,
                                     std::uint64_t length) {
  bus_.StopCoalescing(start, length);
}

}  // namespace flatcheck::engine
