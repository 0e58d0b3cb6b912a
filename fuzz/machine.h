// A Machine is one implementation of the memory map behind the one seam that programs need: the
// engine or the reference.
//
// A machine numbers the objects of a program itself: the n-th call that creates a region, address
// space or listener defines slot n of that kind, also when the creation is refused. It never ends
// the process, whatever it is asked.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fuzz/program.h"
#include "fuzz/trace.h"

namespace flatcheck {

class Hypervisor;

// What people are shown of a map.
enum class Listing {
  kTrees,     // As QEMU's monitor lists them, without the disabled regions,
  kAllTrees,  // and with them.
  kViews,     // The same of the views, as published;
  kE820,      // and what a firmware tells of each space in turn.
};

class Machine {
 public:
  virtual ~Machine() = default;

  // Performs one operation. Appends the callbacks, device calls and answer that it causes to the
  // trace's vectors (not to its steps, nor to its views). Returns why it is refused (a word of
  // static storage), or nothing. A refused operation changes nothing and appends nothing.
  virtual std::string_view Apply(const Operation& operation, Trace& trace) = 0;

  // Open transactions.
  virtual std::uint64_t Depth() const = 0;

  // Appends the published view of each live address space, in creation order.
  virtual void ObserveViews(Trace& trace) const = 0;

  // For oracles: what `xlat` and `find` would answer. REQUIRES: the slot is live.
  virtual Translated Translate(SpaceSlot space, std::uint64_t address, std::uint64_t length,
                               bool is_write) const = 0;
  virtual Found Find(RegionSlot region, std::uint64_t address, std::uint64_t size) const = 0;

  // What `hostof` would answer; asks no device that tells of it. REQUIRES: the slot is live.
  virtual HostPlace HostOf(SpaceSlot space, std::uint64_t address) const = 0;

  // Appends all RAM blocks and their dirty pages.
  virtual void ObserveMemory(MemorySeen& seen) const = 0;

  // Copies bytes of a block. REQUIRES: the region is live and has a block that holds them.
  virtual void ReadBlock(RegionSlot region, std::uint64_t offset,
                         std::span<std::uint8_t> bytes) const = 0;

  // REQUIRES: no transaction is open, but for trees.
  virtual std::string List(Listing listing) const = 0;

  // KVM, where the machine runs under it; else null.
  virtual Hypervisor* hypervisor() { return nullptr; }
};

}  // namespace flatcheck
