#include <array>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "fuzz/enumerate/scopes.h"

namespace flatcheck {
namespace {

using Addresses = std::initializer_list<std::uint64_t>;

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kHalf = 0x800;
constexpr std::uint64_t kFull = UINT64_MAX;  // As a size, 2^64.
constexpr std::uint64_t kLastPage = 0 - kPage;
constexpr std::uint64_t kMiddle = std::uint64_t{1} << 63;
constexpr SpaceSlot kSpace{0};

// Moves, as they are put together.
class MoveList {
 public:
  explicit MoveList(const World& world) : world_(world) {
    for (std::uint16_t slot = 0; slot < world.end(); ++slot) {
      all_.push_back({slot});
      if (slot >= world.first_own) own_.push_back({slot});
    }
  }

  const std::vector<RegionSlot>& all() const { return all_; }
  const std::vector<RegionSlot>& own() const { return own_; }
  template <class... Ops>
  bool Is(RegionSlot slot) const {
    return world_.Is<Ops...>(slot);
  }

  void Put(Operation operation) { moves_.push_back(std::move(operation)); }
  template <class Op>
  void PutOnAndOff(RegionSlot region) {
    Put(Op{region, {false}});
    Put(Op{region, {true}});
  }
  void PutAdds(RegionSlot parent, Addresses offsets,
               std::initializer_list<std::int32_t> priorities) {
    for (const RegionSlot child : own_) {
      if (child == parent) continue;
      for (const std::uint64_t offset : offsets) {
        for (const std::int32_t priority : priorities) {
          Put(op::Add{parent, {offset}, child, {priority}});
        }
      }
      Put(op::Del{parent, child});
    }
  }
  void PutMovesTo(RegionSlot region, Addresses addresses) {
    for (const std::uint64_t address : addresses) Put(op::MoveTo{region, {address}});
  }
  void PutSizes(RegionSlot region, Addresses sizes) {
    for (const std::uint64_t size : sizes) Put(op::Resize{region, {size}});
  }
  void PutTransaction() {
    Put(op::Begin{});
    Put(op::Commit{});
  }
  void PutSpaceAndListenerEnds() {
    for (std::uint16_t slot = 0; slot < 2; ++slot) {
      Put(op::SpaceDestroy{{slot}});
      Put(op::Unlisten{{slot}});
    }
  }

  std::vector<Operation> Take() { return std::move(moves_); }

