#include "engine/ram/ram_block.h"

#include <sys/mman.h>

#include <new>

namespace flatcheck::engine {

std::uint8_t* RamBlock::Map() const {
  void* const mapped = mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  host_ = static_cast<std::uint8_t*>(mapped);
  return host_;
}

RamBlock::~RamBlock() {
  if (host_ != nullptr) munmap(host_, size_);
}

}  // namespace flatcheck::engine
