#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/engine_machine.h"
#include "fuzz/explain/appearances.h"
#include "fuzz/explain/differences.h"
#include "fuzz/explain/json_text.h"
#include "fuzz/explain/page.h"
#include "fuzz/explain/row_lists.h"
#include "fuzz/generator.h"
#include "fuzz/plain_words.h"
#include "fuzz/region_tree.h"
#include "tests/programs_in_words.h"

namespace flatcheck {
namespace {

RegionTree TreeOf(const ProgramText& text) {
  const Trace trace = RunOnReference(text.program);
  RegionTree tree;
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    tree.Perform(text.program.operations[i], TookEffect(trace, trace.steps[i]));
  }
  return tree;
}

std::string Spans(const std::vector<AddressSpan>& spans) {
  std::string text;
  for (const AddressSpan& span : spans) text += " " + SpanInWords(span.first, span.last);
  return text;
}

// Of the first address space: "REGION < ALIAS SPAN +OFFSET: SEEN...".
Lines LayerLines(std::string_view program, std::size_t most = 100) {
  const ProgramText text = Text(program);
  const RegionTree tree = TreeOf(text);
  Lines lines;
  const Layers layers = LayersOf(tree, tree.spaces.front().root, most);
  for (const Appearance& layer : layers.appearances) {
    std::string line(text.names.Of(layer.region));
    for (const RegionSlot alias : layer.path) line += " < " + std::string(text.names.Of(alias));
    line += " " + SpanInWords(layer.span.first, layer.span.last) + " +" +
            std::to_string(layer.offset) + ":" + (layer.enabled ? "" : " off") + Spans(layer.seen);
    lines.push_back(line);
  }
  if (!layers.is_complete) lines.emplace_back("...");
  return lines;
}

struct LayersCase {
  std::string_view name;
  std::string_view program;
  Lines layers;
};

TEST(Layers, LieInFrontToBehindAndShowWhatIsSeen) {
  const std::vector<LayersCase> cases = {
      {"a hole in the middle",
       "region m ram 0x4000\nregion i io 0x1000\nadd m 0x1000 i\nas a m",
       {"i 0x1000-0x1fff +0: 0x1000-0x1fff", "m 0x0-0x3fff +0: 0x0-0xfff 0x2000-0x3fff"}},
      {"the higher priority is in front, the newer of ties",
       "region c container 0x10000\nregion x io 0x1000\nregion y io 0x1000\nregion z io 0x1000\n"
       "add c 0 x 1\nadd c 0 y 1\nadd c 0 z\nas a c",
       {"y 0x0-0xfff +0: 0x0-0xfff", "x 0x0-0xfff +0:", "z 0x0-0xfff +0:", "c 0x0-0xffff +0:"}},
      {"what moves comes in front of its ties",
       "region c container 0x10000\nregion x io 0x1000\nregion y io 0x1000\n"
       "add c 0x800 x\nadd c 0 y\naddr x 0\nas a c",
       {"x 0x0-0xfff +0: 0x0-0xfff", "y 0x0-0xfff +0:", "c 0x0-0xffff +0:"}},
      {"a child is cut to its container",
       "region c container 0x2000\nregion x io 0x5000\nregion e io 1\nadd c 0x1000 x\nadd c 5 e\n"
       "as a c",
       {"e 0x5 +0: 0x5", "x 0x1000-0x1fff +0: 0x1000-0x1fff", "c 0x0-0x1fff +0:"}},
      {"a disabled region is a layer, what is in it is none",
       "region c container 0x2000\nregion d container 0x1000\nregion x io 1\nregion y io 1\n"
       "add d 0 x\nadd c 0 d\nadd c 0x10 y\nenable d 0\nas a c",
       {"y 0x10 +0: 0x10", "d 0x0-0xfff +0: off", "c 0x0-0x1fff +0:"}},
      {"an alias shows its target from an offset, wherever that lies",
       "region c container 2^64\nregion m ram 0x4000\nregion a alias 0x2000 m 0x1000\n"
       "region b alias 0x1000 a 0x800\nregion p io 1\n"
       "add c 0x100000 m\nadd c 0x8000 a 1\nadd c 0x8000 b 2\nas s c",
       {"m < b < a 0x8000-0x8fff +6144: 0x8000-0x8fff", "a < b 0x8000-0x8fff +2048:",
        "b 0x8000-0x8fff +0:", "m < a 0x8000-0x9fff +4096: 0x9000-0x9fff", "a 0x8000-0x9fff +0:",
        "m 0x100000-0x103fff +0: 0x100000-0x103fff", "c 0x0-0xffffffffffffffff +0:"}},
      {"all 2^64 bytes",
       "region c container 2^64\nregion i io 2^64\nregion e io 1\nadd c 0 i\n"
       "add c 18446744073709551615 e 1\nas a c",
       {"e 0xffffffffffffffff +0: 0xffffffffffffffff",
        "i 0x0-0xffffffffffffffff +0: 0x0-0xfffffffffffffffe", "c 0x0-0xffffffffffffffff +0:"}},
      {"a root that is followed down",
       "region c container 2^64\nregion m ram 0x1000\nadd c 0 m\nas a c",
       {"m 0x0-0xfff +0: 0x0-0xfff"}},
      {"an empty region is nowhere",
       "region c container 2^64\nregion e io 0\nadd c 0 e\nas a c",
       {}},
  };
  for (const LayersCase& c : cases) {
    SCOPED_TRACE(c.name);
    Lines expected = c.layers;
    EXPECT_EQ(LayerLines(c.program), expected);
  }
}

TEST(Layers, OfManyOnlyTheOnesInFront) {
  std::string program = "region c container 2^64\nas a c\n";
  for (int i = 0; i < 100; ++i) {
    program += fmt::format("region r{0} io 0x1000\nadd c {1:#x} r{0} {0}\n", i, i * 0x1000);
  }
  const Lines lines = LayerLines(program);
  ASSERT_EQ(lines.size(), 101u);
  EXPECT_EQ(lines.front(), "r99 0x63000-0x63fff +0: 0x63000-0x63fff");
  EXPECT_EQ(lines.back(), "...");
  EXPECT_EQ(LayerLines(program, 101).size(), 101u);
}

// Each level is reached twice as often as the one above.
TEST(Layers, DiamondsOfAliasesAreCut) {
  std::string program = "region c0 container 2^64\nregion m io 1\nadd c0 0 m\n";
  for (int i = 1; i < 13; ++i) {
    program += fmt::format("region c{} container 2^64\n", i);
    for (const char name : {'a', 'b'}) {
      program +=
          fmt::format("region {0}{1} alias 2^64 c{2} 0\nadd c{1} 0 {0}{1}\n", name, i, i - 1);
    }
  }
  EXPECT_EQ(LayerLines(program + "as a c12\n").size(), 101u);
}

// A region without a container that moves publishes nothing by itself, nor does a root that comes
// into a disabled container (memory-map 1.4).
bool MovesARoot(const Operation& operation, const RegionTree& tree) {
  const std::size_t regions = tree.regions.size();
  if (const auto* move = std::get_if<op::MoveTo>(&operation)) {
    return move->region.index < regions && tree.At(move->region).container == RegionSlot{};
  }
  const auto* add = std::get_if<op::Add>(&operation);
  if (add == nullptr || add->parent.index >= regions) return false;
  return !tree.At(add->parent).enabled &&
         std::ranges::count(tree.spaces, add->child, &TreeSpace::root) != 0;
}

std::span<const RangeSeen> RangesOf(const Trace& trace, const ViewSeen& view) {
  return std::span(trace.ranges).subspan(view.ranges.begin, view.ranges.end - view.ranges.begin);
}

// The drawing is no oracle, but it should be right.
TEST(Layers, ShowWhatTheReferencePublishes) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    const Program program = Generate(seed);
    const Trace trace = RunOnReference(program);
    RegionTree tree;
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
      const Step& step = trace.steps[i];
      if (MovesARoot(program.operations[i], tree)) break;
      tree.Perform(program.operations[i], TookEffect(trace, step));
      for (std::uint32_t v = step.views.begin; v < step.views.end; ++v) {
        const ViewSeen& view = trace.views[v];
        const Layers layers = LayersOf(tree, view.root, 1u << 16);
        ASSERT_TRUE(AreSeenIn(layers, RangesOf(trace, view))) << "step " << i;
        ASSERT_EQ(layers.top, view.view_root) << "step " << i;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 1000u);
}

