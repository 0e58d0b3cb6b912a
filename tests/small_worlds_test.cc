// Every tree of up to three regions in a world of four pages: a root container, and below it
// regions of each place, each kind that renders differently, each parent and each order of
// priorities. Engine and reference must show the same.

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/oracles/traces_agree.h"
#include "fuzz/oracles/view_is_canonical.h"
#include "fuzz/program_text.h"
#include "fuzz/reference_machine.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kWorldPages = 4;
constexpr RegionSlot kRoot{0};

// One region of a world. An alias shows its target from the target's second page on, or all of it
// if it is as large as the world, so that it can stand for its target as a root.
struct Shape {
  enum class Kind { kIo, kContainer, kAlias } kind = Kind::kIo;
  RegionSlot target;
  RegionSlot parent;
  std::uint64_t first_page = 0;
  std::uint64_t pages = 0;
  std::int32_t priority = 0;
};

// All shapes of the region in `slot`, above the regions in the slots before it.
std::vector<Shape> ShapesOf(std::uint16_t slot) {
  std::vector<Shape> shapes;
  const auto place = [&shapes](Shape shape) {
    for (shape.first_page = 0; shape.first_page < kWorldPages; ++shape.first_page) {
      for (shape.pages = 1; shape.first_page + shape.pages <= kWorldPages; ++shape.pages) {
        shapes.push_back(shape);
      }
    }
  };
  for (std::uint16_t parent = 0; parent < slot; ++parent) {
    for (const std::int32_t priority : {-1, 0, 1}) {
      if (slot == 1 && priority != 0) continue;  // Without a sibling it does not matter.
      Shape shape{.parent = {parent}, .priority = priority};
      place(shape);
      shape.kind = Shape::Kind::kContainer;
      if (slot < 3) place(shape);  // As the last region it shows nothing.
      shape.kind = Shape::Kind::kAlias;
      for (std::uint16_t target = 1; target < slot; ++target) {
        shape.target = {target};
        place(shape);
      }
    }
  }
  return shapes;
}

Operation Creation(const Shape& shape) {
  const RegionSize size{shape.pages * kPage};
  switch (shape.kind) {
    case Shape::Kind::kIo:
      return op::Io{{}, size};
    case Shape::Kind::kContainer:
      return op::Container{{}, size};
    case Shape::Kind::kAlias:
      return op::Alias{{}, size, shape.target, {shape.pages == kWorldPages ? 0 : kPage}};
  }
  return op::Unknown{};
}

// Both machines, given the same operations.
class World {
 public:
  World() {
    Do(op::Container{{}, {kWorldPages * kPage}});
    Do(op::Space{{}, kRoot});
  }

  void Do(const Operation& operation) {
    program_.operations.push_back(operation);
    RunStep(operation, reference_, expect_);
    RunStep(operation, engine_, actual_);
    const std::size_t step = program_.operations.size() - 1;
    if (!wrong_) wrong_ = RefusalsAgree(expect_, actual_, step);
    if (!wrong_) wrong_ = ViewsAgree(expect_, actual_, step);
    if (!wrong_) wrong_ = ViewIsCanonical(actual_, step);
  }

  void Add(const Shape& shape, RegionSlot slot) {
    Do(op::Add{shape.parent, {shape.first_page * kPage}, slot, {shape.priority}});
  }

  // Whether all agreed so far; if not, says where.
  testing::AssertionResult Agrees() const {
    if (!wrong_) return testing::AssertionSuccess();
    return testing::AssertionFailure() << wrong_->oracle << ": " << wrong_->message << " after\n"
                                       << Print(program_);
  }

 private:
  ReferenceMachine reference_;
  EngineMachine engine_;
  Program program_;
  Trace expect_;
  Trace actual_;
  std::optional<Disagreement> wrong_;
};

TEST(SmallWorlds, EveryTreeOfUpToThreeRegionsAgrees) {
  const std::vector<Shape> firsts = ShapesOf(1);
  const std::vector<Shape> seconds = ShapesOf(2);
  const std::vector<Shape> thirds = ShapesOf(3);
  std::size_t trees = 0;
  for (const Shape& first : firsts) {
    for (const Shape& second : seconds) {
      World world;
      world.Do(Creation(first));
      world.Add(first, {1});
      world.Do(Creation(second));
      world.Add(second, {2});
      world.Do(op::Space{{}, {1}});
      world.Do(op::Space{{}, {2}});
      // The third region is replaced in one transaction, so that each tree is rendered once.
      std::uint16_t slot = 3;
      for (const Shape& third : thirds) {
        world.Do(Creation(third));
        world.Do(op::Begin{});
        if (slot > 3)
          world.Do(op::Del{thirds[slot - 4u].parent, {static_cast<std::uint16_t>(slot - 1)}});
        world.Add(third, {slot});
        world.Do(op::Commit{});
        ++slot;
        ++trees;
      }
      ASSERT_TRUE(world.Agrees());
    }
  }
  EXPECT_EQ(trees, firsts.size() * seconds.size() * thirds.size());
  RecordProperty("trees", static_cast<int>(trees));
}

}  // namespace
}  // namespace flatcheck
