#!/usr/bin/env bash
# Usage: tests/kvm_faults_test.sh BUILD COMPILER FLAGS OBJECT LIBRARY...
# Plants each fault of tests/kvm_faults.txt in the listener, links OBJECT (kvm_listener_faults.cc's)
# to it, and prints a table: who sees the fault, under the fake kernel and the host's. Fails if
# nobody sees one under the fake kernel. A search goes through the seeds, then generated programs.
set -uo pipefail

readonly programs=5000 guest_programs=400  # A real guest takes its time.
build=$1 compiler=$2 flags=$3 object=$4
shift 4
tests=$(cd "$(dirname "$0")" && pwd)
folder=$build/kvm_faults
mkdir -p "$folder" || exit 2

# Prints who sees the fault of program $1 in place $2 within $3 programs.
search() {
  local seen status
  seen=$("$1" "$2" "$3" "$tests/../corpus/seeds" 2> "$1.log")
  status=$?
  if [ $status -ne 0 ]; then
    seen="crash: $(grep -m 1 -oE 'Assertion .*failed|ERROR: AddressSanitizer: [a-z-]+|runtime error: .*' "$1.log")"
  fi
  printf '%s' "$seen"
}

check() {
  local name=$1 program=$folder/$1 fake
  "$tests/kvm_fault.sh" "$name" "$program.cc" || return 2
  # The flags are several words.
  # shellcheck disable=SC2086
  "$compiler" $flags -std=c++20 -I"$tests/.." "$program.cc" "$object" "${libraries[@]}" -lfmt \
    -o "$program" || return 2
  fake=$(search "$program" fake $programs)
  printf '| %s | %s | %s | %s |\n' "$name" "$fake" \
    "$(search "$program" fake-guest $guest_programs)" \
    "$(search "$program" real-guest $guest_programs)"
  rm -f "$program"
  [ "$fake" != - ]
}

libraries=("$@")
names=${FAULTS-$("$tests/kvm_fault.sh" --list | cut -d ' ' -f 1)}
printf '| fault | fake kernel | its guest alone | a real guest |\n|---|---|---|---|\n'
failed=0
for name in $names; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || failed=1; done
  check "$name" &
done
while [ -n "$(jobs -rp)" ]; do wait -n || failed=1; done
[ $failed -eq 0 ] || echo "tests/kvm_faults_test.sh: some faults are not seen" >&2
exit $failed
