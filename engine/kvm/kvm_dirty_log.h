// A KvmDirtyLog brings what the kernel saw written in a slot to the map's dirty pages, and takes
// back what was seen (memory-map 7.9, 8.6). Where the kernel refuses, that is told and nothing is
// marked.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/kvm/kvm_failure.h"
#include "engine/kvm/kvm_slots.h"
#include "engine/kvm/kvm_vm.h"
#include "engine/map/memory_map.h"

namespace flatcheck::engine {

class KvmDirtyLog {
 public:
  // REQUIRES: the VM's page is a multiple of the map's.
  KvmDirtyLog(KvmVm& vm, MemoryMap& map, const KvmFailed& failed)
      : vm_(vm), map_(map), failed_(failed) {}

  // Of the whole slot, if it logs: as far as its block is used at present.
  void Fetch(KvmSlot& slot);
  // Makes those pages clean that lie in [first, last], and that a Fetch saw. For
  // manual_dirty_log_protect.
  // REQUIRES: the slot has a byte there.
  void Clear(KvmSlot& slot, std::uint64_t first, std::uint64_t last);

 private:
  void Import(const KvmSlot& slot, std::span<const std::uint64_t> log);

  KvmVm& vm_;
  MemoryMap& map_;
  const KvmFailed& failed_;
  std::vector<std::uint64_t> bits_;
};

}  // namespace flatcheck::engine
