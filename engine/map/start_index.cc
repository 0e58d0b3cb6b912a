#include "engine/map/start_index.h"

namespace flatcheck::engine {

void StartIndex::Reserve(std::size_t count) {
  count_ = count;
  if (count == 0) return;
  for (std::size_t nodes = 0, keys = count; nodes != 1; keys = nodes) {
    nodes = (keys + kNodeKeys - 1) / kNodeKeys;
    begin_[levels_ + 1] = begin_[levels_] + nodes * kNodeKeys;
    ++levels_;
  }
  keys_.assign(begin_[levels_], UINT64_MAX);
}

void StartIndex::FillUpperLevels() {
  std::size_t keys = count_;
  for (std::size_t level = 1; level < levels_; ++level) {
    keys = (keys + kNodeKeys - 1) / kNodeKeys;
    for (std::size_t i = 0; i < keys; ++i) {
      keys_[begin_[level] + i] = keys_[begin_[level - 1] + i * kNodeKeys];
    }
  }
}

}  // namespace flatcheck::engine
