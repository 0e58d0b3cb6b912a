#!/usr/bin/env bash
# Usage: ci/test.sh [--gcc]
# Builds everything with AddressSanitizer and UndefinedBehaviorSanitizer, then runs the unit tests,
# hands the committed corpus to every fuzz target, and shows that ci/fuzz.sh does report findings.
#
#   --gcc  build with g++; that leaves out what needs libFuzzer, which g++ does not have
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

preset=fuzz
case ${1-} in
  '') ;;
  --gcc) preset=gcc ;;
  --help | -h) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "ci/test.sh: '$1': expected --gcc, --help or nothing" >&2; exit 2 ;;
esac
readonly bin=build/$preset/bin seeds=build/$preset/seeds log=build/$preset/test.log

fail() {
  echo "ci/test.sh: $*" >&2
  exit 1
}

# Runs a command that says why in the log when it fails.
logged() {
  "$@" > "$log" 2>&1 && return
  tail -n 60 "$log" >&2
  fail "failed: $*"
}

replay_corpus() {
  ci/seeds.sh "$preset" || fail "the corpus could not be turned into seeds"
  local target
  for target in "$bin"/*_fuzzer_replay; do
    [ "${target##*/}" != canary_fuzzer_replay ] || continue
    logged "$target" "$seeds" corpus/minimal
    grep '^KVM: ' "$log"
    tail -n 1 "$log"
  done
}

# The canary's property is false: a fuzz.sh that calls it clean would call anything clean. It is
# about bytes, so flatcheck does not see it; that the inputs are one finding is what counts here.
check_canary() {
  local folder=findings/canary_fuzzer-canary-operations
  rm -rf $folder build/fuzz/corpus/canary_fuzzer
  ci/fuzz.sh --target canary_fuzzer --seconds 10 > "$log" 2>&1
  local status=$?
  if [ "$status" -ne 1 ] || [ ! -s $folder/bug ] || ! grep -q " ${folder#*/}$" "$log"; then
    tail -n 60 "$log" >&2
    fail "ci/fuzz.sh missed the canary (exit status $status)"
  fi
  { "$bin/canary_fuzzer_replay" $folder/bug; } > "$log" 2>&1
  grep -q '^canary (operations) ' "$log" || fail "$folder/bug does not reproduce"
  rm -rf $folder
  echo "ci/fuzz.sh: catches the canary"
}

# Fuzzes an engine with a fault: each finding must hold all that README lists, and be named once.
check_findings() {
  local folder=build/fuzz/faulty files='bug.html bug.ops bug_qemu.c bug_test.cc input report.txt '
  local status signature found holds
  rm -rf $folder
  mkdir $folder || fail "cannot write to $folder"
  ln -s "$PWD/$bin/faulty_flatcheck" $folder/flatcheck
  ln -s "$PWD/$bin/faulty_map_fuzzer" $folder/map_fuzzer
  ci/fuzz.sh --target map_fuzzer --seconds 10 --bin $folder > "$log" 2>&1
  status=$?
  mapfile -t found < <(sed -n 's/^ *[0-9]\+ \+[0-9]\+  //p' "$log")
  if [ $status -ne 1 ] || [ ${#found[@]} -eq 0 ]; then
    tail -n 60 "$log" >&2
    fail "ci/fuzz.sh missed a fault (exit status $status)"
  fi
  for signature in "${found[@]}"; do
    holds=$(find "findings/$signature" -type f -size +0 -printf '%f\n' | sort | tr '\n' ' ')
    [ "$holds" = "$files" ] ||
      fail "findings/$signature holds $holds"
    [ "$("$bin/faulty_flatcheck" check "findings/$signature/bug.ops")" = "$signature" ] ||
      fail "findings/$signature/bug.ops fails in another way"
    rm -rf "findings/$signature"
  done
  [ "$(printf '%s\n' "${found[@]}" | sort -u | wc -l)" -eq ${#found[@]} ] || fail "found twice"
  echo "ci/fuzz.sh: writes findings"
}

# Each fault in KVM's listener must be seen under the fake kernel.
check_kvm_faults() {
  tests/kvm_faults_test.sh build/fuzz clang++ \
    '-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all' \
    build/fuzz/tests/CMakeFiles/kvm_listener_faults.dir/kvm_listener_faults.cc.o \
    build/fuzz/fuzz/libfuzzing.a build/fuzz/reference/libreference.a \
    build/fuzz/engine/libflatcheck_engine.a || fail "a fault of KVM's listener was missed"
}

ci/build.sh "$preset" || fail "the build failed"
ctest --preset "$preset" -j "$(nproc)" || fail "unit tests failed"
replay_corpus
if [ "$preset" = fuzz ]; then
  check_canary
  check_findings
  check_kvm_faults
fi
echo "ci/test.sh: all passed"
