#include "fuzz/generator.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <variant>

#include "fuzz/limits.h"

namespace flatcheck {
namespace {

using Nature = SketchRegion::Nature;

// How often a kind is written, before taste. A kind without a row has weight 10.
struct Row {
  std::uint8_t number;
  std::uint32_t weight;
};
constexpr Row kRows[] = {
    {op::Io::kNumber, 15},        {op::Reservation::kNumber, 4},  {op::RamDevice::kNumber, 4},
    {op::Alias::kNumber, 25},     {op::Add::kNumber, 80},         {op::Del::kNumber, 15},
    {op::Destroy::kNumber, 5},    {op::Enable::kNumber, 20},      {op::MoveTo::kNumber, 30},
    {op::Resize::kNumber, 20},    {op::AliasOffset::kNumber, 15}, {op::Log::kNumber, 25},
    {op::GlobalLog::kNumber, 15}, {op::EventfdAdd::kNumber, 30},  {op::EventfdDel::kNumber, 15},
    {op::Uncoalesce::kNumber, 5}, {op::SpaceDestroy::kNumber, 2}, {op::Unlisten::kNumber, 4},
};

constexpr OperationWeights kWeights = [] {
  OperationWeights weights;
  weights.fill(10);
  for (std::size_t kind = 0; kind < weights.size(); ++kind) {
    for (const Row& row : kRows) {
      if (row.number == kOperationKinds[kind].number) weights[kind] = row.weight;
    }
  }
  return weights;
}();

constexpr OperationWeights Only(std::uint8_t number) {
  OperationWeights weights{};
  for (std::size_t kind = 0; kind < weights.size(); ++kind) {
    weights[kind] = kOperationKinds[kind].number == number;
  }
  return weights;
}
constexpr OperationWeights kOnlyContainer = Only(op::Container::kNumber);
constexpr OperationWeights kOnlyRam = Only(op::Ram::kNumber);
constexpr OperationWeights kOnlyAdd = Only(op::Add::kNumber);
constexpr OperationWeights kOnlySpace = Only(op::Space::kNumber);
constexpr OperationWeights kOnlyListen = Only(op::Listen::kNumber);

// The kinds that create regions, with their weights.
constexpr OperationWeights kOnlyRegions = []<std::size_t... i>(std::index_sequence<i...>) {
  return OperationWeights{
      (CreatesRegion<std::variant_alternative_t<i + 1, Operation>> ? kWeights[i] : 0)...};
}
(std::make_index_sequence<kOperationKinds.size()>());

// Half of the kinds, each with 1, 2, 4 or 8 times its weight. One is always there: `add`.
OperationWeights DrawTaste(Random& random) {
  OperationWeights taste = kWeights;
  for (std::size_t kind = 0; kind < taste.size(); ++kind) {
    taste[kind] <<= random.Below(4);
    if (random.OneIn(2) && kOnlyAdd[kind] == 0) taste[kind] = 0;
  }
  return taste;
}

// What Relate looks at.
struct Scene {
  const Sketch& sketch;
  OperandChooser& operands;
  Random& random;

