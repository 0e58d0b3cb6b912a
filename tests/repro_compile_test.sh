#!/usr/bin/env bash
# Usage: tests/repro_compile_test.sh BUILD CXX FLAGS LIBRARY...
# Plants faults in the engine, one at a time, and lets sample_reproduction write what a person would
# get: each emitted GoogleTest must compile against the installed headers, fail with the fault and
# pass without; and the emitted C must compile against a stub. Of programs without a bug, both must
# compile and the test must pass.
#
#   BUILD    the build folder, whose engine is installed for the tests
#   FLAGS    what the libraries were compiled with, such as sanitizers
#   LIBRARY  what to link sample_reproduction from, in this order; libraries of the engine last
#
# In the environment, FAULTS names a file that replaces the table below, KEEP a folder that gets a
# copy of what was written.
set -uo pipefail

build=$(realpath -e "${1:?}") || exit 2
readonly build cxx=${2:?}
read -r -a flags <<< "${3-} -g0"
shift 3
readonly libraries=("$@")
source=$(realpath -e "$(dirname "$0")/..") || exit 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# ORACLE FILE SED: the oracle that sees it, the source in engine/, and what is done to it.
faults() {
  cat << 'END'
views_agree map/render.cc s/range.offset += shown_first_ - range.first/range.offset += 0/
events_agree map/memory_map_commit.cc s/if (range.region == &region) TellCoalescing/if (false) TellCoalescing/
lookups_agree ram/translate.cc s/return range.last - tail;/return range.last;/
listings_agree print/mtree_trees.cc s/level + 1, first/level + 1, base/
listings_agree print/e820.cc s/ && !range.readonly//
listings_agree print/mtree_flat_views.cc s/range.offset != 0/false/
refusals_agree map/memory_map.cc s/if (child.container_ != &parent) return Refusal::kNotChild/if (child.container_ == nullptr) return Refusal::kNotChild/
END
}

# FILE ORACLE PROGRAM FIELD WORD SED: a fault, and the program that shows it.
program_faults() {
  cat << 'END'
ram/dispatch.cc answers_agree memory-vectors/fixed_007 nothing load s/read.value |= ShiftLeft/read.value = ShiftLeft/
ram/iommu.cc answers_agree memory-vectors/iommu_006 nothing iotlb s/mask &= entry.mask;/mask = entry.mask >> 1;/
ram/cached_translation.cc answers_agree memory-vectors/fixed_dir_writerom nothing read s/bytes.data(), host_ + offset/bytes.data(), host_ + offset + 1/
ram/dispatch.cc answers_agree vectors/x_eventfd_straddle signals write s/map.Signal(entry->notifier)/map.Signal(entry->notifier + 1)/
map/memory_map_regions.cc answers_agree memory-vectors/blocks_dir_resize device_call.count ramresize s/region.resized_(size);/region.resized_(size + 1);/
END
}

# ORACLE PROGRAM [FIELD [WORD]]: what each operation becomes.
programs() {
  cat << 'END'
answers_agree vectors/long006
events_agree vectors/long005
answers_agree memory-vectors/fixed_000 nothing load
answers_agree memory-vectors/mmio_dir_accepts_fail device_call.x
answers_agree memory-vectors/blocks_dir_resize nothing blocks
refusals_agree memory-vectors/dirty_000 nothing dirty
events_agree memory-vectors/dirty_000 nothing snapshot
answers_agree memory-vectors/map_000 nothing hostof
answers_agree seeds/backings nothing hostof
answers_agree memory-vectors/iommu_000 device_call.x notifier
END
}

main() {
  install_engine || exit 2
  local failures=0
  in_parallel try_fault < <(if [ -n "${FAULTS-}" ]; then cat "$FAULTS"; else faults; fi)
  "$cxx" "${flags[@]}" "${libraries[@]}" -o "$folder/sample_reproduction" || exit 2
  in_parallel try_program < <(programs)
  [ -n "${FAULTS-}" ] || in_parallel try_program_fault < <(program_faults)
  [ "$failures" -eq 0 ]
}

