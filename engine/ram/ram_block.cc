#include "engine/ram/ram_block.h"

#include <sys/mman.h>

namespace flatcheck::engine {

std::unique_ptr<RamBlock> RamBlock::Allocate(std::uint64_t size) {
  // Not reserved: a map may hold far more than the host has, as long as little of it is touched.
  void* const host = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (host == MAP_FAILED) return nullptr;
  return std::unique_ptr<RamBlock>(new RamBlock(static_cast<std::uint8_t*>(host), size));
}

RamBlock::~RamBlock() { munmap(host_, size_); }

}  // namespace flatcheck::engine
