#include "fuzz/generator.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <numeric>
#include <utility>
#include <variant>

#include "fuzz/generator_scene.h"
#include "fuzz/generator_scenery.h"
#include "fuzz/generator_sequel.h"
#include "fuzz/limits.h"
#include "fuzz/sketch_memory.h"

namespace flatcheck {
namespace {

constexpr std::size_t kNearSync = 8;

std::size_t DrawLength(Random& random) {
  if (random.OneIn(160)) return random.OneIn(3) ? limits::kGeneratedOperationsMax : 128;
  return random.OneIn(2) ? 8 + random.Below(24) : 32 + random.Below(33);
}

Program GenerateFrom(Random& random, std::size_t length, Theme theme) {
  assert(length <= limits::kGeneratedOperationsMax);
  Program program;
  program.operations.reserve(length);
  Generator generator(random, theme);
  WriteScenery(generator, random, length, program);
  const bool may_end_open = random.OneIn(16);
  while (program.operations.size() < length) {
    const std::size_t room = length - program.operations.size();
    if (generator.sketch().depth >= room && !may_end_open) {
      program.operations.push_back(op::Commit());
      generator.Follow(program.operations.back());
    } else {
      program.operations.push_back(generator.Write());
    }
  }
  return program;
}

// Whether some kind has a weight in both.
bool Meet(const OperationWeights& some, const OperationWeights& others) {
  return std::inner_product(some.begin(), some.end(), others.begin(), std::uint64_t{0}) != 0;
}

// A map's programs are without operations on memory three times in four.
Theme Decided(Theme theme, Random& random) {
  return theme == Theme::kMap && !random.OneIn(4) ? Theme::kMapAlone : theme;
}

}  // namespace

Generator::Generator(Random& random, Theme theme)
    : random_(random),
      theme_(Decided(theme, random)),
      operands_(sketch_, random, theme_),
      taste_(DrawTaste(theme_, random)) {}

void Generator::Follow(const Operation& operation) {
  sequel_ = SequelOf(sketch_, random_, operation);
  sketch_.Perform(operation);
  operands_.Remember(operation);
  if (operations_near_sync_ != 0) --operations_near_sync_;
  if (std::holds_alternative<op::LogSync>(operation)) operations_near_sync_ = kNearSync;
  if (sketch_.regions.size() < limits::kGeneratedRegionsMax) return;
  for (std::size_t kind = 0; kind < taste_.size(); ++kind) {
    if (RegionWeights(theme_)[kind] != 0) taste_[kind] = 0;
  }
}

Operation Generator::Write() {
  if (sequel_ && taste_[sequel_->index() - 1] != 0 &&
      (sketch_.Grants(*sequel_) || (random_.OneIn(2) && sketch_.HasOperands(*sequel_)))) {
    Operation sequel = *std::move(sequel_);
    Follow(sequel);
    return sequel;
  }
  const SlotSet idle = sketch_.live & ~sketch_.hanging & ~sketch_.Visible();
  if (idle != 0 && random_.OneIn(3)) {
    if (auto addition = WriteOneOf(kOnly<op::Add>)) return *std::move(addition);
  }
  const SlotSet held = Held(sketch_) & sketch_.live & ~sketch_.hanging & ~sketch_.Roots();
  if (held != 0 && random_.OneIn(6)) {  // It is seldom so, and only then a destroy tells.
    Operation destroy = Propose(kOnly<op::Destroy>, Aim::kRefusal);
    Follow(destroy);
    return destroy;
  }
  const SlotSet once_held = OnceHeld(sketch_) & sketch_.live & ~sketch_.hanging & ~sketch_.Roots();
  if (once_held != 0 && random_.OneIn(6)) {
    if (auto destroy = WriteOneOf(kOnly<op::Destroy>)) return *std::move(destroy);
  }
  // KVM's log is cleared of what a sync has found alone, though more has happened since.
  if (operations_near_sync_ != 0 && Meet(taste_, kOnly<op::LogClear>) && random_.OneIn(2)) {
    constexpr auto kOther = kOnly<op::Log, op::GlobalLog, op::LogSync, op::Readonly, op::RomdMode>;
    auto next = WriteOneOf(random_.OneIn(2) ? kOnly<op::LogClear> : kOther);
    if (next) return *std::move(next);
  }
  // What a commit shows at once is more than what one change after the other shows.
  if (sketch_.depth != 0 && random_.OneIn(3)) {
    if (auto change = WriteOneOf(kChanges)) return *std::move(change);
  }
  const std::size_t lot = random_.Below(16);
  const std::size_t by_chance = theme_ == Theme::kMemory ? 1 : 2;
  Operation operation = Propose(taste_, lot < 3               ? Aim::kRefusal
                                        : lot < 3 + by_chance ? Aim::kChance
                                                              : Aim::kSense);
  Follow(operation);
  return operation;
}

std::optional<Operation> Generator::WriteOneOf(const OperationWeights& weights) {
  Operation operation = Propose(weights, Aim::kSense);
  if (!sketch_.Grants(operation)) return std::nullopt;
  Follow(operation);
  return operation;
}

Operation Generator::Propose(const OperationWeights& weights, Aim aim) {
  Scene scene{sketch_, operands_, random_};
  Operation operation;
  for (int attempt = 0; attempt < 4; ++attempt) {
    operation = kOperationKinds[random_.Weighted(weights)].blank();
    VisitOperands(operation, [&](auto& operand) { operands_.Draw(operand); });
    if (aim == Aim::kSense) std::visit([&](auto& held) { Relate(scene, held); }, operation);
    if (aim == Aim::kRefusal) std::visit([&](auto& held) { Offend(scene, held); }, operation);
    if (sketch_.Grants(operation) != (aim != Aim::kRefusal)) continue;
    // That something is absent is the dullest refusal.
    if (aim != Aim::kRefusal || sketch_.HasOperands(operation) || random_.OneIn(8)) break;
  }
  // An access that cannot be refused would go nowhere.
  const bool is_granted = sketch_.Grants(operation);
  if (theme_ == Theme::kMemory && aim == Aim::kRefusal && is_granted) {
    return Propose(weights, Aim::kSense);
  }
  return operation;
}

Program Generate(std::uint64_t seed, Theme theme) {
  Random random(seed);
  const std::size_t length = DrawLength(random);
  return GenerateFrom(random, length, theme);
}

Program Generate(std::uint64_t seed, std::size_t length, Theme theme) {
  Random random(seed);
  return GenerateFrom(random, length, theme);
}

}  // namespace flatcheck