# Runs the command once for each line, with its words, and counts failures.
in_parallel() {
  local pids=() words
  while read -r -a words; do
    "$1" "${words[@]}" &
    pids+=($!)
    if [ ${#pids[@]} -ge "$(nproc)" ]; then
      wait "${pids[0]}" || failures=$((failures + 1))
      pids=("${pids[@]:1}")
    fi
  done
  for pid in "${pids[@]}"; do wait "$pid" || failures=$((failures + 1)); done
}

# The emitted tests see what a user has, and the emitted C a stand-in for QEMU's headers.
install_engine() {
  cmake --install "$build/engine" --prefix "$folder/prefix" > "$folder/install.log" ||
    { cat "$folder/install.log" >&2; return 1; }
  engine=$(find "$folder/prefix" -name libflatcheck_engine.a)
  local header
  for header in qemu/osdep.h exec/memory.h exec/ram_addr.h exec/ramblock.h migration/vmstate.h \
    qapi/error.h qemu/event_notifier.h qemu/rcu.h; do
    mkdir -p "$folder/qemu/${header%/*}"
    printf '#include "%s/tests/qemu_memory_stub.h"\n' "$source" > "$folder/qemu/$header"
  done
}

try_fault() { try check_fault "$1" "$2" "${*:3}"; }
try_program() { try check_program "$@"; }
try_program_fault() { try check_program_fault "${@:1:5}" "${*:6}"; }

# Prints nothing when all is well.
try() {
  local work
  work=$(mktemp -d -p "$folder") || return
  if ! (cd "$work" && "$@") > "$work/log" 2>&1; then
    echo "FAILED: ${*:2}" >&2
    tail -n 60 "$work/log" >&2
    return 1
  fi
  [ -z "${KEEP-}" ] || { mkdir -p "$KEEP" && cp -r "$work" "$KEEP"; }
}

# Leaves faulty.o.
build_fault() {
  sed "$2" "$source/engine/$1" > faulty.cc
  ! cmp -s faulty.cc "$source/engine/$1" || { echo "the fault changes nothing"; return 1; }
  run "$cxx" "${flags[@]}" -std=c++20 -I "$source" -c faulty.cc -o faulty.o
}

# The test that was emitted, with the fault.
link_with_fault() {
  run "$cxx" "${flags[@]}" bug_test.o faulty.o "$engine" -lgtest_main -lgtest -o with
}

check_fault() {
  local oracle=$1 file=$2 sed=$3
  build_fault "$file" "$sed" || return
  # An object with all symbols of an archive's member takes its place.
  run "$cxx" "${flags[@]}" faulty.o "${libraries[@]}" -o sample_reproduction || return
  run ./sample_reproduction "$oracle" bug || { echo "no program shows the fault"; return 1; }
  build_emitted || return
  link_with_fault || return
  run ./with
  case $?,$oracle in
    0,*) echo "the test passes with the fault"; return 1 ;;
    1,* | *,crash | *,hang) ;;
    *) echo "the test does not end"; return 1 ;;
  esac
}

check_program_fault() {
  check_program "${@:2:4}" || return
  build_fault "$1" "$6" || return
  link_with_fault || return
  ! run ./with || { echo "the test passes with the fault"; return 1; }
}

check_program() {
  run "$folder/sample_reproduction" "$1" bug "$source/corpus/$2.ops" "${@:3}" || return
  build_emitted
}

# The test passes on the engine as it is.
build_emitted() {
  run cat bug.ops bug_test.cc
  run "$cxx" "${flags[@]}" -O0 -std=c++20 -Wall -Wextra -Werror -I "$folder/prefix/include" \
    -c bug_test.cc -o bug_test.o || return
  run "$cxx" "${flags[@]}" bug_test.o "$engine" -lgtest_main -lgtest -o without || return
  run ./without || { echo "the test fails without a fault"; return 1; }
  run "$cxx" -x c -fsyntax-only -std=gnu11 -Wall -Werror -I "$folder/qemu" bug_qemu.c
}

run() {
  echo "+ $*" >&2
  "$@"
}

main
