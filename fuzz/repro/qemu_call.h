// A QemuCall is one operation as C against QEMU's memory API. Objects are static variables of their
// identifiers' names.

#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/program_text.h"
#include "fuzz/slot_table.h"

namespace flatcheck {

inline constexpr std::size_t kQemuWidth = 79;

// `function(arguments);`, broken at commas and aligned as QEMU does.
std::string QemuStatement(std::string_view function, const std::vector<std::string>& arguments);

// One line, or a block.
std::string QemuComment(std::string_view text);

// The regions that are IOMMUs.
using IommuSlots = std::set<RegionSlot>;

class QemuCall {
 public:
  // All must outlive this.
  QemuCall(const Names& names, const SlotTable& slots, const IommuSlots& iommus)
      : names_(names), slots_(slots), iommus_(iommus) {}

 protected:
  template <class... Arguments>
  static std::string Call(std::string_view function, const Arguments&... arguments) {
    return QemuStatement(function, {std::string(arguments)...});
  }

  // Of what the operation creates.
  template <class Kind = RegionKind>
  std::string_view NewName() const {
    return names_.Of(slots_.Next<Kind>());
  }
  template <class Kind = RegionKind>
  std::string New() const {
    return '&' + std::string(NewName<Kind>());
  }
  template <class Kind = RegionKind>
  std::string Quoted() const {
    return '"' + std::string(NewName<Kind>()) + '"';
  }
  std::string Of(RegionSlot region) const;
  template <class Kind>
  std::string Of(Slot<Kind> slot) const {
    return '&' + std::string(names_.Of(slot));
  }
  // The variable of an IOMMU itself.
  std::string Table(RegionSlot region) const { return '&' + std::string(names_.Of(region)); }
  const IommuSlots& iommus() const { return iommus_; }

  static std::string Bool(Flag flag) { return flag.value ? "true" : "false"; }
  // Of a region's size, and of what else QEMU takes as 64 bits.
  static std::string U64(std::uint64_t value);
  static std::string U32(std::uint64_t value);

 private:
  const Names& names_;
  const SlotTable& slots_;
  const IommuSlots& iommus_;
};

}  // namespace flatcheck