TEST(RegionTree, DoesWhatIsGrantedAndNothingElse) {
  const ProgramText text = Text(
      "region c container 0x1000\nregion bad ram 1\nregion m ram 0x1000\nregion f rom 0x1000\n"
      "add c 0x10 m 3\nadd c 0x20 m\nsize m 0x800\nenable m 0\nlog m 1\nlog m 1\nbegin\nbegin\n"
      "commit\ncommit\ncommit\nbegin\nas a c\nas b bad\ndel c m\n");
  const RegionTree tree = TreeOf(text);
  ASSERT_EQ(tree.regions.size(), 4u);
  EXPECT_FALSE(tree.regions[1].is_live);
  const TreeRegion& m = tree.regions[2];
  EXPECT_EQ(m.kind, "ram");
  EXPECT_EQ(m.address, 0x10u);
  EXPECT_EQ(m.priority, 3);
  EXPECT_TRUE(m.size == 0x800);
  EXPECT_FALSE(m.enabled);
  EXPECT_EQ(m.log_users, 2u);
  EXPECT_EQ(m.container, RegionSlot{});
  EXPECT_TRUE(tree.regions[3].readonly);
  EXPECT_TRUE(tree.regions[0].children.empty());
  EXPECT_EQ(tree.depth, 1u);
  ASSERT_EQ(tree.spaces.size(), 2u);
  EXPECT_TRUE(tree.spaces[0].is_live);
  EXPECT_FALSE(tree.spaces[1].is_live);
}

