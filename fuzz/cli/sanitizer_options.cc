// What flatcheck gives AddressSanitizer; the environment's ASAN_OPTIONS go before it.
//
// A finding that crashes is run some hundred times while it is shrunk, and each crash would wait
// for the names of lines that nobody reads: symbolize=1 brings them back. An end that is not
// flatcheck's own has the exit status of what cannot be read, not that of a disagreement.

#include "fuzz/sanitizer_options.h"

// NOLINTBEGIN(readability-identifier-naming)
extern "C" const char* __asan_default_options();

extern "C" const char* __asan_default_options() {
  return "symbolize=0:exitcode=2:" FLATCHECK_ASAN_OPTIONS;
}
// NOLINTEND(readability-identifier-naming)
