// An AddressSpace is a root region as somebody sees it: the CPUs, a device's DMA, I/O ports. It
// publishes one FlatView.
//
// Lifetime: owned by its MemoryMap.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/map/flat_view.h"
#include "engine/map/io_eventfd.h"

namespace flatcheck::engine {

class MemoryListener;
class MemoryRegion;

class AddressSpace {
 public:
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;

  // Unique in its map and never used again.
  std::uint64_t id() const { return id_; }
  const std::string& name() const { return name_; }
  const MemoryRegion& root() const { return *root_; }
  // Mappings or cached translations were made through it and live.
  bool has_mappings() const { return pins_ != 0; }

  // The published view; the reference holds until the next commit. Spaces that share a view return
  // the same object.
  const FlatView& view() const { return *view_; }
  // The same, for as long as the caller holds it; regions that it shows may be destroyed meanwhile,
  // save while an AccessGuard lives.
  std::shared_ptr<const FlatView> ShareView() const { return view_; }

 private:
  friend class CachedTranslation;
  friend class Mapping;
  friend class MemoryMap;

  AddressSpace(std::uint64_t id, std::string name, MemoryRegion& root)
      : id_(id), name_(std::move(name)), root_(&root) {}

  std::uint64_t id_;
  std::string name_;
  MemoryRegion* root_;
  std::uint64_t pins_ = 0;  // Mappings and cached translations made through it.
  std::shared_ptr<const FlatView> view_;
  std::vector<MemoryListener*> listeners_;  // By ascending priority, ties in order of registration.
  std::vector<IoEventfd> ioeventfds_;       // As its listeners know them.
};

}  // namespace flatcheck::engine
