#include "engine/map/memory_region.h"

#include <utility>

#include "engine/map/flat_view.h"
#include "engine/ram/ram_block.h"

namespace flatcheck::engine {

MemoryRegion::MemoryRegion(std::uint64_t id, RegionKind kind, std::string name, Size size)
    : id_(id),
      name_(std::move(name)),
      kind_(kind),
      readonly_(kind == RegionKind::kRom),
      size_(size) {}

MemoryRegion::~MemoryRegion() = default;

bool MemoryRegion::IsDirect(bool is_write) const {
  if (kind_ == RegionKind::kRomDevice) return !is_write && romd_mode_;
  if (kind_ == RegionKind::kRam || kind_ == RegionKind::kRom) return !is_write || !readonly_;
  return false;
}

std::uint8_t MemoryRegion::LogMask(bool global_logging) const {
  const bool migratable =
      kind_ == RegionKind::kRam || kind_ == RegionKind::kRom || kind_ == RegionKind::kRomDevice;
  return static_cast<std::uint8_t>((vga_logged_ ? kLogVga : 0) |
                                   (global_logging && migratable ? kLogMigration : 0));
}

}  // namespace flatcheck::engine