TEST(RowLists, KeepWhatChanges) {
  RowLists lists;
  const auto number = [&](std::size_t i) { return lists.Intern(std::to_string(100 + i)); };
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < 8; ++i) rows.push_back(number(i));
  EXPECT_EQ(number(3), 3u);
  RowList list;
  lists.Change(list, {});
  EXPECT_EQ(list.number, 0u);
  lists.Change(list, rows);
  lists.Change(list, rows);
  EXPECT_EQ(list.number, 1u);
  rows.insert(rows.begin() + 2, number(8));
  lists.Change(list, rows);
  rows.insert(rows.begin(), number(9));
  rows.pop_back();
  lists.Change(list, rows);
  EXPECT_EQ(lists.Json(),
            "\"rows\":[100,\n101,\n102,\n103,\n104,\n105,\n106,\n107,\n108,\n109],\n"
            "\"lists\":[[0,0,0,[]],[0,0,0,[0,1,2,3,4,5,6,7]],[1,2,6,[8]],[2,0,0,[9,[0,8]]]]");
}

TEST(JsonText, NothingGetsOutOfAString) {
  EXPECT_EQ(Quoted("a b"), "\"a b\"");
  EXPECT_EQ(Quoted("\"\\"), "\"\\\"\\\\\"");
  EXPECT_EQ(Quoted("</script>&"), "\"\\u003c/script\\u003e\\u0026\"");
  EXPECT_EQ(Quoted(std::string_view("\0\n\x1b\xff\xe2\x80\xae", 7)),
            "\"\\\\x00\\\\x0a\\\\x1b\\\\xff\\\\xe2\\\\x80\\\\xae\"");
}

TEST(RegionTree, KnowsBlocksAndIommus) {
  const ProgramText text = Text(
      "region q resizeable 0x1000 0x4000\nregion u iommu 0x10000 nomap\nregion v alias 0x1000 u 0\n"
      "as a q\nramresize q 0x2000\nramresize q 0x9000\niomap u 0 0xfff a 0 3\n"
      "iomap u 0x1000 0xfff a 0 1\niounmap u 0\nnotifier n v 0 1 1\nnotifier bad v 0 1 2\n"
      "notifier o u 0 1 1\nunnotifier o\n");
  const RegionTree tree = TreeOf(text);
  EXPECT_EQ(tree.regions[0].kind, "resizeable");
  EXPECT_TRUE(tree.regions[0].size == 0x2000);
  EXPECT_TRUE(tree.regions[0].size_max == 0x4000);
  const TreeRegion& u = tree.regions[1];
  EXPECT_TRUE(u.traits.nomap && u.Terminates());
  ASSERT_EQ(u.entries.size(), 1u);
  EXPECT_EQ(u.entries[0].iova, 0x1000u);
  EXPECT_EQ(u.notifiers, 1u);
}

// A program on two machines, the second of which runs another one.
struct Pair {
  Pair(std::string_view should_run, std::string_view runs)
      : text(Text(should_run)),
        expect(RunOnReference(text.program)),
        actual(RunOnReference(Text(runs).program)) {}
  ProgramText text;
  Trace expect;
  Trace actual;
};

