#include "fuzz/operation_weights.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <variant>

namespace flatcheck {
namespace {

struct Row {
  std::uint8_t number;
  std::uint32_t in_map;
  std::uint32_t in_memory;
};

// The kinds of fuzz/map_operations.h that have not the usual weights: 10 and 3.
constexpr Row kMapRows[] = {
    {op::Container::kNumber, 10, 2},   {op::Io::kNumber, 15, 8},
    {op::Reservation::kNumber, 4, 1},  {op::Ram::kNumber, 10, 5},
    {op::RamDevice::kNumber, 4, 2},    {op::Alias::kNumber, 25, 8},
    {op::Destroy::kNumber, 5, 10},     {op::Add::kNumber, 80, 25},
    {op::Del::kNumber, 15, 12},        {op::Enable::kNumber, 20, 12},
    {op::Readonly::kNumber, 10, 8},    {op::RomdMode::kNumber, 10, 15},
    {op::MoveTo::kNumber, 30, 15},     {op::Resize::kNumber, 20, 8},
    {op::AliasOffset::kNumber, 15, 8}, {op::Log::kNumber, 25, 25},
    {op::GlobalLog::kNumber, 15, 10},  {op::LogSync::kNumber, 10, 4},
    {op::LogClear::kNumber, 10, 4},    {op::Begin::kNumber, 10, 4},
    {op::Commit::kNumber, 10, 5},      {op::EventfdAdd::kNumber, 30, 10},
    {op::EventfdDel::kNumber, 15, 3},  {op::Coalesce::kNumber, 10, 1},
    {op::Uncoalesce::kNumber, 5, 1},   {op::Space::kNumber, 10, 5},
    {op::SpaceDestroy::kNumber, 5, 4}, {op::Listen::kNumber, 10, 4},
    {op::Unlisten::kNumber, 4, 2},     {op::Find::kNumber, 10, 4},
    {op::Translate::kNumber, 10, 20},  {op::Read::kNumber, 10, 60},
    {op::Write::kNumber, 10, 80},
};

// Those of fuzz/memory_operations.h, all of them.
constexpr Row kMemoryRows[] = {
    {op::ResizeableRam::kNumber, 8, 8},
    {op::Iommu::kNumber, 8, 8},
    {op::RamResize::kNumber, 8, 25},
    {op::Load::kNumber, 8, 60},
    {op::Store::kNumber, 8, 70},
    {op::AccessValid::kNumber, 6, 15},
    {op::WriteRom::kNumber, 6, 20},
    {op::Blocks::kNumber, 4, 10},
    {op::Dirty::kNumber, 8, 35},
    {op::TestClear::kNumber, 6, 20},
    {op::Snapshot::kNumber, 6, 20},
    {op::SetDirty::kNumber, 6, 15},
    {op::Map::kNumber, 8, 40},
    {op::Unmap::kNumber, 6, 60},
    {op::Peek::kNumber, 4, 40},
    {op::Poke::kNumber, 4, 60},
    {op::HostOf::kNumber, 4, 15},
    {op::RegionPointer::kNumber, 4, 8},
    {op::IommuMap::kNumber, 10, 50},
    {op::IommuUnmap::kNumber, 4, 12},
    {op::IotlbEntry::kNumber, 4, 20},
    {op::IommuNotifierAdd::kNumber, 6, 25},
    {op::IommuNotifierDel::kNumber, 6, 6},
    {op::IommuNotify::kNumber, 6, 30},
    {op::IommuReplay::kNumber, 8, 12},
};

// What KVM's programs hold more or less of than a map's; of other operations on memory hardly any.
struct KvmRow {
  std::uint8_t number;
  std::uint32_t weight;
};
constexpr KvmRow kKvmRows[] = {
    {op::Ram::kNumber, 30},       {op::Rom::kNumber, 12},        {op::RomDevice::kNumber, 12},
    {op::Io::kNumber, 10},        {op::MoveTo::kNumber, 50},     {op::Readonly::kNumber, 15},
    {op::RomdMode::kNumber, 15},  {op::Log::kNumber, 60},        {op::GlobalLog::kNumber, 15},
    {op::LogSync::kNumber, 40},   {op::LogClear::kNumber, 20},   {op::TestClear::kNumber, 25},
    {op::Snapshot::kNumber, 6},   {op::Dirty::kNumber, 6},       {op::ResizeableRam::kNumber, 5},
    {op::RamResize::kNumber, 10}, {op::Begin::kNumber, 20},      {op::Commit::kNumber, 15},
    {op::Coalesce::kNumber, 15},  {op::Uncoalesce::kNumber, 15},
};

constexpr const Row* FindRow(std::span<const Row> rows, std::uint8_t number) {
  for (const Row& row : rows) {
    if (row.number == number) return &row;
  }
  return nullptr;
}

// The variant has the operations on memory behind the map's.
static_assert(
    [] {
      constexpr auto kIsFirst = [](const OperationKind& kind) {
        return kind.number == op::ResizeableRam::kNumber;
      };
      const auto* const first = std::ranges::find_if(kOperationKinds, kIsFirst);
      return std::size(kMemoryRows) == static_cast<std::size_t>(kOperationKinds.end() - first) &&
             std::all_of(first, kOperationKinds.end(), [](const OperationKind& kind) {
               return FindRow(kMemoryRows, kind.number) != nullptr;
             });
    }(),
    "kMemoryRows has one row for each operation on memory");

constexpr Row RowOf(std::uint8_t number) {
  if (const Row* row = FindRow(kMemoryRows, number)) return *row;
  if (const Row* row = FindRow(kMapRows, number)) return *row;
  return {number, 10, 3};
}

constexpr bool IsOnMemory(std::uint8_t number) { return FindRow(kMemoryRows, number) != nullptr; }

constexpr std::uint32_t WeightUnderKvm(std::uint8_t number) {
  for (const KvmRow& row : kKvmRows) {
    if (row.number == number) return row.weight;
  }
  return IsOnMemory(number) ? 3 : RowOf(number).in_map;
}

constexpr OperationWeights WeightsIn(Theme theme) {
  OperationWeights weights{};
  for (std::size_t kind = 0; kind < weights.size(); ++kind) {
    const Row row = RowOf(kOperationKinds[kind].number);
    weights[kind] = theme == Theme::kMemory ? row.in_memory : row.in_map;
    if (theme == Theme::kMapAlone && IsOnMemory(row.number)) weights[kind] = 0;
    if (theme == Theme::kKvm) weights[kind] = WeightUnderKvm(row.number);
  }
  return weights;
}

constexpr OperationWeights OnlyRegions(OperationWeights weights) {
  constexpr auto kCreates = []<std::size_t... i>(std::index_sequence<i...>) {
    return std::array{CreatesRegion<std::variant_alternative_t<i + 1, Operation>>...};
  }
  (std::make_index_sequence<kOperationKinds.size()>());
  for (std::size_t kind = 0; kind < weights.size(); ++kind) {
    if (!kCreates[kind]) weights[kind] = 0;
  }
  return weights;
}

// What without another kind has nothing to name; the others behind those that they need in turn.
struct Need {
  std::uint8_t number;
  std::uint8_t maker;
};
constexpr Need kNeeds[] = {
    {op::Unmap::kNumber, op::Map::kNumber},
    {op::Peek::kNumber, op::Map::kNumber},
    {op::Poke::kNumber, op::Map::kNumber},
    {op::IommuReplay::kNumber, op::IommuNotifierAdd::kNumber},
    {op::IommuNotifierDel::kNumber, op::IommuNotifierAdd::kNumber},
    {op::IommuNotify::kNumber, op::IommuNotifierAdd::kNumber},
    {op::IommuUnmap::kNumber, op::IommuMap::kNumber},
    {op::IommuNotifierAdd::kNumber, op::Iommu::kNumber},
    {op::IommuMap::kNumber, op::Iommu::kNumber},
    {op::RamResize::kNumber, op::ResizeableRam::kNumber},
};

constexpr std::size_t IndexOf(std::uint8_t number) {
  std::size_t kind = 0;
  while (kOperationKinds[kind].number != number) ++kind;
  return kind;
}

// By theme.
constexpr std::array kWeights = {WeightsIn(Theme::kMapAlone), WeightsIn(Theme::kMap),
                                 WeightsIn(Theme::kMemory), WeightsIn(Theme::kKvm)};
constexpr std::array kRegionWeights = {OnlyRegions(kWeights[0]), OnlyRegions(kWeights[1]),
                                       OnlyRegions(kWeights[2]), OnlyRegions(kWeights[3])};

}  // namespace

OperationWeights DrawTaste(Theme theme, Random& random) {
  const OperationWeights& weights = kWeights[static_cast<std::size_t>(theme)];
  OperationWeights taste = weights;
  for (std::size_t kind = 0; kind < taste.size(); ++kind) {
    taste[kind] <<= random.Below(4);
    if (random.OneIn(2) && kOnly<op::Add>[kind] == 0) taste[kind] = 0;
  }
  for (const Need& need : kNeeds) {
    const std::size_t maker = IndexOf(need.maker);
    if (taste[IndexOf(need.number)] != 0 && taste[maker] == 0) taste[maker] = weights[maker];
  }
  return taste;
}

const OperationWeights& RegionWeights(Theme theme) {
  return kRegionWeights[static_cast<std::size_t>(theme)];
}

bool IsOnMemory(const Operation& operation) {
  return operation.index() != 0 && IsOnMemory(KindOf(operation).number);
}

bool HasMemoryOperations(const Program& program) {
  return std::ranges::any_of(program.operations, [](const Operation& operation) {
    bool has_profile = false;
    VisitOperands(operation,
                  Overload{[&](const Profile& profile) { has_profile = profile != Profile(); },
                           [](const auto&) {}});
    return has_profile || IsOnMemory(operation);
  });
}

}  // namespace flatcheck
