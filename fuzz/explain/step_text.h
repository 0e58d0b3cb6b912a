// What a step shows, as short texts: ranges, callbacks, device accesses and answers. Engine's and
// reference's texts differ where these differ.

#pragma once

#include <string>

#include "fuzz/program_text.h"
#include "fuzz/trace.h"

namespace flatcheck {

// "ram0 from its offset 0x1000, read-only".
std::string RangeInWords(const RangeSeen& range, const Names& names);

// "region_add ram0 0x0-0xfff offset 0x0 in as0": the first word is the callback.
std::string CallbackInWords(const Callback& callback, const Names& names);

std::string DeviceCallInWords(const DeviceCall& call, const Names& names);

std::string AnswerInWords(const Answer& answer, const Names& names);

}  // namespace flatcheck