constexpr std::string_view kMap =
    "region c container 2^64\nregion x ram 0x4000\nregion y io 0x1000\nas a c\nlisten l a 0\n"
    "add c 0 x\n";

std::string With(std::string_view line) { return std::string(kMap) + std::string(line) + "\n"; }

TEST(Differences, ViewsInWords) {
  const Pair pair(With("add c 0x1000 y 1"), With("add c 0x2000 y 1"));
  const Lines sentences = DifferencesInWords(pair.text.names, {pair.expect, pair.actual}, 6);
  ASSERT_GE(sentences.size(), 2u);
  EXPECT_EQ(
      sentences[0],
      "In a at 0x1000-0x1fff the engine shows x from its offset 0x1000; the reference shows y "
      "from its offset 0x0.");
  EXPECT_EQ(sentences[1],
            "In a at 0x2000-0x2fff the engine shows y from its offset 0x0; the reference shows x "
            "from its offset 0x2000.");
  EXPECT_TRUE(DifferencesInWords(pair.text.names, {pair.expect, pair.actual}, 5).empty());
  EXPECT_TRUE(DifferencesInWords(pair.text.names, {pair.expect, pair.actual}, 7).empty());
}

TEST(Differences, RefusalsAnswersAndAttributesInWords) {
  const auto sentences = [](std::string_view should, std::string_view is) {
    const Pair pair(With(should), With(is));
    return DifferencesInWords(pair.text.names, {pair.expect, pair.actual}, 6);
  };
  EXPECT_EQ(sentences("add c 0 x", "logsync"),
            Lines{"The engine grants this; the reference refuses this (has-parent)."});
  EXPECT_EQ(sentences("xlat a 0x5000 1 0", "xlat a 0x3000 1 0"),
            Lines{"The engine: answer x at its offset 0x3000, for 0x1 bytes. The reference: answer "
                  "nothing answers at 0x5000, for 0x1 bytes."});
  const Lines readonly = sentences("unmergeable x 0", "unmergeable x 1");
  ASSERT_FALSE(readonly.empty());
  EXPECT_EQ(readonly[0],
            "In a at 0x0-0x3fff the engine shows x from its offset 0x0, unmergeable; the reference "
            "shows x from its offset 0x0.");
}

TEST(Differences, CallbacksAreAlignedByListener) {
  const Pair pair(With("globallog 1"), With("logsync"));
  const auto heard = CompareEvents(pair.text.names, {pair.expect, pair.actual}, 6);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].listener, ListenerSlot{0});
  EXPECT_TRUE(std::ranges::none_of(heard[0].rows, &DiffRow::IsEqual));
  const Lines sentences = DifferencesInWords(pair.text.names, {pair.expect, pair.actual}, 6);
  ASSERT_FALSE(sentences.empty());
  EXPECT_NE(std::ranges::find(sentences,
                              "Listener l: the reference calls log_global_start; the engine does "
                              "not."),
            sentences.end());
}

// Whether the text is one JSON value: a reader of its own, so that the writer is not asked.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}
  bool ReadsAll() { return Value() && (Blanks(), text_.empty()); }

 private:
  void Blanks() { text_.remove_prefix(std::min(text_.find_first_not_of(" \n"), text_.size())); }
  bool Take(std::string_view token) {
    Blanks();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }
  bool Value() {
    if (Take("{")) return Members("}", true);
    if (Take("[")) return Members("]", false);
    if (Take("\"")) return String();
    if (Take("true") || Take("false") || Take("null")) return true;
    const std::size_t size = std::min(text_.find_first_not_of("-0123456789"), text_.size());
    text_.remove_prefix(size);
    return size > 0;
  }
  bool Members(std::string_view close, bool named) {
    if (Take(close)) return true;
    do {
      if (named && !(Take("\"") && String() && Take(":"))) return false;
      if (!Value()) return false;
    } while (Take(","));
    return Take(close);
  }
  bool String() {
    while (!text_.empty() && text_.front() != '"') {
      if (text_.front() < ' ' || text_.front() > '~') return false;
      if (text_.front() == '\\') {
        if (text_.size() < 2 || std::string_view("\"\\u").find(text_[1]) == text_.npos)
          return false;
        text_.remove_prefix(1);
      }
      text_.remove_prefix(1);
    }
    return Take("\"");
  }

  std::string_view text_;
};

