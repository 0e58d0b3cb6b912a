#include "fuzz/crash_report.h"

#include <gtest/gtest.h>

#include <csignal>

namespace flatcheck {
namespace {

struct Row {
  std::string_view printed;
  int signal;
  std::string_view kind;
  std::string_view file;
};

TEST(CrashReport, TellsTheKindAndTheFile) {
  const Row rows[] = {
      {"noise\nflatcheck: /src/engine/map/render.cc:12: void f(int): Assertion `x > 0' failed.\n",
       SIGABRT, "assertion", "render.cc"},
      {"../engine/map/render.cc:12:3: runtime error: signed integer overflow: 2 + 3 cannot be\n",
       SIGABRT, "signed-integer-overflow", "render.cc"},
      {"a.cc:1:2: runtime error: load of value 190, which is not a valid value for type 'bool'\n",
       0, "load-of-value", "a.cc"},
      {"=====\n==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 at pc 0x5\n", 0,
       "heap-use-after-free", ""},
      {"==7==ERROR: AddressSanitizer: attempting double-free on 0x6\nframes\n"
       "SUMMARY: AddressSanitizer: double-free (/bin/x+0x1)\n",
       0, "double-free", ""},
      {"==7==ERROR: AddressSanitizer: attempting free on address which was not malloc()-ed: 0x6\n"
       "SUMMARY: AddressSanitizer: bad-free (/bin/x+0x1)\n",
       0, "bad-free", ""},
      {"a.cc:1:2: runtime error: -1 is outside the range of representable values of type 'int'\n",
       0, "is-outside-the-range-of-representable-values-of-type", "a.cc"},
      {"==7==ERROR: AddressSanitizer: SEGV on unknown address 0x0\n", 0, "SEGV", ""},
      {"uncaught exception: std::bad_alloc", 0, "exception", ""},
      {"", SIGSEGV, "SIGSEGV", ""},
      {"words that say nothing", 0, "exit", ""},
  };
  for (const Row& row : rows) {
    const CrashReport report = ReadCrash(row.printed, row.signal);
    EXPECT_EQ(report.kind, row.kind) << row.printed;
    EXPECT_EQ(report.file, row.file) << row.printed;
    EXPECT_FALSE(report.line.empty());
  }
}

}  // namespace
}  // namespace flatcheck
