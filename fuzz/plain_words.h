// What operations do and why they are refused, as sentences for who has not read a manual.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/program_text.h"
#include "fuzz/slot_table.h"
#include "fuzz/trace.h"

namespace flatcheck {

// "64 KiB", or hexadecimal where no unit divides it.
std::string SizeInWords(Size size);

// "1 byte", "12 bytes", "0x12345 bytes".
std::string BytesInWords(std::uint64_t count);

// "0x1000-0x1fff"; "0x1000" where both are the same.
std::string SpanInWords(std::uint64_t first, std::uint64_t last);

std::string EndianInWords(Endian endian);
std::string ClientInWords(Client client);

// "for reads and writes". Permission bits.
std::string PermissionInWords(std::uint8_t permission);

// "unmap and map events". Bits of EventFlags.
std::string EventsInWords(std::uint8_t flags);

// "takes accesses of 1 to 4 bytes, implements 4, is big endian": what differs from the plainest
// device. Empty for that one.
std::string ProfileInWords(const Profile& profile);

// One sentence, or two. The slots are those of the place before the operation.
std::string OperationInWords(const Operation& operation, const SlotTable& slots,
                             const Names& names);

// The second half of "refused: ...". Of a reason that this does not know, the reason.
std::string RefusalInWords(const Operation& operation, std::string_view reason);

}  // namespace flatcheck
