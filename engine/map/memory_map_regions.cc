// How regions come and go, and how RAM gets its blocks.

#include <algorithm>
#include <utility>

#include "engine/map/memory_map.h"
#include "engine/ram/iommu.h"

namespace flatcheck::engine {

namespace {

// The last of the regions takes its place.
template <class Pointer>
void TakeOut(std::vector<Pointer>& regions, std::size_t MemoryRegion::*place,
             const MemoryRegion& region) {
  const std::size_t hole = region.*place;
  (*regions.back()).*place = hole;
  std::swap(regions[hole], regions.back());
  regions.pop_back();
}

}  // namespace

Created<MemoryRegion> MemoryMap::Create(RegionKind kind, std::string&& name, std::uint64_t size,
                                        MmioDevice* device) {
  if (calling_) return {nullptr, Refusal::kInCallback};
  regions_.emplace_back(new MemoryRegion(created_++, kind, std::move(name), SizeFromApi(size)));
  MemoryRegion& region = *regions_.back();
  region.place_ = regions_.size() - 1;
  region.device_ = device;
  return {&region};
}

Created<MemoryRegion> MemoryMap::CreateWithRam(RegionKind kind, std::string&& name,
                                               std::uint64_t size, MmioDevice* device,
                                               const RamBacking& backing) {
  if (calling_) return {nullptr, Refusal::kInCallback};
  const Size bytes = SizeFromApi(size);
  if (bytes == 0 || bytes % limits_.page_size != 0) return {nullptr, Refusal::kBadSize};
  const Created<MemoryRegion> created = Create(kind, std::move(name), size, device);
  return GiveBlock(*created.object, bytes, backing);
}

Created<MemoryRegion> MemoryMap::GiveBlock(MemoryRegion& region, Size max_length,
                                           const RamBacking& backing) {
  const auto refuse = [&](Refusal refusal, std::error_code error = {}) {
    region.ram_.reset();
    Erase(region);
    return Created<MemoryRegion>{nullptr, refusal, error};
  };
  if (max_length > limits_.ram_bytes_max - ram_bytes_) return refuse(Refusal::kNoMemory);
  const auto length = static_cast<std::uint64_t>(max_length);
  const auto used = static_cast<std::uint64_t>(RoundToPages(region.size_));
  region.ram_ = std::make_unique<RamBlock>(region, used, length);
  RamBlock& block = *region.ram_;
  const auto offset = ram_list_.FindOffset(length);
  if (!offset) return refuse(Refusal::kNoMemory);
  if (const auto* caller = std::get_if<CallerMemory>(&backing)) {
    if (!ram_list_.IsFreeHost(caller->host, length)) return refuse(Refusal::kBadRange);
  }
  if (const std::error_code error = block.Open(backing)) {
    const bool no_memory = error == std::errc::not_enough_memory;
    return refuse(no_memory ? Refusal::kNoMemory : Refusal::kHostError, error);
  }
  dirty_memory_.GrowTo((*offset + length) / limits_.page_size);
  ram_list_.Add(block);
  ram_bytes_ += length;
  dirty_memory_.Set(kAllDirtyClients, PagesOf(block, 0, used));
  if (const auto* file = std::get_if<FileMemory>(&backing)) region.readonly_ |= file->readonly;
  region.UpdateDirect();
  return {&region};
}

Size MemoryMap::RoundToPages(Size size) const {
  return (size + limits_.page_size - 1) / limits_.page_size * limits_.page_size;
}

PageRange MemoryMap::PagesOf(const RamBlock& block, std::uint64_t offset,
                             std::uint64_t length) const {
  const std::uint64_t start = block.offset() + offset;
  return {start / limits_.page_size,
          static_cast<std::uint64_t>(RoundToPages(Size{start} + length) / limits_.page_size)};
}

Created<MemoryRegion> MemoryMap::CreateContainer(std::string name, std::uint64_t size) {
  return Create(RegionKind::kContainer, std::move(name), size, nullptr);
}

Created<MemoryRegion> MemoryMap::CreateIo(std::string name, std::uint64_t size,
                                          MmioDevice& device) {
  return Create(RegionKind::kIo, std::move(name), size, &device);
}

Created<MemoryRegion> MemoryMap::CreateReservation(std::string name, std::uint64_t size) {
  return Create(RegionKind::kIo, std::move(name), size, nullptr);
}

Created<MemoryRegion> MemoryMap::CreateRam(std::string name, std::uint64_t size,
                                           const RamBacking& backing) {
  return CreateWithRam(RegionKind::kRam, std::move(name), size, nullptr, backing);
}

Created<MemoryRegion> MemoryMap::CreateRom(std::string name, std::uint64_t size,
                                           const RamBacking& backing) {
  return CreateWithRam(RegionKind::kRom, std::move(name), size, nullptr, backing);
}

Created<MemoryRegion> MemoryMap::CreateRomDevice(std::string name, std::uint64_t size,
                                                 MmioDevice& device, const RamBacking& backing) {
  return CreateWithRam(RegionKind::kRomDevice, std::move(name), size, &device, backing);
}

Created<MemoryRegion> MemoryMap::CreateRamDevice(std::string name, std::uint64_t size,
                                                 const RamBacking& backing) {
  return CreateWithRam(RegionKind::kRamDevice, std::move(name), size, nullptr, backing);
}

Created<MemoryRegion> MemoryMap::CreateResizeableRam(std::string name, std::uint64_t size,
                                                     std::uint64_t size_max,
                                                     std::function<void(std::uint64_t)> resized) {
  if (calling_) return {nullptr, Refusal::kInCallback};
  if (size_max == 0 || size > size_max) return {nullptr, Refusal::kBadSize};
  MemoryRegion& region = *Create(RegionKind::kRam, std::move(name), size, nullptr).object;
  region.is_resizeable_ = true;
  region.resized_ = std::move(resized);
  return GiveBlock(region, RoundToPages(SizeFromApi(size_max)), {});
}

Created<MemoryRegion> MemoryMap::CreateIommu(std::string name, std::uint64_t size,
                                             IommuDevice& device) {
  const Created<MemoryRegion> created = Create(RegionKind::kIommu, std::move(name), size, nullptr);
  if (MemoryRegion* region = created.object) {
    region->iommu_ = std::make_unique<Iommu>(*this, *region, device);
  }
  return created;
}

Created<MemoryRegion> MemoryMap::CreateAlias(std::string name, std::uint64_t size,
                                             MemoryRegion& target, std::uint64_t offset) {
  if (calling_) return {nullptr, Refusal::kInCallback};
  if (const Refusal refusal = graph_.CheckAlias(target); refusal != Refusal::kNone) {
    return {nullptr, refusal};
  }
  const Created<MemoryRegion> created = Create(RegionKind::kAlias, std::move(name), size, nullptr);
  if (MemoryRegion* alias = created.object) {
    alias->alias_target_ = &target;
    alias->alias_offset_ = offset;
    alias->paths_ += target.paths_;
    alias->height_ = 0;
    alias->alias_place_ = target.aliases_.size();
    target.aliases_.push_back(alias);
  }
  return created;
}

Refusal MemoryMap::Destroy(MemoryRegion& region) {
  if (calling_) return Refusal::kInCallback;
  if (in_access()) return Refusal::kInAccess;
  if (depth_ != 0) return Refusal::kDepth;
  if (region.container_ != nullptr) return Refusal::kHasParent;
  if (!region.spaces_.empty()) return Refusal::kIsRoot;
  if (!region.aliases_.empty()) return Refusal::kIsTarget;
  if (region.pins_ != 0) return Refusal::kHasMappings;
  if (region.iommu_ != nullptr && region.iommu_->has_notifiers()) return Refusal::kHasNotifiers;
  for (const auto& [rank, child] : region.children_) child->container_ = nullptr;
  if (MemoryRegion* target = region.alias_target_) {
    TakeOut(target->aliases_, &MemoryRegion::alias_place_, region);
  }
  if (RamBlock* block = region.ram_.get()) {
    ram_bytes_ -= block->max_length_;
    ram_list_.Remove(*block);
  }
  if (region.table_view_) TakeOut(view_table_, &MemoryRegion::table_place_, region);
  Erase(region);
  return Refusal::kNone;
}

void MemoryMap::Erase(MemoryRegion& region) { TakeOut(regions_, &MemoryRegion::place_, region); }

Refusal MemoryMap::ResizeRam(MemoryRegion& region, std::uint64_t size) {
  if (calling_) return Refusal::kInCallback;
  if (region.ram_ == nullptr) return Refusal::kNoBlock;
  const Size used_length = RoundToPages(size);
  if (used_length != region.ram_->used_length_) {
    if (!region.is_resizeable_) return Refusal::kNotResizeable;
    if (used_length > region.ram_->max_length_) return Refusal::kBadSize;
    ResizeBlock(region, static_cast<std::uint64_t>(used_length));
  } else if (region.size_ == size) {
    return Refusal::kNone;
  }
  if (region.size_ != size) {
    region.size_ = size;
    topology_pending_ = true;
    PublishIfOutermost();
  }
  const AccessGuard guard(*this);
  if (region.resized_) region.resized_(size);
  return Refusal::kNone;
}

void MemoryMap::ResizeBlock(MemoryRegion& region, std::uint64_t used_length) {
  RamBlock& block = *region.ram_;
  const std::uint64_t before = block.used_length_;
  for (DirtyClient client : {DirtyClient::kMigration, DirtyClient::kVga, DirtyClient::kCode}) {
    dirty_memory_.Of(client).TestAndClear(PagesOf(block, 0, before));
    if (before != 0) TellLogClear(region, 0, before);
  }
  block.used_length_ = used_length;
  dirty_memory_.Set(kAllDirtyClients, PagesOf(block, 0, used_length));
}

}  // namespace flatcheck::engine
