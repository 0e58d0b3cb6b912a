#include "engine/kvm/kvm_slots.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <functional>
#include <utility>

namespace flatcheck::engine {

KvmSlot* KvmSlots::FindAt(std::uint64_t guest_address) {
  const auto found = slots_.find(guest_address);
  return found == slots_.end() ? nullptr : &found->second;
}

KvmSlot* KvmSlots::FindOverlap(std::uint64_t first, std::uint64_t last, const KvmSlot* self) {
  auto slot = FirstEndingAt(first);
  if (slot != slots_.end() && &slot->second == self) ++slot;
  return slot != slots_.end() && slot->first <= last ? &slot->second : nullptr;
}

KvmSlots::ByAddress::iterator KvmSlots::FirstEndingAt(std::uint64_t address) {
  const auto behind = slots_.upper_bound(address);
  if (behind == slots_.begin()) return behind;
  const auto before = std::prev(behind);
  return address - before->first < before->second.memory.size ? before : behind;
}

void KvmSlots::Create(KvmSlot wanted) {
  KvmMemorySlot& memory = wanted.memory;
  const auto number = TakeNumber();
  if (!number) {
    Succeeds(failed_, {"KVM_SET_USER_MEMORY_REGION", memory.guest_address, memory.size, ENOSPC});
    return;
  }
  memory.slot = *number | std::uint32_t{address_space_} << 16;
  if (!Ask(memory)) return GiveBack(memory.slot);
  [[maybe_unused]] const bool is_new =
      slots_.try_emplace(memory.guest_address, std::move(wanted)).second;
  assert(is_new && "the kernel took two slots at one address");
}

bool KvmSlots::Delete(KvmSlot& slot) {
  if (!AskToDelete(slot.memory)) return false;
  Erase(slot);
  return true;
}

bool KvmSlots::Move(KvmSlot& slot, std::uint64_t guest_address, std::uint32_t flags) {
  KvmMemorySlot moved = slot.memory;
  moved.guest_address = guest_address;
  moved.flags = flags;
  if (!Ask(moved)) return false;
  auto node = slots_.extract(slot.memory.guest_address);
  node.key() = guest_address;
  node.mapped().memory = moved;
  slots_.insert(std::move(node));
  return true;
}

void KvmSlots::SetFlags(KvmSlot& slot, std::uint32_t flags) {
  const std::uint32_t changed = slot.memory.flags ^ flags;
  if (changed == 0) return;
  KvmMemorySlot memory = slot.memory;
  memory.flags = flags;
  const bool anew = (changed & kKvmReadonly) != 0;
  if (anew && !AskToDelete(memory)) return;
  if (Ask(memory)) {
    slot.memory = memory;
    if (anew || !slot.logs()) slot.synced = {};
  } else if (anew) {
    Erase(slot);
  }
}

bool KvmSlots::Ask(const KvmMemorySlot& memory) {
  return Succeeds(failed_, {"KVM_SET_USER_MEMORY_REGION", memory.guest_address, memory.size,
                            vm_.SetMemorySlot(memory)});
}

bool KvmSlots::AskToDelete(const KvmMemorySlot& memory) {
  KvmMemorySlot deleted = memory;
  deleted.size = 0;
  deleted.flags = 0;
  return Succeeds(failed_, {"KVM_SET_USER_MEMORY_REGION", memory.guest_address, memory.size,
                            vm_.SetMemorySlot(deleted)});
}

std::optional<std::uint32_t> KvmSlots::TakeNumber() {
  if (free_numbers_.empty()) {
    if (numbers_end_ == size_max()) return std::nullopt;
    return numbers_end_++;
  }
  std::ranges::pop_heap(free_numbers_, std::greater<>());
  const std::uint32_t lowest = free_numbers_.back();
  free_numbers_.pop_back();
  return lowest;
}

void KvmSlots::GiveBack(std::uint32_t slot) {
  free_numbers_.push_back(slot & 0xffff);
  std::ranges::push_heap(free_numbers_, std::greater<>());
}

void KvmSlots::Erase(const KvmSlot& slot) {
  GiveBack(slot.memory.slot);
  slots_.erase(slot.memory.guest_address);
}

}  // namespace flatcheck::engine
