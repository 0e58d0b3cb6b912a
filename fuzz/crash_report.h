// A CrashReport is what the last words of a process say about its end: those of a sanitizer, of an
// assertion, or of the C++ runtime.

#pragma once

#include <string>
#include <string_view>

namespace flatcheck {

struct CrashReport {
  std::string kind;  // "heap-use-after-free", "signed-integer-overflow", "assertion", "SIGSEGV".
  std::string file;  // The source file's own name, if one is told.
  std::string line;  // The line that says most, for people.
};

// `signal` is what ended the process, or 0 if it ended itself.
CrashReport ReadCrash(std::string_view printed, int signal);

}  // namespace flatcheck
