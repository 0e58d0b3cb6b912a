#include "engine/map/start_index.h"

namespace flatcheck::engine {

std::uint64_t* StartIndex::Reserve(std::size_t count) {
  count_ = count;
  top_.fill(UINT64_MAX);
  for (std::size_t keys = count; keys > kNodeKeys; ++levels_below_) {
    const std::size_t nodes = (keys + kNodeKeys - 1) / kNodeKeys;
    begin_[levels_below_ + 1] = begin_[levels_below_] + nodes * kNodeKeys;
    keys = nodes;
  }
  if (levels_below_ == 0) return top_.data();
  keys_.assign(begin_[levels_below_], UINT64_MAX);
  return keys_.data();
}

void StartIndex::FillUpperLevels() {
  for (std::size_t level = 0; level < levels_below_; ++level) {
    const bool is_below_top = level + 1 == levels_below_;
    std::uint64_t* const above = is_below_top ? top_.data() : &keys_[begin_[level + 1]];
    for (std::size_t key = begin_[level]; key < begin_[level + 1]; key += kNodeKeys) {
      above[(key - begin_[level]) / kNodeKeys] = keys_[key];
    }
  }
}

}  // namespace flatcheck::engine
