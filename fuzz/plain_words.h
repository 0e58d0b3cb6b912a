// What operations do and why they are refused, as sentences for who has not read a manual.

#pragma once

#include <string>
#include <string_view>

#include "fuzz/program_text.h"
#include "fuzz/slot_table.h"
#include "fuzz/trace.h"

namespace flatcheck {

// "64 KiB", or hexadecimal where no unit divides it.
std::string SizeInWords(Size size);

// "0x1000-0x1fff"; "0x1000" where both are the same.
std::string SpanInWords(std::uint64_t first, std::uint64_t last);

// One sentence. The slots are those of the place before the operation.
std::string OperationInWords(const Operation& operation, const SlotTable& slots,
                             const Names& names);

// The second half of "refused: ...". Of a reason that this does not know, the reason.
std::string RefusalInWords(const Operation& operation, std::string_view reason);

}  // namespace flatcheck
