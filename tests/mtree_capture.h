// A captured `info mtree -o -D`, rebuilt as regions of the engine. Tests print it again and
// compare.
//
// The text does not say everything. What a machine keeps to itself is taken from the flat views
// that were captured with it: an i/o region with content of its own is one that some view names. Of
// siblings with one priority that begin at different places the smaller is taken for the newer, an
// alias called pam-rom for read-only, and a tree that stands in two places for one.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/map/memory_map.h"

namespace flatcheck {

class MtreeCapture {
 public:
  MtreeCapture(std::string_view trees, std::string_view flat_views);
  ~MtreeCapture();

  const engine::MemoryMap& map() const { return *map_; }

  // Why it could not be rebuilt; empty if it could.
  const std::string& problem() const { return problem_; }

 private:
  class Builder;

  std::string problem_;
  std::unique_ptr<engine::MmioDevice> device_;
  std::unique_ptr<engine::MemoryMap> map_;  // Last: it goes before the device that it knows.
};

// The captured text as flatcheck prints it: without owners, and without what an accelerator says.
std::string WithoutOwners(std::string_view trees);
std::string WithoutAccelerators(std::string_view flat_views);

// The parts of a text that empty lines end, sorted; the numbers of views are left out, since
// another run has others.
std::vector<std::string> SectionsOf(std::string_view text);

}  // namespace flatcheck
