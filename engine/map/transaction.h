// A Transaction keeps the map's changes unpublished while it lives.

#pragma once

#include <cassert>

#include "engine/map/memory_map.h"

namespace flatcheck::engine {

class Transaction {
 public:
  // REQUIRES: no listener is being called.
  explicit Transaction(MemoryMap& map) : map_(map) { Require(map_.Begin()); }
  ~Transaction() { Require(map_.Commit()); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

 private:
  static void Require([[maybe_unused]] Refusal refusal) { assert(refusal == Refusal::kNone); }

  MemoryMap& map_;
};

}  // namespace flatcheck::engine
