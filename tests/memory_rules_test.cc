// What machines do where QEMU's process would end, or where it leaves the outcome open: refusals of
// the operations on memory, and the rules of corpus/README.md "Where QEMU has no answer". What QEMU
// does answer, the vectors have.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/program_text.h"
#include "fuzz/reference_machine.h"
#include "fuzz/trace_text.h"

namespace flatcheck {
namespace {

template <class Machine>
class MemoryRules : public testing::Test {
 protected:
  struct Case {
    std::string_view name;
    std::string program;
    std::string_view answers;
  };

  static void Check(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
      SCOPED_TRACE(c.name);
      EXPECT_EQ(Answers(c.program), c.answers);
    }
  }

  // The lines of the trace that are answers, refusals or translations.
  static std::string Answers(std::string_view program) {
    const auto parsed = Parse(program);
    const auto* const text = std::get_if<ProgramText>(&parsed);
    if (text == nullptr) return "line " + std::to_string(std::get<ParseError>(parsed).line);
    Machine machine;
    std::istringstream trace(PrintTrace(*text, flatcheck::Run(text->program, machine)));
    std::string answers;
    for (std::string line; std::getline(trace, line);) {
      if (line.starts_with("= ") || line.starts_with("! ") || line.starts_with("tr ")) {
        answers += line + '\n';
      }
    }
    return answers;
  }
};

using Machines = testing::Types<ReferenceMachine, EngineMachine>;
TYPED_TEST_SUITE(MemoryRules, Machines);

// After a root `c` with RAM `m` of two pages at 0, in address space `A`.
std::string OnRam(std::string_view program) {
  return "region c container 2^64\n"
         "region m ram 0x2000\n"
         "add c 0 m\n"
         "as A c\n" +
         std::string(program);
}

TYPED_TEST(MemoryRules, WhatIsRefusedAndWhy) {
  this->Check({
      {"resizeable",
       "region r resizeable 0 0\n"
       "region s resizeable 0x1001 0x1000\n"
       "region t resizeable 0x1000 0x10000000001\n"
       "region u resizeable 0 1\n"
       "blocks\n",
       "! bad-size\n"
       "! bad-size\n"
       "! no-memory\n"
       "= blocks n=1\n"},
      {"block",
       OnRam("region a alias 0x1000 m 0\n"
             "ramresize c 0\n"
             "dirty a 0 0 vga\n"
             "setdirty c 0 0\n"
             "dirty m 0x1000 0x1001 vga\n"
             "testclear m 0x2001 0 vga\n"
             "snapshot m 1 2^64 vga\n"
             "ramresize m 0x3000\n"
             "ramresize m 0x1fff\n"),
       "! no-block\n"
       "! no-block\n"
       "! no-block\n"
       "! bad-range\n"
       "! bad-range\n"
       "! bad-range\n"
       "= ramresize error\n"
       "= ramresize ok\n"},
      {"pages in use",
       "region r resizeable 0x1000 0x3000\n"
       "dirty r 0 0x3000 code\n"
       "testclear r 0 0x3000 code\n"
       "setdirty r 0x1000 1\n",
       "= dirty any=1 pages=0\n"
       "! bad-range\n"
       "! bad-range\n"},
      {"mapping",
       OnRam("map p A 0 0x10 1\n"
             "peek p 1 0x10\n"
             "poke p 0x11 0 0\n"
             "unmap p 0x11\n"
             "asdestroy A\n"
             "del c m\n"
             "destroy m\n"
             "unmap p 0x10\n"
             "unmap p 0\n"
             "destroy m\n"),
       "= map mr=m off=0x0 len=0x10\n"
       "! bad-range\n"
       "! bad-range\n"
       "! bad-range\n"
       "! has-mappings\n"
       "! has-mappings\n"
       "= unmap\n"
       "! absent\n"},
      {"a mapping that failed",
       OnRam("map p A 0x5000 8 1\n"
             "map q A 0x6000 8 0\n"
             "unmap q 0\n"),
       "= map bounce len=0x8\n"
       "= map none len=0x0\n"
       "! absent\n"},
      {"pointer",
       OnRam("region a alias 0x1000 m 0x2000\n"
             "region b alias 0x1000 a 0xffffffffffffffff\n"
             "regptr c\n"
             "regptr a\n"
             "regptr b\n"),
       "! no-block\n"
       "! bad-range\n"
       "= regptr mr=m off=0x1fff\n"},
      {"access too long",
       OnRam("accessvalid A 0 0x1000 0\n"
             "accessvalid A 0 0x1001 0\n"),
       "= accessvalid 1\n"
       "! too-long\n"},
      {"iommu",
       OnRam("region u iommu 0x10000\n"
             "region a alias 0x1000 u 0\n"
             "iomap m 0 0xfff A 0 3\n"
             "iomap a 0 0xfff A 0 3\n"
             "iomap u 0 0xfff B 0 3\n"
             "iomap u 0x800 0xfff A 0 3\n"
             "iounmap u 0\n"
             "iounmap m 0\n"),
       "! not-iommu\n"
       "! not-iommu\n"
       "! absent\n"
       "! bad-range\n"
       "! absent\n"
       "! not-iommu\n"},
      {"notifiers",
       OnRam("region u iommu 0x10000 nomap\n"
             "region a alias 0x1000 u 0\n"
             "notifier n0 m 0 1 1\n"
             "notifier n1 a 0 1 0\n"
             "notifier n2 a 1 0 1\n"
             "notifier n3 a 0x1000 0x1fff 2\n"
             "unnotifier n3\n"
             "notifier n4 a 0x1000 0x1fff 1\n"
             "ionotify a 0 0 0 0 1\n"
             "ionotify u 1 2^64 0 0 4\n"
             "ionotify u 0 0xfff 0 1 1\n"
             "ionotify u 0x1000 0x1000 0 0 4\n"
             "ionotify u 0x2000 0xfff 0 0 4\n"
             "destroy u\n"),
       "! not-iommu\n"
       "! bad-flags\n"
       "! bad-range\n"
       "= notifier error\n"
       "! absent\n"
       "= notifier ok\n"
       "! not-iommu\n"
       "! bad-range\n"
       "! bad-permission\n"
       "! not-inside\n"
       "= ionotify\n"
       "! is-target\n"},
      {"an end under a notifier",
       "region u iommu 0x1000\n"
       "notifier n u 0 1 1\n"
       "destroy u\n"
       "unnotifier n\n"
       "destroy u\n",
       "= notifier ok\n"
       "! has-notifiers\n"},
      {"replay too long",
       "region u iommu 0x1000000\n"
       "region v iommu 0x1000001\n"
       "notifier n u 0 1 1\n"
       "notifier o v 0 1 1\n"
       "ioreplay n\n"
       "ioreplay o\n",
       "= notifier ok\n"
       "= notifier ok\n"
       "= ioreplay\n"
       "! too-long\n"},
  });
}

TYPED_TEST(MemoryRules, AnIommuEntryOfTheWholeSpace) {
  this->Check({
      {"cuts no access that goes on",
       OnRam("region u iommu 2^64\n"
             "as B u\n"
             "iomap u 0 2^64 A 0 3\n"
             "store A 0 8 le 0x1122334455667788\n"
             "read B 0 8\n"
             "accessvalid B 0 0x1000 1\n"
             "map p B 0 0x3000 0\n"),
       "= store res=0\n"
       "= read res=0 data=8877665544332211\n"
       "= accessvalid 1\n"
       "= map mr=m off=0x0 len=0x2000\n"},
      {"cuts others to nothing",
       OnRam("region u iommu 2^64\n"
             "as B u\n"
             "iomap u 0 2^64 A 0 3\n"
             "xlat B 0 8 0\n"
             "xlat B 1 8 0\n"
             "load B 0 1 le\n"
             "store B 0 4 le 1\n"
             "load B 1 4 le\n"
             "iotlb B 0 0\n"),
       "= xlat mr=m xlat=0x0 len=0x0\n"
       "= xlat mr=m xlat=0x1 len=0x8\n"
       "= load res=2 val=0x0\n"
       "= store res=2\n"
       "= load res=0 val=0x0\n"
       "= iotlb as=A iova=0x0 xlat=0x0 mask=0xffffffffffffffff perm=3\n"},
  });
}

TYPED_TEST(MemoryRules, TheSeventeenthIommuRefuses) {
  const auto chain = [](int length) {
    std::string program = OnRam("region u0 iommu 0x10000\nas S0 u0\niomap u0 0 0xfff A 0 3\n");
    for (int i = 1; i < length; ++i) {
      program += fmt::format(
          "region u{0} iommu 0x10000\nas S{0} u{0}\niomap u{0} 0 0xfff S{1} 0 3\n", i, i - 1);
    }
    return program + fmt::format("xlat S{} 4 4 0\n", length - 1);
  };
  EXPECT_EQ(this->Answers(chain(16)), "= xlat mr=m xlat=0x4 len=0x4\n");
  EXPECT_EQ(this->Answers(chain(17)), "= xlat mr=- xlat=0x4 len=0x4\n");

  std::string translations;
  for (int i = 0; i < 16; ++i) translations += "tr u iova=0x4 flag=1\n";
  EXPECT_EQ(this->Answers("region u iommu 0x1000 trace\n"
                          "as A u\n"
                          "iomap u 0 0xfff A 0 3\n"
                          "load A 4 4 le\n"),
            translations + "= load res=2 val=0x0\n");
}

TYPED_TEST(MemoryRules, AnEntryWithoutItsSpaceAllowsNothing) {
  this->Check({{"though an older one would",
                OnRam("region u iommu 0x1000\n"
                      "as B u\n"
                      "as C c\n"
                      "iomap u 0 0xfff A 0 3\n"
                      "iomap u 0 0xfff C 0 3\n"
                      "notifier n u 0 2^64 2\n"
                      "asdestroy C\n"
                      "xlat B 8 8 0\n"
                      "ioreplay n\n"
                      "iounmap u 0\n"
                      "xlat B 8 8 0\n"),
                "= notifier ok\n"
                "= xlat mr=- xlat=0x8 len=0x8\n"
                "= ioreplay\n"
                "= xlat mr=m xlat=0x8 len=0x8\n"}});
}

TYPED_TEST(MemoryRules, ARomDevicesBlockEnds) {
  this->Check({{"in the middle of a range",
                "region c container 2^64\n"
                "region d romd 0x1000\n"
                "region m ram 0x1000\n"
                "add c 0 d\n"
                "add c 0x1000 m\n"
                "as A c\n"
                "writerom A 0xffc 8 0x1122334455667788\n"
                "read A 0xffc 8\n"
                "load A 0xff8 8 le\n"
                "load A 0xffc 4 le\n"
                "load A 0xffe 4 le\n"
                "load A 0x1000 4 le\n",
                "= writerom res=0\n"
                "= read res=0 data=8877665544332211\n"
                "= load res=0 val=0x5566778800000000\n"
                "= load res=0 val=0x55667788\n"
                "= load res=2 val=0x0\n"
                "= load res=0 val=0x11223344\n"}});
}

TYPED_TEST(MemoryRules, ARamDeviceIsReachedByAccesses) {
  this->Check({{"of its own profile",
                "region c container 2^64\n"
                "region d ramdevice 0x1000\n"
                "add c 0 d\n"
                "as A c\n"
                "log d 1\n"
                "testclear d 0 0x1000 vga\n"
                "store A 3 8 be 0x1122334455667788\n"
                "load A 3 4 le\n"
                "read A 0 16\n"
                "writerom A 0 8 0xff\n"
                "load A 0 1 le\n"
                "dirty d 0 0x1000 vga\n"
                "hostof A 0\n"
                "regptr d\n"
                "map p A 0 16 0\n"
                "peek p 3 8\n"
                "store A 0xffe 2 le 0x1122\n"
                "store A 0xffe 4 le 0\n"
                "load A 0xffe 8 le\n"
                "read A 0xffe 2\n",
                "= testclear 1\n"
                "= store res=0\n"
                "= load res=0 val=0x44332211\n"
                "= read res=0 data=00000011223344556677880000000000\n"
                "= writerom res=0\n"
                "= load res=0 val=0xff\n"
                "= dirty any=1 pages=0\n"
                "= hostof none\n"
                "= regptr mr=d off=0x0\n"
                "= map bounce len=0x10\n"
                "= peek data=0000000000667788\n"
                "= store res=0\n"
                "= store res=1\n"
                "= load res=1 val=0x0\n"
                "= read res=0 data=2211\n"}});
}

// QEMU does so too, but few vectors show it.
TYPED_TEST(MemoryRules, PagesStayDirtyWhenTheirBlockGoes) {
  this->Check({{"for the next block at the place",
                "region r ram 0x4000\n"
                "testclear r 0x1000 0x2000 vga\n"
                "destroy r\n"
                "region s resizeable 0 0x5000\n"
                "dirty s 0 0x5000 vga\n"
                "ramresize s 0x2000\n"
                "dirty s 0 0x5000 vga\n"
                "ramresize s 0x1000\n"
                "dirty s 0 0x5000 vga\n",
                "= testclear 1\n"
                "= dirty any=1 pages=0,3\n"
                "= ramresize ok\n"
                "= dirty any=1 pages=0-1,3\n"
                "= ramresize ok\n"
                "= dirty any=1 pages=0,3\n"}});
}

}  // namespace
}  // namespace flatcheck
