#include "fuzz/explain/step_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "fuzz/explain/differences.h"
#include "fuzz/explain/json_text.h"
#include "fuzz/explain/step_text.h"
#include "fuzz/limits.h"
#include "fuzz/plain_words.h"
#include "fuzz/words.h"

namespace flatcheck {
namespace {

using Rows = std::vector<std::uint32_t>;

template <class Kind>
int Number(Slot<Kind> slot) {
  return slot == Slot<Kind>{} ? -1 : slot.index;
}

std::string Hex(Size number) {
  if (number >> 64 != 0) return "\"2^64\"";
  return fmt::format("\"{:#x}\"", static_cast<std::uint64_t>(number));
}

// A list of JSON texts.
std::string Array(const std::vector<std::string>& elements) {
  return fmt::format("[{}]", fmt::join(elements, ","));
}

Size WholePages(Size size) {
  return (size + limits::kPageSize - 1) / limits::kPageSize * limits::kPageSize;
}

std::vector<std::string> Flags(const TreeRegion& region) {
  std::vector<std::string> flags;
  const auto flag = [&flags](bool is_set, std::string_view word) {
    if (is_set) flags.push_back(Quoted(word));
  };
  const auto count = [&](std::uint64_t number, std::string_view noun, std::string_view plural) {
    flag(number != 0, fmt::format("{} {}", number, number == 1 ? noun : plural));
  };
  flag(region.readonly && region.kind != "rom", "read-only");
  flag(!region.readonly && region.kind == "rom", "writable");
  flag(region.nonvolatile, "nonvolatile");
  flag(region.unmergeable, "unmergeable");
  flag(!region.romd_mode, "not in romd mode");
  count(region.log_users, "dirty log user", "dirty log users");
  count(region.eventfds, "eventfd", "eventfds");
  count(region.windows, "coalesced window", "coalesced windows");
  const std::string behaviour = ProfileInWords(region.profile);
  flag(!behaviour.empty(), behaviour);
  flag(region.size_max != 0, "block of up to " + SizeInWords(WholePages(region.size_max)));
  flag(region.traits.trace, "traced");
  flag(region.traits.nomap, "refuses map notifiers");
  count(region.entries.size(), "entry", "entries");
  count(region.notifiers, "notifier", "notifiers");
  return flags;
}

std::string RegionJson(RegionSlot slot, const TreeRegion& region) {
  std::string json = fmt::format(R"({{"r":{},"size":{},"words":{},"at":{},"prio":{})", Number(slot),
                                 Hex(region.size), Quoted(SizeInWords(region.size)),
                                 Hex(region.address), region.priority);
  if (!region.enabled) json += R"(,"off":true)";
  if (region.IsAlias()) {
    json +=
        fmt::format(R"(,"target":{},"from":{})", Number(region.target), Hex(region.alias_offset));
  }
  if (const auto flags = Flags(region); !flags.empty()) json += ",\"flags\":" + Array(flags);
  return json + "}";
}

std::string LayerJson(const Appearance& layer) {
  std::vector<int> path;
  for (const RegionSlot alias : layer.path) path.push_back(Number(alias));
  std::vector<std::string> seen;
  for (const AddressSpan& part : layer.seen) {
    seen.push_back(fmt::format("[{},{}]", Hex(part.first), Hex(part.last)));
  }
  return fmt::format(R"({{"r":{},"a":{},"z":{},"from":{},"via":[{}],"seen":{}{}}})",
                     Number(layer.region), Hex(layer.span.first), Hex(layer.span.last),
                     Hex(layer.offset), fmt::join(path, ","), Array(seen),
                     layer.enabled ? "" : ",\"off\":true");
}

std::string EventJson(ListenerSlot listener, const DiffRow& row) {
  const auto text = [](const std::optional<std::string>& side) {
    return side ? Quoted(*side) : std::string("null");
  };
  if (row.IsEqual()) return fmt::format("[{},{}]", Number(listener), text(row.left));
  return fmt::format("[{},{},{}]", Number(listener), text(row.left), text(row.right));
}

}  // namespace

void StepRows::Published::Advance(std::size_t step) {
  if (step >= trace.steps.size()) return;
  const Extent newest = trace.steps[step].views;
  if (newest.begin != newest.end) views = newest;
}

const ViewSeen* StepRows::Published::Find(SpaceSlot space) const {
  for (std::uint32_t i = views.begin; i < views.end; ++i) {
    if (trace.views[i].space == space) return &trace.views[i];
  }
  return nullptr;
}

std::span<const RangeSeen> StepRows::Published::Ranges(const ViewSeen* view) const {
  if (view == nullptr) return {};
  return std::span(trace.ranges).subspan(view->ranges.begin, view->ranges.end - view->ranges.begin);
}

bool StepRows::Lived(std::size_t step) const {
  return step < std::max(traces_.expect.steps.size(), traces_.actual.steps.size());
}

// Of a step that only one of them has: that one, twice.
TracePair StepRows::SeenBy(std::size_t step) const {
  const bool expect = step < traces_.expect.steps.size();
  const bool actual = step < traces_.actual.steps.size();
  return {expect ? traces_.expect : traces_.actual, actual ? traces_.actual : traces_.expect};
}

std::string StepRows::Json(std::size_t step, const std::vector<std::size_t>& free_words) {
  std::string json = Opening(step, free_words);
  Advance(step);
  json += fmt::format(R"(,"tree":{},"spaces":{},"events":{},"depth":{})", tree_list_.number,
                      spaces_list_.number, events_list_.number, tree_.depth);
  if (tree_.is_logging) json += R"(,"logging":true)";
  return json + Sentences(step) + "}";
}

// What does not depend on what the step leaves.
std::string StepRows::Opening(std::size_t step, const std::vector<std::size_t>& free_words) const {
  const Operation& operation = text_.program.operations[step];
  std::vector<std::string> words;
  for (const std::string_view word : Words(text_.lines[step].text)) words.push_back(Quoted(word));
  std::string json =
      fmt::format(R"({{"line":{},"words":{},"says":{})", text_.lines[step].number, Array(words),
                  Quoted(OperationInWords(operation, slots_, text_.names)));
  if (!free_words.empty()) json += fmt::format(",\"free\":[{}]", fmt::join(free_words, ","));
  if (!Lived(step)) return json + R"(,"lost":true)";
  const std::string_view refusal = SeenBy(step).expect.steps[step].refusal;
  if (!refusal.empty()) {
    json += fmt::format(R"(,"refused":{},"why":{})", Quoted(refusal),
                        Quoted(RefusalInWords(operation, refusal)));
  }
  return json;
}

void StepRows::Advance(std::size_t step) {
  const Operation& operation = text_.program.operations[step];
  const Trace& trace = SeenBy(step).expect;
  const bool takes_effect = Lived(step) && TookEffect(trace, trace.steps[step]);
  const std::size_t regions = tree_.regions.size();
  tree_.Perform(operation, takes_effect);
  slots_.Advance(operation);
  expect_.Advance(step);
  actual_.Advance(step);
  UpdateTree(operation);
  // A region that is only made changes nothing that is seen.
  if (tree_.regions.size() == regions) UpdateSpaces();
  UpdateEvents(step);
}

void StepRows::UpdateTree(const Operation& operation) {
  const auto update = [this](RegionSlot slot) {
    if (slot.index >= tree_.regions.size()) return;
    region_rows_.resize(tree_.regions.size());
    region_rows_[slot.index] = lists_.Intern(RegionJson(slot, tree_.At(slot)));
  };
  VisitOperands(
      operation,
      Overload{[&](const Defines<RegionKind>&) {
                 update({static_cast<std::uint16_t>(tree_.regions.size() - 1)});
               },
               [&](RegionSlot slot) { update(slot); },
               [&](const Defines<IommuNotifierKind>&) { update(tree_.notifiers.back().region); },
               [&](IommuNotifierSlot slot) {
                 if (slot.index < tree_.notifiers.size()) {
                   update(tree_.notifiers[slot.index].region);
                 }
               },
               [](const auto&) {}});
  Rows rows;
  for (std::size_t i = 0; i < tree_.regions.size(); ++i) {
    const TreeRegion& region = tree_.regions[i];
    const RegionSlot slot{static_cast<std::uint16_t>(i)};
    if (region.is_live && region.container == RegionSlot{}) RowsOfTree(slot, rows);
  }
  lists_.Change(tree_list_, std::move(rows));
}

// The region, then, between "(" and ")", what it contains.
void StepRows::RowsOfTree(RegionSlot slot, Rows& rows) {
  rows.push_back(region_rows_[slot.index]);
  const std::vector<RegionSlot>& children = tree_.At(slot).children;
  if (children.empty()) return;
  rows.push_back(lists_.Intern("\"(\""));
  for (const RegionSlot child : children) RowsOfTree(child, rows);
  rows.push_back(lists_.Intern("\")\""));
}

void StepRows::UpdateSpaces() {
  Rows rows;
  for (std::size_t i = 0; i < tree_.spaces.size(); ++i) {
    if (tree_.spaces[i].is_live) rows.push_back(SpaceRow({static_cast<std::uint16_t>(i)}));
  }
  lists_.Change(spaces_list_, std::move(rows));
}

Rows StepRows::ViewRows(std::span<const RangeSeen> ranges) {
  Rows rows;
  for (const RangeSeen& range : ranges) {
    rows.push_back(
        lists_.Intern(fmt::format("[{},{},{},{}]", Number(range.region), Hex(range.first),
                                  Hex(range.last), Quoted(RangeInWords(range, text_.names)))));
  }
  return rows;
}

std::uint32_t StepRows::SpaceRow(SpaceSlot space) {
  const RegionSlot root = tree_.spaces[space.index].root;
  const Layers layers = LayersOf(tree_, root, kLayersMax);
  const ViewSeen* const expect = expect_.Find(space);
  const ViewSeen* const actual = actual_.Find(space);
  const auto should = expect_.Ranges(expect);
  const auto is = actual_.Ranges(actual);
  Rows layer_rows;
  for (const Appearance& layer : layers.appearances) {
    layer_rows.push_back(lists_.Intern(LayerJson(layer)));
  }
  SpaceLists& lists = space_lists_[space];
  lists_.Change(lists.layers, std::move(layer_rows));
  lists_.Change(lists.expect, ViewRows(should));
  lists_.Change(lists.actual, ViewRows(is));
  std::vector<std::string> parts;
  for (const ViewDifference& part : CompareRanges(should, is)) {
    if (parts.size() == kLayersMax) break;
    parts.push_back(
        fmt::format("[{},{},{}]", Hex(part.first), Hex(part.last),
                    Quoted(DifferenceInWords(text_.names.Of(space), part, text_.names))));
  }
  std::string json =
      fmt::format(R"({{"s":{},"root":{},"top":{},"layers":{},"expect":{},"actual":{},"parts":{})",
                  Number(space), Number(root), Number(layers.top), lists.layers.number,
                  lists.expect.number, lists.actual.number, Array(parts));
  if (!layers.is_complete) json += R"(,"cut":true)";
  if (expect == nullptr) json += R"(,"unpublished":true)";
  if (layers.is_complete && !AreSeenIn(layers, should)) json += R"(,"stale":true)";
  return lists_.Intern(json + "}");
}

void StepRows::UpdateEvents(std::size_t step) {
  Rows rows;
  if (Lived(step)) {
    for (const ListenerRows& heard : CompareEvents(text_.names, SeenBy(step), step)) {
      for (const DiffRow& row : heard.rows) {
        rows.push_back(lists_.Intern(EventJson(heard.listener, row)));
      }
    }
  }
  lists_.Change(events_list_, std::move(rows));
}

std::string StepRows::Sentences(std::size_t step) const {
  std::vector<std::string> sentences = DifferencesInWords(text_.names, traces_, step);
  if (sentences.empty()) return "";
  if (sentences.size() > kSentencesMax) {
    const std::size_t more = sentences.size() - kSentencesMax;
    sentences.resize(kSentencesMax);
    sentences.push_back(fmt::format("And {} more differences.", more));
  }
  for (std::string& sentence : sentences) sentence = Quoted(sentence);
  return ",\"differs\":" + Array(sentences);
}

std::string StepRows::RegionsJson() const {
  std::vector<std::string> regions;
  for (std::size_t i = 0; i < tree_.regions.size(); ++i) {
    regions.push_back(
        fmt::format("[{},{}]", Quoted(text_.names.regions[i]), Quoted(tree_.regions[i].kind)));
  }
  return Array(regions);
}

}  // namespace flatcheck
