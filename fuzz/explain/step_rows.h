// StepRows is what each step of two traces shows, as JSON for the page's script: words, the tree of
// regions, the layers and views of each address space, callbacks and answers.
//
// Lists that go from step to step lie in RowLists; a step names them by number.

#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "fuzz/explain/appearances.h"
#include "fuzz/explain/row_lists.h"
#include "fuzz/program_text.h"
#include "fuzz/region_tree.h"
#include "fuzz/report.h"
#include "fuzz/slot_table.h"

namespace flatcheck {

class StepRows {
 public:
  // Both must outlive this.
  StepRows(const ProgramText& text, TracePair traces) : text_(text), traces_(traces) {}

  // REQUIRES: called once for each operation, in order. `free_words` are places in its line.
  std::string Json(std::size_t step, const std::vector<std::size_t>& free_words);

  // "rows":...,"lists":...; after the last step.
  std::string ListsJson() const { return lists_.Json(); }

  // What the regions of the program are, by slot: names and kinds.
  std::string RegionsJson() const;

  // Layers drawn of one address space; sentences of one step.
  static constexpr std::size_t kLayersMax = 400;
  static constexpr std::size_t kSentencesMax = 40;

 private:
  // The lists of one address space.
  struct SpaceLists {
    RowList layers;
    RowList expect;
    RowList actual;
    bool is_complete = true;
    bool is_current = true;  // The layers are what the view shows.
    RegionSlot top;
  };

  // The newest published views of one trace.
  struct Published {
    const Trace& trace;
    Extent views{};
    void Advance(std::size_t step);
    const ViewSeen* Find(SpaceSlot space) const;
    std::span<const RangeSeen> Ranges(const ViewSeen* view) const;
  };

  bool Lived(std::size_t step) const;
  TracePair SeenBy(std::size_t step) const;
  void Advance(std::size_t step);
  void RowsOfTree(RegionSlot slot, std::vector<std::uint32_t>& rows);
  void UpdateTree(const Operation& operation);
  void UpdateSpaces();
  std::uint32_t SpaceRow(SpaceSlot space);
  std::vector<std::uint32_t> ViewRows(std::span<const RangeSeen> ranges);
  void UpdateEvents(std::size_t step);
  std::string Sentences(std::size_t step) const;
  std::string Opening(std::size_t step, const std::vector<std::size_t>& free_words) const;

  const ProgramText& text_;
  TracePair traces_;
  Published expect_{traces_.expect};
  Published actual_{traces_.actual};
  SlotTable slots_;
  RegionTree tree_;
  std::vector<std::uint32_t> region_rows_;  // By slot: the newest.
  RowLists lists_;
  RowList tree_list_;
  RowList spaces_list_;
  RowList events_list_;
  std::map<SpaceSlot, SpaceLists> space_lists_;
};

}  // namespace flatcheck
