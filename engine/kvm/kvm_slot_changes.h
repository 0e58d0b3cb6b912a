// KvmSlotChanges gather what one commit makes of the slots, and do it with the fewest ioctls. A
// slot that goes and one that comes with the same bytes and permission are one slot that stays or
// moves.
//
// All deletions come first, then moves, then creations (memory-map 8.4). The dirty log of a slot is
// fetched before it goes, moves, or is taken for a new one. Under manual_dirty_log_protect a slot
// that logs is always made anew, since the kernel would keep the pages that nobody cleared.
//
// A deletion that was refused is tried again at the next commit.

#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/kvm/kvm_dirty_log.h"
#include "engine/kvm/kvm_slots.h"

namespace flatcheck::engine {

class KvmSlotChanges {
 public:
  KvmSlotChanges(KvmSlots& slots, KvmDirtyLog& log, bool logs_stay)
      : slots_(slots), log_(log), logs_stay_(logs_stay) {}

  // The slots go that have a byte in [first, last].
  void Remove(std::uint64_t first, std::uint64_t last);
  // The slot comes; its number is chosen later.
  void Add(KvmSlot slot) { coming_.push_back(std::move(slot)); }
  // There are numbers for one more slot that comes, once all have gone that go.
  bool HasRoom() const {
    return slots_.size() - going_.size() + coming_.size() < slots_.size_max();
  }
  void Apply();

 private:
  struct Move {
    KvmSlot* slot = nullptr;  // Null when it is done.
    KvmMemorySlot target;
    bool is_awaited = false;  // It is on the path.
  };

  // It goes, and may stay or move instead if its memory is wanted.
  bool IsReusable(const KvmSlot& slot) const;
  void KeepThoseThatStay();
  void PlanMoves();
  void NumberMoves();
  void DeleteThoseThatGo();
  void MakeMoves();
  void MakeMove(std::size_t first);
  // Its new place stays taken, or the kernel does not move it.
  void Recreate(const Move& move);

  KvmSlots& slots_;
  KvmDirtyLog& log_;
  bool logs_stay_;  // Through a fetch: manual_dirty_log_protect.
  std::vector<KvmSlot*> going_;
  std::vector<KvmSlot> coming_;
  std::vector<Move> moves_;
  std::vector<std::size_t> path_;  // Moves that each wait for the next.
  std::vector<KvmSlot*> old_slots_;
  std::vector<KvmSlot*> new_slots_;
};

}  // namespace flatcheck::engine
