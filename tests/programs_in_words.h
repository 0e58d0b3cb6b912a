// What the tests of sentences and of the page that holds them have in common.

#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/executor.h"
#include "fuzz/program_text.h"
#include "fuzz/reference_machine.h"

namespace flatcheck {

using Lines = std::vector<std::string>;

inline ProgramText Text(std::string_view program) { return std::get<ProgramText>(Parse(program)); }

inline Trace RunOnReference(const Program& program) {
  ReferenceMachine reference;
  return Run(program, reference);
}

// Each operation on memory.
inline constexpr std::string_view kMemoryProgram =
    "region q resizeable 0x1800 0x4000\n"
    "region i io 0x1000 valid=1..4 impl=2..2 unaligned impl_unaligned big accepts=reject-odd "
    "accepts=reject-8 fail=0xf0\n"
    "region d romd 0x1000 valid=0..8\n"
    "region u iommu 0x2000 trace nomap\n"
    "as a q\n"
    "as b u\n"
    "ramresize q 0x2000\n"
    "load a 0x10 4 be\n"
    "load a 0x10 1 be\n"
    "store a 0x10 2 native 0x1234\n"
    "accessvalid a 0x10 0x20 1\n"
    "writerom a 0 4 1\n"
    "blocks\n"
    "dirty q 0 0x2000 vga\n"
    "testclear q 0x1000 0x1000 code\n"
    "snapshot q 0 0x1000 migration\n"
    "setdirty q 0 1\n"
    "map m a 0 0x10 1\n"
    "peek m 1 2\n"
    "poke m 1 2 3\n"
    "unmap m 1\n"
    "hostof a 0\n"
    "regptr q\n"
    "iomap u 0x1000 0xfff a 0 3\n"
    "iotlb b 0x1000 0\n"
    "notifier n u 0 0xffff 5\n"
    "ionotify u 0x1000 0xfff 0 0 1\n"
    "ioreplay n\n"
    "unnotifier n\n"
    "iounmap u 0x1000\n";

}  // namespace flatcheck
