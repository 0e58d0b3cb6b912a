#include "engine/kvm/kvm_slot_changes.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace flatcheck::engine {

namespace {

using Fate = KvmSlot::Fate;

// What a move leaves as it is.
auto MemoryOf(const KvmSlot& slot) {
  return std::tuple(slot.memory.host_address, slot.memory.size, slot.readonly());
}

bool ByMemory(const KvmSlot* a, const KvmSlot* b) {
  return std::tuple(MemoryOf(*a), a->memory.guest_address) <
         std::tuple(MemoryOf(*b), b->memory.guest_address);
}

}  // namespace

void KvmSlotChanges::Remove(std::uint64_t first, std::uint64_t last) {
  slots_.ForEachIn(first, last, [&](KvmSlot& slot) {
    if (slot.fate == Fate::kGoes) return;
    slot.fate = Fate::kGoes;
    going_.push_back(&slot);
  });
}

void KvmSlotChanges::Apply() {
  KeepThoseThatStay();
  PlanMoves();
  DeleteThoseThatGo();
  MakeMoves();
  for (KvmSlot& slot : coming_) slots_.Create(std::move(slot));
  coming_.clear();
}

bool KvmSlotChanges::IsReusable(const KvmSlot& slot) const {
  return slot.fate == Fate::kGoes && !(logs_stay_ && slot.logs());
}

void KvmSlotChanges::KeepThoseThatStay() {
  std::erase_if(coming_, [&](const KvmSlot& wanted) {
    KvmSlot* const slot = slots_.FindAt(wanted.memory.guest_address);
    if (slot == nullptr || !IsReusable(*slot) || MemoryOf(*slot) != MemoryOf(wanted)) return false;
    log_.Fetch(*slot);
    slot->fate = Fate::kStays;
    slot->region = wanted.region;
    slot->block_offset = wanted.block_offset;
    slots_.SetFlags(*slot, wanted.memory.flags);
    return true;
  });
}

void KvmSlotChanges::PlanMoves() {
  if (going_.empty() || coming_.empty()) return;
  old_slots_.clear();
  new_slots_.clear();
  std::ranges::copy_if(going_, std::back_inserter(old_slots_), [&](const KvmSlot* slot) {
    return IsReusable(*slot) && slot->region != nullptr;
  });
  for (KvmSlot& slot : coming_) new_slots_.push_back(&slot);
  std::ranges::sort(old_slots_, ByMemory);
  std::ranges::sort(new_slots_, ByMemory);
  auto old_slot = old_slots_.begin();
  for (KvmSlot* const wanted : new_slots_) {
    while (old_slot != old_slots_.end() && MemoryOf(**old_slot) < MemoryOf(*wanted)) ++old_slot;
    if (old_slot == old_slots_.end()) break;
    if (MemoryOf(**old_slot) != MemoryOf(*wanted)) continue;
    (*old_slot)->fate = wanted->fate = Fate::kMoves;
    moves_.push_back({*old_slot++, wanted->memory});
  }
  NumberMoves();
  std::erase_if(coming_, [](const KvmSlot& slot) { return slot.fate == Fate::kMoves; });
}

// By guest addresses: those of the host differ from run to run.
void KvmSlotChanges::NumberMoves() {
  std::ranges::sort(moves_, {}, [](const Move& move) { return move.target.guest_address; });
  for (std::size_t move = 0; move < moves_.size(); ++move) moves_[move].slot->move = move;
}

void KvmSlotChanges::DeleteThoseThatGo() {
  std::erase_if(going_, [&](KvmSlot* slot) {
    if (slot->fate != Fate::kGoes) return true;
    log_.Fetch(*slot);
    if (slots_.Delete(*slot)) return true;
    slot->region = nullptr;
    return false;
  });
}

void KvmSlotChanges::MakeMoves() {
  for (const Move& move : moves_) log_.Fetch(*move.slot);
  for (std::size_t move = 0; move < moves_.size(); ++move) {
    if (moves_[move].slot != nullptr) MakeMove(move);
  }
  moves_.clear();
}

void KvmSlotChanges::MakeMove(std::size_t first) {
  for (path_.assign(1, first); !path_.empty();) {
    Move& move = moves_[path_.back()];
    move.is_awaited = true;
    const KvmMemorySlot& target = move.target;
    const KvmSlot* const blocker = slots_.FindOverlap(
        target.guest_address, target.guest_address + (target.size - 1), move.slot);
    const bool goes_away = blocker != nullptr && blocker->fate == Fate::kMoves;
    if (goes_away && !moves_[blocker->move].is_awaited) {
      path_.push_back(blocker->move);
      continue;
    }
    // The place is free now; or its owner waits in turn for this slot to go.
    if (blocker == nullptr && slots_.Move(*move.slot, target.guest_address, target.flags)) {
      move.slot->fate = Fate::kStays;
    } else {
      Recreate(move);
    }
    move.slot = nullptr;
    path_.pop_back();
  }
}

void KvmSlotChanges::Recreate(const Move& move) {
  KvmSlot& slot = *move.slot;
  coming_.push_back(
      {.memory = move.target, .region = slot.region, .block_offset = slot.block_offset});
  if (slots_.Delete(slot)) return;
  slot.fate = Fate::kGoes;
  slot.region = nullptr;
  going_.push_back(&slot);
}

}  // namespace flatcheck::engine