  bool Has(RegionSlot slot) const { return sketch.IsLive(slot); }
  const SketchRegion& At(RegionSlot slot) const { return sketch.At(slot); }
  // Puts one of the regions, if there are any, in the slot.
  void Prefer(RegionSlot& slot, SlotSet regions) const {
    slot = operands.OneOf(regions).value_or(slot);
  }
  // The same, and one that hangs somewhere most often.
  void PreferHanging(RegionSlot& slot, SlotSet regions) const {
    const SlotSet hanging = regions & sketch.hanging;
    Prefer(slot, hanging != 0 && !random.OneIn(8) ? hanging : regions);
  }
  template <class Property>
  void PreferWith(RegionSlot& slot, Property&& has_property) const {
    slot = operands.Find(has_property).value_or(slot);
  }
};

// Relate: operands of one operation that belong together. They come drawn by type alone.

template <class Op>
void Relate(Scene& scene, Op& operation) {
  if constexpr (CreatesMemory<Op>) {
    operation.size.value = scene.operands.MemorySize();
  } else if constexpr (CreatesRegion<Op>) {
    if (!scene.random.OneIn(6)) operation.size.value = scene.operands.GridSize();
  }
  if constexpr (kAttribute<Op> != nullptr) {
    if (scene.random.OneIn(2)) {  // What is switched from its first state is switched back.
      scene.PreferWith(operation.region, [](const SketchRegion& region) {
        return region.*kAttribute<Op> != SketchRegion().*kAttribute<Op>;
      });
    }
    if (!scene.Has(operation.region)) return;
    const bool is_on = scene.At(operation.region).*kAttribute<Op>;
    operation.on.value = scene.random.OneIn(8) == is_on;
  }
}

void Relate(Scene& scene, op::Container& container) {
  const bool is_first = scene.sketch.regions.empty() && !scene.random.OneIn(16);
  if (is_first || scene.random.OneIn(2)) container.size.value = scene.operands.WorldSize();
}

void Relate(Scene& scene, op::Alias& alias) {
  // What is aliased can be added beside its alias, save where it is the root.
  if (!scene.random.OneIn(4)) scene.Prefer(alias.target, scene.sketch.live & ~scene.sketch.Roots());
  if (!scene.Has(alias.target)) return;
  const std::uint64_t target_size = scene.At(alias.target).size;
  const std::size_t lot = scene.random.Below(4);
  if (lot < 2) alias.size.value = target_size;
  if (lot == 2) alias.size.value = scene.operands.GridSize();
  alias.offset.value = scene.random.OneIn(2) ? 0 : scene.operands.OffsetWithin(target_size);
}

// To a container that some space shows, if there is one, and of something that none shows yet.
void Relate(Scene& scene, op::Add& add) {
  const Sketch& sketch = scene.sketch;
  SlotSet visible = sketch.Visible();
  const SlotSet containers = sketch.Of(Nature::kContainer);
  const bool has_shown = (containers & visible) != 0 && !scene.random.OneIn(16);
  if (!scene.random.OneIn(16)) {
    scene.Prefer(add.parent, has_shown ? containers & visible : containers);
  }
  if (!scene.Has(add.parent)) return;
  if (scene.random.OneIn(8)) visible = 0;  // A root, or seen through an alias: why not.
  scene.Prefer(add.child, sketch.live & ~sketch.hanging & ~visible & ~sketch.Reaching(add.parent));
  if (!scene.Has(add.child)) return;
  add.offset.value = scene.operands.OffsetFor(add.child, add.parent);
  // What is large would hide all that is there: mostly it lies behind.
  const bool is_large = sketch.At(add.child).size > sketch.At(add.parent).size / 4;
  if (is_large && !scene.random.OneIn(3)) add.priority.value = -1;
}

void Relate(Scene& scene, op::Destroy& destroy) {
  scene.Prefer(destroy.region, scene.sketch.live & ~scene.sketch.hanging & ~scene.sketch.Roots());
}

void Relate(Scene& scene, op::Del& del) {
  scene.Prefer(del.child, scene.sketch.hanging);
  if (scene.Has(del.child)) del.parent = scene.At(del.child).container;
}

void Relate(Scene& scene, op::MoveTo& move) {
  if (!scene.Has(move.region)) return;
  const RegionSlot parent = scene.At(move.region).container;
  if (parent == RegionSlot{}) return;
  move.address.value = scene.operands.OffsetFor(move.region, parent);
}

void Relate(Scene& scene, op::Resize& resize) {
  if (!scene.Has(resize.region)) return;
  const SketchRegion& region = scene.At(resize.region);
  if (region.nature == Nature::kContainer && !scene.random.OneIn(4)) {
    resize.size.value = scene.operands.WorldSize();
  } else if (region.nature == Nature::kMemory) {
    const std::uint64_t initial = region.size_at_creation;
    resize.size.value =
        scene.random.OneIn(2) ? initial : initial - scene.operands.OffsetWithin(initial);
  }
}

void Relate(Scene& scene, op::AliasOffset& aim) {
  scene.PreferHanging(aim.region, scene.sketch.Of(Nature::kAlias));
  if (!scene.Has(aim.region) || !scene.Has(scene.At(aim.region).target)) return;
  const std::uint64_t target_size = scene.At(scene.At(aim.region).target).size;
  aim.offset.value = scene.operands.OffsetWithin(target_size);
}

void Relate(Scene& scene, op::RomdMode& mode) {
  scene.PreferWith(mode.region, [](const SketchRegion& region) { return region.is_rom_device; });
  if (!scene.Has(mode.region)) return;
  mode.on.value = !scene.At(mode.region).romd_mode;
}

void Relate(Scene& scene, op::Log& log) {
  if (!scene.random.OneIn(8)) scene.PreferHanging(log.region, scene.sketch.Of(Nature::kMemory));
  log.on.value = scene.random.OneIn(2);
  if (log.on.value) return;
  scene.PreferWith(log.region, [](const SketchRegion& region) { return region.log_users != 0; });
}

void Relate(Scene& scene, op::GlobalLog& log) { log.on.value = !scene.sketch.is_logging; }

void Relate(Scene& scene, op::LogClear& clear) {
  scene.PreferWith(clear.region, [&](const SketchRegion& region) {
    return region.nature == Nature::kMemory && (region.log_users != 0 || scene.sketch.is_logging);
  });
  if (!scene.Has(clear.region)) return;
  const std::uint64_t size = scene.At(clear.region).size;
  clear.start.value = scene.operands.OffsetWithin(size);
  if (scene.random.OneIn(2)) clear.length.value = scene.operands.Near(size);
}

// Mostly a new doorbell of a device; often one that another differs from in little.
void Relate(Scene& scene, op::EventfdAdd& add) {
  const auto& known = scene.sketch.eventfds;
  const RegionSlot drawn = add.region;
  scene.PreferHanging(add.region, scene.sketch.Of(Nature::kDevice));
  if (scene.random.OneIn(4)) add.region = drawn;
  add.size.value = scene.random.Pick({0u, 1u, 2u, 2u, 4u, 4u, 8u});
  if (!known.empty() && scene.random.OneIn(3)) {
    const op::EventfdAdd& other = known[scene.random.Below(known.size())];
    add.region = other.region;
    add.address = other.address;
    if (scene.random.OneIn(2)) add.size = other.size;
    if (scene.random.OneIn(2)) add.match = other.match;
  } else if (scene.Has(add.region)) {
    const std::uint64_t size = scene.At(add.region).size;
    add.address.value = scene.operands.OffsetWithin(size);
    if (scene.random.OneIn(2)) add.address.value &= ~std::uint64_t{3};
  }
}

void Relate(Scene& scene, op::EventfdDel& del) {
  const auto& known = scene.sketch.eventfds;
  if (known.empty()) return;
  const op::EventfdAdd& it = known[scene.random.Below(known.size())];
  del = {it.region, it.address, it.size, it.match, it.data, it.notifier};
  if (scene.random.OneIn(8)) del.size.value = 0;
}

void Relate(Scene& scene, op::Coalesce& coalesce) {
  const RegionSlot drawn = coalesce.region;
  scene.PreferHanging(coalesce.region, scene.sketch.Of(Nature::kDevice));
  if (scene.random.OneIn(4)) coalesce.region = drawn;
  if (!scene.Has(coalesce.region)) return;
  const std::uint64_t size = scene.At(coalesce.region).size;
  coalesce.offset.value = scene.operands.OffsetWithin(size);
  if (scene.random.OneIn(3)) coalesce.size.value = size - coalesce.offset.value;
}

void Relate(Scene& scene, op::Uncoalesce& uncoalesce) {
  scene.PreferWith(uncoalesce.region,
                   [](const SketchRegion& region) { return region.has_windows; });
}

// Most often the top of something, then an alias, which shares a view with its target.
void Relate(Scene& scene, op::Space& space) {
  const std::size_t lot = scene.random.Below(16);
  if (lot < 10) {
    scene.Prefer(space.root, scene.sketch.hanging);
    if (scene.Has(space.root)) space.root = scene.sketch.TopOf(space.root);
  } else if (lot < 14) {
    scene.Prefer(space.root, scene.sketch.Of(Nature::kAlias));
  }
}

void Relate(Scene& scene, op::Find& find) {
  if (!scene.Has(find.region)) return;
  find.address.value = scene.operands.OffsetWithin(scene.At(find.region).size);
}

void Relate(Scene& scene, op::Translate& translate) {
  translate.address.value = scene.operands.AddressInView();
}

void Relate(Scene& scene, op::Read& read) { read.address.value = scene.operands.AddressInView(); }

// Also at a doorbell, in its width and with its data.
void Relate(Scene& scene, op::Write& write) {
  const auto& known = scene.sketch.eventfds;
  if (known.empty() || scene.random.OneIn(2)) {
    write.address.value = scene.operands.AddressInView();
    return;
  }
  const op::EventfdAdd& bell = known[scene.random.Below(known.size())];
  write.address.value = scene.sketch.AbsoluteAddress(bell.region) + bell.address.value;
  if (bell.size.value != 0) write.length.value = static_cast<std::uint8_t>(bell.size.value % 9);
  write.value = bell.data;
}

// Offend: operands of a refusal that chance alone seldom finds.

template <class Op>
void Offend(Scene&, Op&) {}

// A cycle.
void Offend(Scene& scene, op::Add& add) {
  if (!scene.Has(add.parent) || scene.random.OneIn(2)) return;
  scene.Prefer(add.child, scene.sketch.Reaching(add.parent) & ~scene.sketch.hanging);
}

// A root, RAM, another region, an address space and an addition at least; more as there is room.
void WriteScenery(Generator& generator, Random& random, std::size_t room, Program& program) {
  const auto write = [&](const OperationWeights& weights, std::size_t times) {
    for (; times > 0 && program.operations.size() < room; --times) {
      auto operation = generator.WriteOneOf(weights);
      if (operation) program.operations.push_back(*std::move(operation));
    }
  };
  const auto write_space = [&] {
    write(kOnlySpace, 1);
    if (!random.OneIn(6)) write(kOnlyListen, 1);
  };
  const bool space_is_last = room >= 16 && random.OneIn(4);
  const std::size_t region_count = 2 + random.Below(1 + std::min<std::size_t>(room, 64) / 4);
  write(kOnlyContainer, 1);
  if (!space_is_last) write_space();
  write(kOnlyRam, 1);
  write(kOnlyRegions, region_count);
  write(kOnlyAdd, 1 + region_count);
  if (space_is_last) write_space();
}

// What a bus master sees: all of an address space's root, through an alias that can be switched
// off. Its view is the root's own as long as nothing else is there (memory-map 2.3).
void WriteBusMaster(Generator& generator, Program& program) {
  const auto write = [&](const Operation& operation) {
    generator.Follow(operation);
    program.operations.push_back(operation);
  };
  const Sketch& sketch = generator.sketch();
  const RegionSlot root = sketch.spaces.front().root;
  if (!sketch.IsLive(root)) return;
  const RegionSize size{sketch.At(root).size};
  const RegionSlot container{static_cast<std::uint16_t>(sketch.regions.size())};
  const RegionSlot alias{static_cast<std::uint16_t>(container.index + 1)};
  write(op::Container{{}, size});
  write(op::Alias{{}, size, root, {}});
  write(op::Add{container, {}, alias, {}});
  write(op::Space{{}, container});
}

std::size_t DrawLength(Random& random) {
  return random.OneIn(2) ? 8 + random.Below(24) : 32 + random.Below(33);
}

Program GenerateFrom(Random& random, std::size_t length) {
  assert(length <= limits::kGeneratedOperationsMax);
  Program program;
  program.operations.reserve(length);
  Generator generator(random);
  WriteScenery(generator, random, length, program);
  const bool has_room = program.operations.size() + 8 <= length;
  if (has_room && !generator.sketch().spaces.empty() && random.OneIn(4)) {
    WriteBusMaster(generator, program);
  }
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

}  // namespace

Generator::Generator(Random& random)
    : random_(random), operands_(sketch_, random), taste_(DrawTaste(random)) {}

void Generator::Follow(const Operation& operation) {
  sketch_.Perform(operation);
  if (sketch_.regions.size() < limits::kGeneratedRegionsMax) return;
  for (std::size_t kind = 0; kind < taste_.size(); ++kind) {
    if (kOnlyRegions[kind] != 0) taste_[kind] = 0;
  }
}

Operation Generator::Write() {
  const SlotSet idle = sketch_.live & ~sketch_.hanging & ~sketch_.Visible();
  if (idle != 0 && random_.OneIn(3)) {
    if (auto addition = WriteOneOf(kOnlyAdd)) return *std::move(addition);
  }
  const std::size_t lot = random_.Below(16);
  Operation operation = Propose(taste_, lot < 3   ? Aim::kRefusal
                                        : lot < 5 ? Aim::kChance
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
    if (sketch_.Grants(operation) == (aim != Aim::kRefusal)) break;
  }
  return operation;
}

Program Generate(std::uint64_t seed) {
  Random random(seed);
  const std::size_t length = DrawLength(random);
  return GenerateFrom(random, length);
}

Program Generate(std::uint64_t seed, std::size_t length) {
  Random random(seed);
  return GenerateFrom(random, length);
}

}  // namespace flatcheck
