// What a step shows, as short texts: ranges, callbacks, calls of devices and answers. Engine's and
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

// "device io1: read of 4 bytes at offset 0x0". IOMMUs, blocks and their notifiers are told alike.
std::string DeviceCallInWords(const DeviceCall& call, const Names& names);

// The lists that an answer names are the trace's.
std::string AnswerInWords(const Answer& answer, const Trace& trace, const Names& names);

// "block of ram0 at RAM address 0x0: 4 KiB, at most 8 KiB".
std::string BlockInWords(const BlockSeen& block, const Names& names);

}  // namespace flatcheck