constexpr std::string_view kStoryBegins = "<script type=\"application/json\" id=\"story\">";

std::string_view StoryOf(std::string_view page) {
  const std::size_t begin = page.find(kStoryBegins) + kStoryBegins.size();
  return page.substr(begin, page.find("</script>", begin) - begin);
}

std::string PageOf(const ProgramText& text, std::optional<Failure> failure = std::nullopt) {
  EngineMachine engine;
  const Trace expect = RunOnReference(text.program);
  const Trace actual = Run(text.program, engine);
  Explanation explanation{text, {expect, actual}, std::move(failure), {}};
  explanation.name = "<b>&amp;{{story}}";
  return Page(explanation);
}

std::size_t Count(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++count;
  return count;
}

TEST(Page, IsWellFormedForGeneratedPrograms) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const std::string page = PageOf(Spell(Generate(seed)));
    EXPECT_TRUE(JsonReader(StoryOf(page)).ReadsAll()) << seed;
  }
  EXPECT_TRUE(JsonReader(StoryOf(PageOf(ProgramText()))).ReadsAll());
}

TEST(Page, ShowsWhatLiesBehindTheMap) {
  const std::string page = PageOf(Text(kMemoryProgram));
  const std::string_view story = StoryOf(page);
  EXPECT_TRUE(JsonReader(story).ReadsAll());
  for (const std::string_view part :
       {R"(["q","resizeable"])", R"(["u","iommu"])", R"("block of up to 16 KiB")",
        R"("traced","refuses map notifiers","1 entry")", R"("1 notifier")",
        R"("block of q: it is 8 KiB long now")", R"("answer RAM blocks: 2")",
        R"("notifier n: 0x1000-0x1fff leads to 0x0, for nothing")"}) {
    EXPECT_NE(story.find(part), story.npos) << part;
  }
}

TEST(Page, HostileNamesStayText) {
  const std::string hostile = "</script><script>\"]}\\{{style}}<!--\x1b\xff";
  const ProgramText text =
      Text("region " + hostile + " ram 0x1000\nas " + hostile + " " + hostile + "\nlisten " +
           hostile + " " + hostile + " 0\nenable " + hostile + " 0\n");
  Failure failure;
  failure.signature = {"views_agree", "enable", "x", ""};
  failure.step = 3;
  failure.message = hostile;
  failure.printed = hostile + "\n\n" + hostile;
  const std::string page = PageOf(text, failure);
  EXPECT_TRUE(JsonReader(StoryOf(page)).ReadsAll());
  EXPECT_EQ(Count(page, "</script>"), Count(PageOf(Text("begin")), "</script>"));
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_EQ(page.find("<!--"), std::string::npos);
  EXPECT_TRUE(
      std::ranges::all_of(page, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}

TEST(Page, TellsRefusalsFailuresAndFreeOperands) {
  const ProgramText text = Text("region m ram 1\nregion i io 8\nas a i\nenable i 0\n");
  const Trace trace = RunOnReference(text.program);
  Failure failure;
  failure.signature = {"lookups_agree", "as", "xlat", ""};
  failure.step = 2;
  failure.probe = op::Translate{{0}, {0x1234}, {1}, {false}};
  Trace part = trace;
  part.steps.resize(3);
  const Answer answer{.kind = AnswerKind::kTranslated};
  const Explanation explanation{
      text, {part, part}, failure, {{1, 1}, {3, 0}}, ProbeAnswers{answer, answer}};
  const std::string page = Page(explanation);
  const std::string_view story = StoryOf(page);
  EXPECT_TRUE(JsonReader(story).ReadsAll());
  EXPECT_NE(story.find(R"("refused":"bad-size")"), story.npos);
  EXPECT_NE(story.find(R"("signature":"lookups_agree-as-xlat")"), story.npos);
  EXPECT_NE(story.find(R"("at":"0x1234")"), story.npos);
  EXPECT_NE(story.find(R"("free":[3])"), story.npos);  // Of `region i io 8`, the size.
  EXPECT_NE(story.find(R"("free":[1])"), story.npos);  // Of `enable i 0`, the region.
  EXPECT_EQ(Count(story, R"("lost":true)"), 1u);
}

}  // namespace
}  // namespace flatcheck
