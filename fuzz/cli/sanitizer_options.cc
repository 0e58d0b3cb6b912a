// Defaults of AddressSanitizer for flatcheck; the environment's ASAN_OPTIONS go before them.
//
// A finding that crashes is run some hundred times while it is shrunk, and each crash would wait
// for the names of lines that nobody reads. ASAN_OPTIONS=symbolize=1 brings them back.
//
// See fuzz/sanitizer_options.cc for the rest.

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" const char* __asan_default_options();

extern "C" const char* __asan_default_options() {
  return "symbolize=0:quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size="
         "1:"
         "max_malloc_fill_size=0";
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
