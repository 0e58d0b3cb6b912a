#!/usr/bin/env bash
# Usage: tests/kvm_fault.sh NAME OUT.cc
#        tests/kvm_fault.sh --list
# Writes the source that has the fault of that name in tests/kvm_faults.txt; its object takes the
# place of the engine library's own. Or lists the names, each with its source.
set -euo pipefail

tests=$(cd "$(dirname "$0")" && pwd)
faults=$tests/kvm_faults.txt

if [ "${1-}" = --list ] && [ $# -eq 1 ]; then
  grep -E '^[a-z_]+ engine/' "$faults"
  exit
fi
[ $# -eq 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }

# The lines of the fault that begin with that sign, without it.
lines() {
  awk -v name="$1" -v sign="$2" '
    /^[a-z_]+ engine\// { found = $1 == name }
    found && substr($0, 1, 1) == sign { print substr($0, 2) }' "$faults"
}

source=$(awk -v name="$1" '$1 == name { print $2 }' "$faults")
[ -n "$source" ] || { echo "tests/kvm_fault.sh: '$1': expected a name of tests/kvm_faults.txt" >&2; exit 2; }
"$tests/plant_fault.sh" "$tests/../$source" "$(lines "$1" -)" "$(lines "$1" +)" "$2"
