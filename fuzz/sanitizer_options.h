// AddressSanitizer's defaults for programs that run millions of short inputs.
//
// Every input frees all that it allocated. With the standard quarantine of 256 MiB its memory would
// be cold each time: a fifth of the speed of the whole loop is in a quarantine that fits the cache.
// It still holds what the last inputs freed. A replay of the one input that matters may ask for
// more: ASAN_OPTIONS=quarantine_size_mb=256:malloc_context_size=30.
//
// New memory is filled, up to the size of most blocks: who forgets to zero it is seen.
//
// An allocation keeps two frames of its stack: with one, LeakSanitizer finds no leak.

#pragma once

#define FLATCHECK_ASAN_OPTIONS                                                     \
  "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=2:" \
  "max_malloc_fill_size=65536"
