#!/usr/bin/env bash
# Usage: ci/seeds.sh PRESET
# Turns the committed programs that are text into the bytes that fuzz targets read, in
# build/PRESET/seeds. What is up to date is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?usage: ci/seeds.sh PRESET}
seeds=build/$preset/seeds
flatcheck=build/$preset/bin/flatcheck
mkdir -p "$seeds"

mapfile -t programs < <(find corpus -name '*.ops' | sort)
[ ${#programs[@]} -gt 0 ] || { echo "ci/seeds.sh: corpus/ holds no .ops file" >&2; exit 1; }

declare -A kept=()
stale=()
for program in "${programs[@]}"; do
  name=${program#corpus/}
  name=${name%.ops}
  seed=$seeds/${name//\//-}
  kept[$seed]=1
  [ "$seed" -nt "$program" ] && [ "$seed" -nt "$flatcheck" ] || stale+=("$program" "$seed")
done
for seed in "$seeds"/*; do
  [ -n "${kept[$seed]-}" ] || rm -f "$seed"
done
[ ${#stale[@]} -gt 0 ] || exit 0
printf '%s\0' "${stale[@]}" | xargs -0 -n 2 -P "$(nproc)" "$flatcheck" convert
