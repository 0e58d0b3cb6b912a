// A View is what a guest sees of a tree of regions: disjoint ranges, sorted, each answered by one
// region.
//
// The rule is a question about one address. Starting at the root, a disabled region is passed over,
// and so is one whose window does not hold the address; an alias hands the question to its target;
// children are asked front to back; a region that answers accesses takes what no child took.
// A View is nothing but the answers for all addresses in turn:
//
//     window of P   |-----------------------------|
//     child in front        |------|
//     child behind      |--------|
//     answers       P P P B B F F F F P P P P P P P
//
// Invariants:
//   1. Ranges are sorted by start, disjoint and not empty, and lie in [0, 2^64).
//   2. Neighbours that may be joined are joined.

#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "reference/region.h"

namespace flatcheck::reference {

struct Range {
  Wide start = 0;
  Wide end = 0;
  RegionId region = kNone;
  Wide offset = 0;  // In the region, of `start`.
  bool readonly = false;
  bool nonvolatile = false;
  bool unmergeable = false;
  bool romd_mode = false;
  std::uint8_t log_mask = 0;
};

struct View {
  RegionId root = kNone;
  std::vector<Range> ranges;
};

// Views of different roots, which stay where they are until they are cleared. It is memory that
// they leave behind, for those that come.
class Views {
 public:
  void Clear() { count_ = 0; }
  // Null if there is none of that root.
  const View* Find(RegionId root) const;
  // Another one, whose content does not matter.
  View& Add();

 private:
  std::size_t count_ = 0;
  std::vector<std::unique_ptr<View>> views_;
};

// An address space: who asks at its root sees its view.
struct Space {
  bool is_live = false;
  RegionId root = kNone;
  const View* view = nullptr;     // Of the model's.
  std::vector<Eventfd> eventfds;  // Of the view, as listeners know them.
};

// Who logs writes to the region: VGA where it was asked to, migration where the region migrates or
// translates, while `migration_mask` is not 0.
std::uint8_t LogMask(const Region& region, std::uint8_t migration_mask);

// The region that stands for `root`: wrappers that change nothing are skipped. kNone if nothing can
// be seen through `root`. Address spaces with the same stand-in share one View.
RegionId CanonicalRoot(const std::vector<Region>& regions, RegionId root);

// Makes it the view of the tree below `root`. Regions that migrate are logged by `migration_mask`.
void Render(const std::vector<Region>& regions, RegionId root, std::uint8_t migration_mask,
            View& view);

}  // namespace flatcheck::reference
