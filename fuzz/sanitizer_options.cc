// Defaults of AddressSanitizer for the programs that run millions of short inputs; the
// environment's ASAN_OPTIONS go before them.
//
// Every input frees all that it allocated, so that the standard quarantine of 256 MiB is cold
// memory, again and again: with it, the fuzz loop takes page faults in place of cache hits. Short
// allocation stacks save another fifth; a replay of the one input that matters may ask for longer
// ones (malloc_context_size=30).

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): AddressSanitizer's name.
extern "C" const char* __asan_default_options();

extern "C" const char* __asan_default_options() {
  return "quarantine_size_mb=4:malloc_context_size=1";
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
