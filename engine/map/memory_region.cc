#include "engine/map/memory_region.h"

#include <utility>

#include "engine/map/flat_view.h"
#include "engine/ram/iommu.h"
#include "engine/ram/ram_block.h"

namespace flatcheck::engine {

MemoryRegion::MemoryRegion(std::uint64_t id, RegionKind kind, std::string&& name, Size size)
    : id_(id),
      name_(std::move(name)),
      kind_(kind),
      readonly_(kind == RegionKind::kRom),
      is_migratable_(kind == RegionKind::kRam || kind == RegionKind::kRom ||
                     kind == RegionKind::kRomDevice || kind == RegionKind::kIommu),
      size_(size) {}

MemoryRegion::~MemoryRegion() = default;

MemoryRegion::Target MemoryRegion::FollowAliases() const {
  Target target{this};
  while (target.region->alias_target_ != nullptr) {
    target.offset += target.region->alias_offset_;
    target.region = target.region->alias_target_;
  }
  return target;
}

bool MemoryRegion::IsDirect(bool is_write) const {
  if (kind_ == RegionKind::kRomDevice) return !is_write && romd_mode_;
  if (kind_ == RegionKind::kRam || kind_ == RegionKind::kRom) return !is_write || !readonly_;
  return false;
}

void MemoryRegion::UpdateDirect() const {
  if (ram_ == nullptr) return;
  direct_[0] = IsDirect(false) ? ram_->mapped() : nullptr;
  direct_[1] = IsDirect(true) ? ram_->mapped() : nullptr;
}

}  // namespace flatcheck::engine
