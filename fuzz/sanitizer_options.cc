// What the fuzz targets, the tests and the benchmarks give AddressSanitizer; the environment's
// ASAN_OPTIONS go before it.

#include "fuzz/sanitizer_options.h"

// NOLINTBEGIN(readability-identifier-naming)
extern "C" const char* __asan_default_options();

extern "C" const char* __asan_default_options() { return FLATCHECK_ASAN_OPTIONS; }
// NOLINTEND(readability-identifier-naming)
