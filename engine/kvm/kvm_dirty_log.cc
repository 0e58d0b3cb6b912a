#include "engine/kvm/kvm_dirty_log.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "engine/map/memory_region.h"
#include "engine/ram/dirty_memory.h"
#include "engine/ram/dirty_transfer.h"
#include "engine/ram/page_bits.h"
#include "engine/ram/ram_block.h"

namespace flatcheck::engine {

namespace {

constexpr std::uint64_t kWordPages = 64;

std::size_t WordsFor(std::uint64_t pages) { return (pages + kWordPages - 1) / kWordPages; }

// Of the slot, those that the bytes of it in [first, last] stand for: where they begin and how many
// they are is each rounded down to pages, as QEMU does it (memory-map 8.6).
PageRange RequestedPages(const KvmMemorySlot& slot, std::uint64_t page_size, std::uint64_t first,
                         std::uint64_t last) {
  const std::uint64_t slot_last = slot.guest_address + (slot.size - 1);
  const std::uint64_t start = std::max(first, slot.guest_address);
  const std::uint64_t bytes = std::min(last, slot_last) - start + 1;
  const std::uint64_t page = (start - slot.guest_address) / page_size;
  return {page, page + bytes / page_size};
}

}  // namespace

void KvmDirtyLog::Fetch(KvmSlot& slot) {
  if (!slot.logs() || slot.region == nullptr) return;
  const KvmMemorySlot& memory = slot.memory;
  const KvmCapabilities& kvm = vm_.capabilities();
  std::vector<std::uint64_t>& log = kvm.manual_dirty_log_protect ? slot.synced : bits_;
  log.assign(WordsFor(memory.size / kvm.page_size), 0);
  if (Succeeds(failed_, {"KVM_GET_DIRTY_LOG", memory.guest_address, memory.size,
                         vm_.GetDirtyLog(memory.slot, log)})) {
    Import(slot, log);
  } else {
    log.clear();
  }
}

void KvmDirtyLog::Import(const KvmSlot& slot, std::span<const std::uint64_t> log) {
  const std::uint64_t used_length = slot.region->ram()->used_length();
  const std::uint64_t page_size = map_.limits().page_size;
  const std::uint64_t below = slot.block_offset & (page_size - 1);
  const auto import = [&](std::uint64_t start) {
    if (start >= used_length) return;
    const std::uint64_t length = std::min(slot.memory.size, used_length - start);
    [[maybe_unused]] const Refusal refusal =
        ImportDirty(map_, *slot.region, {start, length}, log, vm_.capabilities().page_size);
    assert(refusal == Refusal::kNone);
  };
  import(slot.block_offset - below);
  // A caller's memory may begin within a page: then a page of the guest has bytes of one more.
  if (below != 0) import(slot.block_offset - below + page_size);
}

void KvmDirtyLog::Clear(KvmSlot& slot, std::uint64_t first, std::uint64_t last) {
  if (slot.synced.empty()) return;
  const KvmMemorySlot& memory = slot.memory;
  const std::uint64_t page_size = vm_.capabilities().page_size;
  const PageRange pages = RequestedPages(memory, page_size, first, last);
  bits_.clear();
  std::uint64_t any = 0;
  ForEachWord(slot.synced.data(), pages.first, pages.end,
              [&](std::uint64_t& word, std::uint64_t requested) {
                bits_.push_back(word & requested);
                any |= word & requested;
                word &= ~requested;
                return true;
              });
  if (any == 0) return;
  // The kernel takes words of pages, or all up to the slot's end.
  const std::uint64_t from = pages.first / kWordPages * kWordPages;
  const std::uint64_t to = std::min(from + bits_.size() * kWordPages, memory.size / page_size);
  Succeeds(failed_,
           {"KVM_CLEAR_DIRTY_LOG", memory.guest_address, memory.size,
            vm_.ClearDirtyLog(memory.slot, from, static_cast<std::uint32_t>(to - from), bits_)});
}

}  // namespace flatcheck::engine
