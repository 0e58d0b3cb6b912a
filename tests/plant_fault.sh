#!/usr/bin/env bash
# Usage: tests/plant_fault.sh SOURCE SOUND FAULTY OUT
# Copies a source file, one text replaced by another. The text must be there once.
set -euo pipefail

source=$(cat "$1") sound=$2 faulty=$3 out=$4
rest=${source#*"$sound"}
if [ "$rest" = "$source" ] || [ "${rest#*"$sound"}" != "$rest" ]; then
  echo "$1: expected '$sound' once" >&2
  exit 1
fi
mkdir -p "$(dirname "$out")"
printf '%s\n' "${source%%"$sound"*}$faulty$rest" > "$out"
