#!/usr/bin/env bash
# Usage: ci/minimise.sh [FOLDER...]
# Makes corpus/minimal anew, what fuzzing starts from: the fewest inputs, of the committed programs
# and of those in the folders, that reach each edge of the code that any of them reaches, under one
# fuzz target or another. How often an edge is taken does not count. Long inputs are cut. Takes
# minutes for thousands of inputs. Without a folder: of what ci/fuzz.sh has found on this machine.
# Paths start at the project's root.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly targets=(map_fuzzer listener_fuzzer memory_fuzzer kvm_fuzzer)
readonly bin=build/fuzz/bin minimal=corpus/minimal log=build/fuzz/minimise.log
readonly input_bytes_max=2048  # As ci/fuzz.sh has it.

for word in "$@"; do
  case $word in
    --help | -h) sed -n '2,7s/^# //p' "$0"; exit 0 ;;
  esac
  [ -d "$word" ] || { echo "ci/minimise.sh: '$word': expected --help or folders" >&2; exit 2; }
done
ci/build.sh fuzz flatcheck "${targets[@]}"
ci/seeds.sh fuzz
candidates=("$@")
[ $# -gt 0 ] || mapfile -t candidates < <(find "${targets[@]/#/build/fuzz/corpus/}" -maxdepth 0 2> /dev/null)

mkdir -p "$minimal"
# A later target adds only what reaches edges that none of the inputs reached under it.
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
for target in "${targets[@]}"; do
  "$bin/$target" --kvm=fake -set_cover_merge=1 -use_counters=0 -max_len=$input_bytes_max "$new" \
    "$minimal" build/fuzz/seeds ${candidates[@]+"${candidates[@]}"} > "$log" 2>&1 ||
    { tail -n 20 "$log" >&2; exit 1; }
  echo "$target: $(find "$new" -type f | wc -l) inputs"
done

rm -rf "$minimal.new"
mkdir "$minimal.new"
for input in "$new"/*; do
  name=${input##*/}
  cp "$input" "$minimal.new/${name:0:12}"
done
rm -rf "$minimal"
mv "$minimal.new" "$minimal"
