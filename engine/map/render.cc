// IMPLEMENTATION
// The tree is walked in the order of visibility: children before their container's own content,
// higher ranks first. Each terminating region yields one paint; an earlier paint hides a later one.
// A sweep over the paints by address then keeps, at each point, the earliest paint that covers it:
// a heap of the open paints gives it in O(log p).

#include "engine/map/render.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <utility>

#include "engine/map/address_range.h"
#include "engine/map/memory_region.h"

namespace flatcheck::engine {

namespace {

// What a path from the root adds up (memory-map 2.1).
struct Inherited {
  bool readonly = false;
  bool nonvolatile = false;
  bool unmergeable = false;
};

class Painter {
 public:
  Painter(bool global_logging, std::vector<FlatRange>& paints)
      : global_logging_(global_logging), paints_(paints) {}

  void Walk(const MemoryRegion& region, Int128 base, AddressRange clip, Inherited inherited) {
    if (!region.enabled()) return;
    base += region.address();
    clip = Intersection(clip, {base, base + static_cast<Int128>(region.size())});
    if (clip.empty()) return;
    inherited.readonly |= region.readonly();
    inherited.nonvolatile |= region.nonvolatile();
    inherited.unmergeable |= region.unmergeable();
    if (const MemoryRegion* target = region.alias_target()) {
      Walk(*target, base - target->address() - region.alias_offset(), clip, inherited);
      return;
    }
    for (const auto& [rank, child] : region.children()) Walk(*child, base, clip, inherited);
    if (region.terminates()) Paint(region, base, clip, inherited);
  }

 private:
  void Paint(const MemoryRegion& region, Int128 base, AddressRange clip, Inherited inherited) {
    paints_.push_back({.first = static_cast<std::uint64_t>(clip.start),
                       .last = static_cast<std::uint64_t>(clip.end - 1),
                       .region = &region,
                       .offset = static_cast<std::uint64_t>(clip.start - base),
                       .log_mask = region.LogMask(global_logging_),
                       .romd_mode = region.romd_mode(),
                       .readonly = inherited.readonly,
                       .nonvolatile = inherited.nonvolatile,
                       .unmergeable = inherited.unmergeable,
                       .is_ram = region.is_ram()});
  }

  const bool global_logging_;
  std::vector<FlatRange>& paints_;
};

// The visible parts of the paints, the earlier ones hiding the later ones.
class Sweep {
 public:
  // `order` and `open` are the sweep's memory; their contents do not matter.
  Sweep(const std::vector<FlatRange>& paints, std::vector<std::uint32_t>& order,
        std::vector<std::uint32_t>& open)
      : paints_(paints), order_(order), open_(open) {
    order_.reserve(64);
    order_.resize(paints_.size());
    std::iota(order_.begin(), order_.end(), 0u);
    std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return paints_[a].first < paints_[b].first;
    });
    open_.clear();
    open_.reserve(16);
  }

  std::vector<FlatRange> Run() {
    ranges_.reserve(paints_.size());
    std::uint64_t position = 0;
    while (Advance(position)) {
      const std::uint32_t winner = open_.front();
      // The winner holds until it ends or the next paint begins, which may hide it.
      std::uint64_t last = paints_[winner].last;
      if (next_ < order_.size()) last = std::min(last, paints_[order_[next_]].first - 1);
      Show(winner, position, last);
      if (last == UINT64_MAX) break;
      position = last + 1;
    }
    Flush();
    return std::move(ranges_);
  }

 private:
  // Opens what begins at the position and closes what ended before it; skips a hole. False when
  // nothing is left.
  bool Advance(std::uint64_t& position) {
    while (true) {
      if (open_.empty()) {
        if (next_ == order_.size()) return false;
        position = paints_[order_[next_]].first;
      }
      for (; next_ < order_.size() && paints_[order_[next_]].first == position; ++next_) {
        open_.push_back(order_[next_]);
        std::push_heap(open_.begin(), open_.end(), std::greater<>());
      }
      while (!open_.empty() && paints_[open_.front()].last < position) {
        std::pop_heap(open_.begin(), open_.end(), std::greater<>());
        open_.pop_back();
      }
      if (!open_.empty()) return true;
    }
  }

  // Pieces of one paint that touch are one range even if it is unmergeable: nothing ever lay
  // between them.
  void Show(std::uint32_t paint, std::uint64_t first, std::uint64_t last) {
    if (shown_ && paint == shown_paint_ && shown_last_ + 1 == first) {
      shown_last_ = last;
      return;
    }
    Flush();
    shown_ = true;
    shown_paint_ = paint;
    shown_first_ = first;
    shown_last_ = last;
  }

  // Appends the range, as part of the one before where the two are one (memory-map 2.2).
  void Flush() {
    if (!shown_) return;
    shown_ = false;
    FlatRange& range = ranges_.emplace_back(paints_[shown_paint_]);
    range.offset += shown_first_ - range.first;
    range.first = shown_first_;
    range.last = shown_last_;
    if (ranges_.size() == 1) return;
    FlatRange& before = ranges_[ranges_.size() - 2];
    if (!CanMerge(before, range)) return;
    before.last = range.last;
    ranges_.pop_back();
  }

  const std::vector<FlatRange>& paints_;
  std::vector<std::uint32_t>& order_;
  std::size_t next_ = 0;  // In order_: the first paint that has not begun.
  std::vector<std::uint32_t>& open_;
  std::vector<FlatRange> ranges_;

  bool shown_ = false;  // The range that is growing, not yet in ranges_.
  std::uint32_t shown_paint_ = 0;
  std::uint64_t shown_first_ = 0;
  std::uint64_t shown_last_ = 0;
};

}  // namespace

MemoryRegion* ResolveRoot(MemoryRegion* root) {
  while (root->enabled() && !root->terminates()) {
    MemoryRegion* next = root->alias_target();
    bool whole = next != nullptr && root->alias_offset() == 0;
    if (next == nullptr) {
      std::size_t enabled = 0;
      for (const auto& [rank, child] : root->children()) {
        if (!child->enabled()) continue;
        if (++enabled > 1) return root;
        next = child;
      }
      if (enabled == 0) return nullptr;
      whole = next->address() == 0;
    }
    if (!whole || root->size() < next->size()) return root;
    root = next;
  }
  return root->enabled() ? root : nullptr;
}

std::vector<FlatRange> Renderer::Render(const MemoryRegion& root, bool global_logging) {
  paints_.clear();
  paints_.reserve(64);
  Painter(global_logging, paints_).Walk(root, 0, {0, static_cast<Int128>(kSizeMax)}, {});
  return Sweep(paints_, order_, open_).Run();
}

}  // namespace flatcheck::engine
