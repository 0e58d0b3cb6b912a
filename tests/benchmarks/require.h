// What a benchmark asks of a map must be granted.

#pragma once

#include <cstdlib>

#include "engine/map/memory_map.h"

namespace flatcheck::engine {

inline void Require(Refusal refusal) {
  if (refusal != Refusal::kNone) std::abort();
}

template <class T>
T& Require(Created<T> created) {
  if (created.object == nullptr) std::abort();
  return *created.object;
}

}  // namespace flatcheck::engine
