#include "engine/print/region_words.h"

namespace flatcheck::engine {

std::string_view TypeWord(const MemoryRegion& region) {
  const MemoryRegion* const shown = region.FollowAliases().region;
  if (shown->kind() == RegionKind::kRamDevice) return "ramd";
  if (shown->kind() == RegionKind::kRomDevice && shown->romd_mode()) return "romd";
  if (!shown->is_ram()) return "i/o";
  return shown->readonly() ? "rom" : "ram";
}

std::string_view KindWord(const MemoryRegion& region) {
  switch (region.kind()) {
    case RegionKind::kContainer:
      return "container";
    case RegionKind::kIo:
      return region.device() == nullptr ? "reservation" : "io";
    case RegionKind::kRam:
      return "ram";
    case RegionKind::kRom:
      return "rom";
    case RegionKind::kRomDevice:
      return "romd";
    case RegionKind::kRamDevice:
      return "ramdevice";
    case RegionKind::kIommu:
      return "iommu";
    case RegionKind::kAlias:
      return "alias";
  }
  return "";
}

}  // namespace flatcheck::engine
