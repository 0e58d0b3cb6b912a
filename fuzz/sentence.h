// What the sentences about operations have in common: the names of objects, sizes and addresses.

#pragma once

#include <cstdint>
#include <string>

#include "fuzz/program_text.h"
#include "fuzz/slot_table.h"

namespace flatcheck {

class Sentence {
 public:
  // The slots are those of the place before the operation. Both must outlive this.
  Sentence(const Names& names, const SlotTable& slots) : names_(names), slots_(slots) {}

 protected:
  // The name of what the operation defines.
  template <class Kind>
  std::string New(Defines<Kind>) const {
    return std::string(names_.Of(slots_.Next<Kind>()));
  }
  template <class Kind>
  std::string Name(Slot<Kind> slot) const {
    return slot == Slot<Kind>{} ? "something that does not exist" : std::string(names_.Of(slot));
  }

  static std::string Of(RegionSize size);
  static std::string Of(Length length);
  static std::string At(Address address);

 private:
  const Names& names_;
  const SlotTable& slots_;
};

}  // namespace flatcheck
