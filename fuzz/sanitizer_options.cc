// Defaults of AddressSanitizer for the programs that run millions of short inputs; the
// environment's ASAN_OPTIONS go before them.
//
// Every input frees all that it allocated. With the standard quarantine of 256 MiB its memory would
// be cold each time: a fifth of the speed of the whole loop is in a quarantine that fits the cache.
// It still holds what the last inputs freed. A replay of the one input that matters may ask for
// more: ASAN_OPTIONS=quarantine_size_mb=256:malloc_context_size=30.

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" const char* __asan_default_options();

extern "C" const char* __asan_default_options() {
  return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=1:max_malloc_"
         "fill_size=0";
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