 private:
  const World& world_;
  std::vector<RegionSlot> all_;
  std::vector<RegionSlot> own_;
  std::vector<Operation> moves_;
};

// A container of four pages that is the root of an address space with a listener.
std::vector<Operation> FourPages() {
  return {op::Container{{}, {4 * kPage}}, op::Space{{}, {0}}, op::Listen{{}, kSpace, {10}}};
}

std::vector<Operation> PlacesMoves(const World& world) {
  MoveList moves(world);
  for (const RegionSlot parent : moves.all()) {
    if (!moves.Is<op::Alias>(parent)) moves.PutAdds(parent, {0, kHalf, kPage}, {0, 1});
  }
  for (const RegionSlot region : moves.all()) moves.PutMovesTo(region, {0, kHalf, kPage});
  return moves.Take();
}

std::vector<Operation> AttributesMoves(const World& world) {
  MoveList moves(world);
  moves.PutAdds({0}, {0, kPage}, {0});
  for (const RegionSlot region : moves.all()) {
    moves.PutOnAndOff<op::Enable>(region);
    moves.PutOnAndOff<op::Readonly>(region);
    moves.PutOnAndOff<op::Nonvolatile>(region);
    moves.PutOnAndOff<op::Unmergeable>(region);
    if (moves.Is<op::RomDevice>(region)) moves.PutOnAndOff<op::RomdMode>(region);
    if (!moves.Is<op::Container>(region)) moves.PutOnAndOff<op::Log>(region);
    if (moves.Is<op::Alias>(region)) {
      for (const std::uint64_t offset : {std::uint64_t{0}, kPage, 2 * kPage}) {
        moves.Put(op::AliasOffset{region, {offset}});
      }
    }
    moves.PutSizes(region, {0, kPage, 2 * kPage});
  }
  moves.Put(op::GlobalLog{{true}});
  moves.Put(op::GlobalLog{{false}});
  moves.PutTransaction();
  return moves.Take();
}

std::vector<Operation> NeighboursMoves(const World& world) {
  MoveList moves(world);
  for (const RegionSlot region : moves.all()) {
    moves.PutOnAndOff<op::Enable>(region);
    moves.PutOnAndOff<op::Readonly>(region);
    moves.PutOnAndOff<op::Nonvolatile>(region);
    moves.PutOnAndOff<op::Unmergeable>(region);
    if (!moves.Is<op::Alias>(region)) continue;
    for (const std::uint64_t offset : {std::uint64_t{0}, kPage}) {
      moves.Put(op::AliasOffset{region, {offset}});
    }
    moves.PutMovesTo(region, {0, kPage, 2 * kPage});
    moves.PutSizes(region, {kPage, 2 * kPage});
  }
  moves.PutTransaction();
  return moves.Take();
}

std::vector<Operation> TransactionsMoves(const World& world) {
  MoveList moves(world);
  moves.PutTransaction();
  for (const RegionSlot region : moves.all()) {
    if (moves.Is<op::Container>(region)) moves.PutAdds(region, {0, kPage}, {0});
    moves.PutOnAndOff<op::Enable>(region);
    moves.PutMovesTo(region, {0, kPage});
    moves.Put(op::Space{{}, region});
    if (moves.Is<op::Ram>(region)) moves.PutOnAndOff<op::Log>(region);
  }
  for (std::uint16_t space = 0; space < 2; ++space) moves.Put(op::Listen{{}, {space}, {10}});
  moves.PutSpaceAndListenerEnds();
  moves.Put(op::GlobalLog{{true}});
  moves.Put(op::GlobalLog{{false}});
  return moves.Take();
}

std::vector<Operation> SpacesMoves(const World& world) {
  MoveList moves(world);
  for (const RegionSlot region : moves.all()) {
    moves.Put(op::Space{{}, region});
    if (moves.Is<op::Container>(region)) moves.PutAdds(region, {0, kPage}, {0});
    moves.PutOnAndOff<op::Enable>(region);
    moves.PutMovesTo(region, {0, kPage});
    moves.PutSizes(region, {3 * kPage, 4 * kPage});
  }
  for (std::uint16_t space = 0; space < 2; ++space) {
    for (const std::uint32_t priority : {0U, 10U}) {
      moves.Put(op::Listen{{}, {space}, {priority}});
    }
  }
  moves.PutSpaceAndListenerEnds();
  return moves.Take();
}

// Entries at one address, of any size and of four bytes, with and without data; the last bytes of
// the first half page, too.
template <class Op>
void PutEventfds(MoveList& moves, RegionSlot region) {
  moves.Put(Op{region, {0}, {0}, {false}, {0}, {1}});
  moves.Put(Op{region, {0}, {4}, {true}, {5}, {1}});
  moves.Put(Op{region, {0}, {4}, {true}, {6}, {0}});
  moves.Put(Op{region, {kHalf - 2}, {4}, {false}, {0}, {1}});
}

std::vector<Operation> DevicesMoves(const World& world) {
  MoveList moves(world);
  moves.PutAdds({0}, {0, kHalf, kPage}, {0});
  for (const RegionSlot region : moves.own()) {
    moves.PutMovesTo(region, {0, kHalf});
    moves.PutOnAndOff<op::Enable>(region);
    if (!moves.Is<op::Io>(region)) continue;
    PutEventfds<op::EventfdAdd>(moves, region);
    PutEventfds<op::EventfdDel>(moves, region);
    moves.Put(op::Coalesce{region, {0}, {kHalf}});
    moves.Put(op::Coalesce{region, {kHalf - 4}, {kPage}});
    moves.Put(op::Uncoalesce{region});
  }
  moves.Put(op::Write{kSpace, {0}, {4}, {5}});
  moves.Put(op::Listen{{}, kSpace, {0}});
  moves.PutTransaction();
  return moves.Take();
}

std::vector<Operation> EdgesMoves(const World& world) {
  MoveList moves(world);
  for (const RegionSlot parent : moves.all()) {
    if (!moves.Is<op::Alias>(parent)) moves.PutAdds(parent, {0, kMiddle, kLastPage}, {-1, 0});
  }
  for (const RegionSlot region : moves.all()) {
    moves.PutMovesTo(region, {0, kMiddle, kLastPage});
    if (moves.Is<op::Alias>(region)) moves.Put(op::AliasOffset{region, {kLastPage}});
    if (!moves.Is<op::Ram>(region)) moves.PutSizes(region, {kPage, kMiddle, kFull});
  }
  return moves.Take();
}

void PutMemoryAccesses(MoveList& moves) {
  moves.Put(op::Write{kSpace, {kPage - 4}, {8}, {0x8877665544332211}});
  moves.Put(op::WriteRom{kSpace, {kPage - 2}, {4}, {0xddccbbaa}});
  moves.Put(op::Store{kSpace, {kPage - 4}, {8}, {Endian::kBig}, {0x1122334455667788}});
  moves.Put(op::Read{kSpace, {kPage - 4}, {8}});
  moves.Put(op::Load{kSpace, {kPage - 4}, {8}, {Endian::kLittle}});
  moves.Put(op::AccessValid{kSpace, {kPage - 2}, {4}, {true}});
  for (const bool is_write : {false, true}) {
    moves.Put(op::Map{{}, kSpace, {kPage - 4}, {kPage}, {is_write}});
  }
  for (std::uint16_t slot = 0; slot < 2; ++slot) {
    moves.Put(op::Poke{{slot}, {2}, {4}, {0x99}});
    moves.Put(op::Peek{{slot}, {2}, {4}});
    moves.Put(op::Unmap{{slot}, {0}});
    moves.Put(op::Unmap{{slot}, {6}});
  }
}

std::vector<Operation> MemoryMoves(const World& world) {
  MoveList moves(world);
  moves.PutAdds({0}, {0, kHalf, kPage}, {0});
  for (const RegionSlot region : moves.own()) {
    moves.Put(op::Destroy{region});
    if (moves.Is<op::Alias>(region)) continue;
    moves.PutOnAndOff<op::Readonly>(region);
    moves.PutOnAndOff<op::Log>(region);
    if (moves.Is<op::RomDevice>(region)) moves.PutOnAndOff<op::RomdMode>(region);
    if (moves.Is<op::Io>(region)) continue;
    for (const std::uint64_t size : {std::uint64_t{0}, kHalf, kPage, 2 * kPage}) {
      moves.Put(op::RamResize{region, {size}});
    }
    moves.Put(op::SetDirty{region, {kPage - 1}, {2}});
    for (const Client client : {Client::kVga, Client::kMigration}) {
      moves.Put(op::Dirty{region, {0}, {kPage}, {client}});
      moves.Put(op::TestClear{region, {0}, {kPage}, {client}});
      moves.Put(op::Snapshot{region, {0}, {kPage}, {client}});
    }
  }
  moves.Put(op::GlobalLog{{true}});
  moves.Put(op::GlobalLog{{false}});
  PutMemoryAccesses(moves);
  return moves.Take();
}

// The stage's: RAM, the IOMMU that leads there, and the IOMMU's address space.
constexpr RegionSlot kIommuRegion{1};
constexpr SpaceSlot kIommuSpace{1};

constexpr std::array<std::uint8_t, 3> kPermissions{1, 2, 3};
constexpr std::array<std::uint8_t, 3> kEventTypes{1, 2, 4};
constexpr std::array<std::uint8_t, 4> kEventFlags{1, 2, 3, 4};

void PutIommuEntries(MoveList& moves) {
  for (const std::uint64_t iova : {std::uint64_t{0}, kPage}) {
    for (const std::uint64_t mask : {kHalf - 1, kPage - 1, 2 * kPage - 1}) {
      for (const std::uint64_t address : {std::uint64_t{0}, kPage}) {
        for (const std::uint8_t permission : kPermissions) {
          moves.Put(op::IommuMap{kIommuRegion, {iova}, {mask}, {0}, {address}, {permission}});
        }
      }
    }
    moves.Put(op::IommuUnmap{kIommuRegion, {iova}});
    for (const std::uint8_t type : kEventTypes) {
      const Permission permission{static_cast<std::uint8_t>(type == 2 ? 3 : 0)};
      moves.Put(op::IommuNotify{kIommuRegion, {iova}, {kPage - 1}, {0}, permission, {type}});
    }
  }
}

std::vector<Operation> IommuMoves(const World& world) {
  MoveList moves(world);
  PutIommuEntries(moves);
  moves.PutAdds(kIommuRegion, {0, kHalf}, {0});
  for (const std::uint8_t flags : kEventFlags) {
    moves.Put(op::IommuNotifierAdd{{}, kIommuRegion, {0}, {2 * kPage - 1}, {flags}});
    moves.Put(op::IommuNotifierAdd{{}, kIommuRegion, {kHalf}, {kPage}, {flags}});
  }
  for (std::uint16_t slot = 0; slot < 2; ++slot) {
    moves.Put(op::IommuNotifierDel{{slot}});
    moves.Put(op::IommuReplay{{slot}});
  }
  for (const std::uint64_t address : {std::uint64_t{0}, kHalf - 2, kPage - 2}) {
    for (const bool is_write : {false, true}) {
      moves.Put(op::Translate{kIommuSpace, {address}, {2 * kPage}, {is_write}});
      moves.Put(op::IotlbEntry{kIommuSpace, {address}, {is_write}});
      moves.Put(op::Map{{}, kIommuSpace, {address}, {2 * kPage}, {is_write}});
    }
    moves.Put(op::Read{kIommuSpace, {address}, {8}});
    moves.Put(op::Write{kIommuSpace, {address}, {8}, {0x8877665544332211}});
    moves.Put(op::Load{kIommuSpace, {address}, {4}, {Endian::kLittle}});
  }
  moves.Put(op::Unmap{{0}, {6}});
  return moves.Take();
}

}  // namespace

Universe Places() {
  return {"places",
          FourPages(),
          {op::Container{{}, {2 * kPage}}, op::Ram{{}, {2 * kPage}}, op::Io{{}, {2 * kPage + 1}},
           op::Alias{{}, {2 * kPage}, {}, {kPage}}},
          PlacesMoves};
}

Universe Attributes() {
  return {"attributes",
          FourPages(),
          {op::Ram{{}, {2 * kPage}}, op::RomDevice{{}, {2 * kPage}},
           op::Alias{{}, {2 * kPage}, {}, {0}}},
          AttributesMoves};
}

Universe Neighbours() {
  std::vector<Operation> stage = FourPages();
  stage.push_back(op::Ram{{}, {2 * kPage}});
  stage.push_back(op::Alias{{}, {kPage}, {1}, {0}});
  stage.push_back(op::Alias{{}, {kPage}, {1}, {kPage}});
  stage.push_back(op::Add{{0}, {0}, {2}, {0}});
  stage.push_back(op::Add{{0}, {kPage}, {3}, {0}});
  return {"neighbours", std::move(stage), {}, NeighboursMoves};
}

Universe Transactions() {
  return {"transactions",
          FourPages(),
          {op::Container{{}, {4 * kPage}}, op::Ram{{}, {2 * kPage}},
           op::Alias{{}, {4 * kPage}, {}, {0}}},
          TransactionsMoves};
}

Universe Spaces() {
  return {"spaces",
          {op::Container{{}, {4 * kPage}}},
          {op::Container{{}, {4 * kPage}}, op::Ram{{}, {4 * kPage}},
           op::Alias{{}, {4 * kPage}, {}, {0}}},
          SpacesMoves};
}

Universe Devices() {
  return {"devices",
          FourPages(),
          {op::Io{{}, {2 * kPage}}, op::Io{{}, {kHalf}, {.endian = Endian::kBig}},
           op::Alias{{}, {kPage}, {}, {kHalf}}},
          DevicesMoves};
}

Universe Edges() {
  return {"edges",
          {op::Container{{}, {kFull}}, op::Space{{}, {0}}, op::Listen{{}, kSpace, {10}}},
          {op::Container{{}, {kFull}}, op::Io{{}, {kFull}}, op::Ram{{}, {2 * kPage}},
           op::Alias{{}, {kFull}, {}, {0}}},
          EdgesMoves};
}

Universe Memory() {
  return {
      "memory",
      FourPages(),
      {op::Ram{{}, {2 * kPage}}, op::ResizeableRam{{}, {kPage}, {2 * kPage}},
       op::RomDevice{{}, {kPage}}, op::Io{{}, {kPage}}, op::Alias{{}, {2 * kPage}, {}, {kHalf}}},
      MemoryMoves};
}

Universe Iommu() {
  return {"iommu",
          {op::Ram{{}, {2 * kPage}}, op::Iommu{{}, {2 * kPage}, {.trace = true}},
           op::Space{{}, {0}}, op::Space{{}, kIommuRegion}},
          {op::Io{{}, {kHalf}}},
          IommuMoves};
}

}  // namespace flatcheck
