#!/usr/bin/env bash
# Fuzzes the engine against the reference; `ci/fuzz.sh --help` says how.
#
# Each target runs as plain libFuzzer processes, one per job, which share one working corpus. A
# process ends at its first finding; the loop below keeps the finding and starts another for the
# time that is left. libFuzzer's own -fork=N -ignore_crashes=1 would do so too, but it hides a target
# that cannot start behind the same retries, and spends much of a short run on merging corpora.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

readonly canary=canary_fuzzer
readonly findings_max=8      # Of one target; then it stops early: it finds the same thing again.
readonly input_seconds_max=30
readonly input_bytes_max=2048  # About the 256 operations that targets run of an input.
readonly grace_seconds=60    # For loading the corpus, beyond a process's time.
readonly oracle_words='^([a-z_]+ .*) at (line [0-9]+|the end):$'
readonly bin=build/fuzz/bin seeds=build/fuzz/seeds logs=build/fuzz/logs

seconds=60
jobs=$(nproc)
targets=()
interrupted=0
declare -a pids=()
declare -A executions=() elapsed=() coverage=() corpus=() fresh=() found=() broken=()
# Findings by "target headline": how often, the smallest reproducer, and what was printed with it.
declare -a headlines=()
declare -A seen=() reproducer=() report=()

usage() {
  cat << EOF
Usage: ci/fuzz.sh [--seconds N] [--target NAME] [--jobs N]

Builds the fuzz targets with AddressSanitizer and UndefinedBehaviorSanitizer, then fuzzes each in
turn, beginning with the committed corpus and with what earlier runs have found.

  --seconds N    fuzz for N seconds in all, shared equally among the targets (default: 60)
  --target NAME  fuzz this target alone, one of: $(target_names | tr '\n' ' ')
  --jobs N       run N processes at a time (default: one per core, here $(nproc))

Reproducers go to findings/. Exit status: 0 nothing found, 1 findings, 2 could not run,
130 interrupted.
EOF
}

fail() {
  echo "ci/fuzz.sh: $*" >&2
  exit 2
}

main() {
  parse_arguments "$@"
  ci/build.sh fuzz flatcheck "${targets[@]}" || fail "the build failed"
  ci/seeds.sh fuzz || fail "the corpus could not be turned into seeds"
  rm -rf "$logs"
  mkdir -p "$logs" || fail "cannot write to $logs"

  trap 'interrupted=1' INT TERM
  local i
  for i in "${!targets[@]}"; do
    [ "$interrupted" -eq 1 ] && break
    fuzz "${targets[i]}" "$(share "$i")"
  done
  print_table
  print_findings
  exit_status
}

# The canary's property is false: it shows that findings are found, and is fuzzed on request alone.
target_names() {
  local file
  for file in fuzz/targets/*_fuzzer.cc; do
    file=${file##*/}
    [ "$file" = $canary.cc ] || echo "${file%.cc}"
  done
}

parse_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage && exit 0 ;;
      --seconds) seconds=$(number "$@") || exit 2 ;;
      --jobs) jobs=$(number "$@") || exit 2 ;;
      --target)
        [[ ${2-} == *_fuzzer && -e fuzz/targets/$2.cc ]] ||
          fail "--target '${2-}': expected one of: $(target_names | tr '\n' ' ')"
        targets=("$2")
        ;;
      *) fail "'$1': expected --seconds N, --target NAME, --jobs N or --help" ;;
    esac
    shift 2
  done
  [ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(target_names)
  [ ${#targets[@]} -gt 0 ] || fail "fuzz/targets holds no target"
}

number() {
  [[ ${2-} =~ ^[1-9][0-9]{0,6}$ ]] || fail "$1 '${2-}': expected a whole number from 1 to 9999999"
  echo "$2"
}

# The seconds of target number $1; the first ones take what division leaves over.
share() {
  local count=${#targets[@]}
  local part=$((seconds / count + ($1 < seconds % count)))
  echo $((part > 0 ? part : 1))
}

fuzz() {
  local target=$1 limit=$2 folder=build/fuzz/corpus/$1 i
  mkdir -p "$folder" "findings/$target" || fail "cannot write to $folder and findings/$target"
  local before
  before=$(count_files "$folder")
  executions[$target]=0 coverage[$target]=0 found[$target]=0
  local start=$SECONDS end=$((SECONDS + limit))
  for ((i = 0; i < jobs; ++i)); do start_process "$i" "$limit"; done
  watch_processes
  elapsed[$target]=$((SECONDS > start ? SECONDS - start : 1))
  corpus[$target]=$(count_files "$folder")
  fresh[$target]=$((corpus[$target] > before ? corpus[$target] - before : 0))
  rmdir "findings/$target" 2> /dev/null
  [ "${executions[$target]}" -gt 0 ] || [ "$interrupted" -eq 1 ] ||
    : "${broken[$target]:=it executed nothing}"
}

count_files() {
  find "$1" -type f | wc -l
}

# Slot $1 of the target at hand, for $2 seconds. The entropic schedule is off: its bookkeeping takes
# longer than a program does.
start_process() {
  "$bin/$target" -max_total_time="$2" -timeout=$input_seconds_max -max_len=$input_bytes_max \
    -entropic=0 -print_final_stats=1 -artifact_prefix="findings/$target/" "$folder" "$seeds" \
    > "$logs/$target-$1.log" 2>&1 < /dev/null &
  pids[$1]=$!
}

# Until every process of the target at hand has ended.
watch_processes() {
  local tick=0 i
  while [ ${#pids[@]} -gt 0 ]; do
    sleep 0.5
    [ "$interrupted" -eq 0 ] || stop_processes
    for i in "${!pids[@]}"; do
      if kill -0 "${pids[i]}" 2> /dev/null; then
        [ "$SECONDS" -le $((end + grace_seconds)) ] || end_stuck_process "$i"
      else
        wait "${pids[i]}"
        end_process "$i" $?
      fi
    done
    show_progress $((tick++))
  done
  [ ! -t 1 ] || printf '\r\033[K'
}

stop_processes() {
  [ ${#pids[@]} -eq 0 ] || kill -TERM "${pids[@]}" 2> /dev/null
}

end_stuck_process() {
  broken[$target]="a process did not end in time"
  kill -KILL "${pids[$1]}" 2> /dev/null
}

# Slot $1's process has ended with status $2: keep what it counted and found, and start another if
# it ended early.
end_process() {
  local log=$logs/$target-$1.log artifact
  unset "pids[$1]"
  executions[$target]=$((executions[$target] + $(executed "$log")))
  raise_coverage "$log"
  [ "$2" -ne 0 ] && [ "$interrupted" -eq 0 ] || return 0

  artifact=$(sed -n 's/^.*Test unit written to //p' "$log" | grep -v '/slow-unit-' | tail -n 1)
  if [ -z "$artifact" ]; then
    broken[$target]="exit status $2 without a reproducer: $(tail -n 1 "$log")"
    return
  fi
  keep_finding "$log" "$artifact"
  [ $((end - SECONDS)) -lt 1 ] || [ "${found[$target]}" -ge $findings_max ] ||
    start_process "$1" $((end - SECONDS))
}

# libFuzzer's own total where it lived to print one, otherwise the number of its last status line.
executed() {
  awk '/^#[0-9]+/ { last = substr($1, 2) + 0 }
       /^stat::number_of_executed_units:/ { total = $2 }
       END { printf "%d\n", (total > 0 ? total : last) }' "$1"
}

raise_coverage() {
  local edges
  edges=$(status_field cov: "$1")
  [ "$edges" -le "${coverage[$target]}" ] || coverage[$target]=$edges
}

# The number behind a label in a log's last status line, such as `#512 NEW cov: 93 exec/s: 256`.
status_field() {
  tail -c 4000 "$2" | awk -v label="$1" '/^#[0-9]+/ {
      for (i = 2; i < NF; ++i) if ($i == label) value = $(i + 1)
    }
    END { printf "%d\n", value }'
}

keep_finding() {
  local log=$1 artifact=$2 key
  found[$target]=$((found[$target] + 1))
  key="$target: $(headline "$log")"
  seen[$key]=$((${seen[$key]-0} + 1))
  if [ "${seen[$key]}" -eq 1 ]; then
    headlines+=("$key")
  elif [ "$(wc -c < "$artifact")" -ge "$(wc -c < "${reproducer[$key]}")" ]; then
    return
  fi
  reproducer[$key]=$artifact
  report[$key]=$(report_of "$log")
  show_line "$target: finding: $artifact"
}

# What tells one finding from another: an oracle and what it saw differ, wherever in the program; or
# an assertion's words; or the sanitizer's.
headline() {
  grep -m 1 -E "$oracle_words|Assertion .* failed|^SUMMARY: " "$1" |
    sed -E "s/$oracle_words/\1/" | grep . || echo "no report"
}

# What was printed with a finding, less libFuzzer's own lines and stack frames.
report_of() {
  sed -nE '/^(#[0-9]|\s*NEW_FUNC|INFO: |WARNING: )/d
           /^\s*#[0-9]+ .*( in fuzzer::|__libc_start| in _start | in main )/d
           p; /^SUMMARY: /q' "$1" | head -n 60
}

show_line() {
  [ ! -t 1 ] || printf '\r\033[K'
  printf '%s\n' "$1"
}

# One line that rewrites itself on a terminal, a line every 5 seconds elsewhere.
show_progress() {
  local log rate=0 left=$((end > SECONDS ? end - SECONDS : 0))
  [ -t 1 ] || [ $(($1 % 10)) -eq 9 ] || return 0
  for log in "$logs/$target"-*.log; do
    rate=$((rate + $(status_field exec/s: "$log")))
    raise_coverage "$log"
  done
  local line="fuzzing $target: $left s left, $rate exec/s, coverage ${coverage[$target]}"
  line+=", corpus $(count_files "$folder"), findings ${found[$target]}"
  if [ -t 1 ]; then printf '\r\033[K%s' "$line"; else echo "$line"; fi
}

print_table() {
  local target
  printf '\n%-18s %12s %8s %8s %8s %10s %8s\n' \
    target executions exec/s coverage corpus 'new inputs' findings
  for target in "${!targets[@]}"; do
    target=${targets[target]}
    [ -n "${elapsed[$target]-}" ] || continue
    printf '%-18s %12d %8d %8d %8d %10d %8d\n' "$target" "${executions[$target]}" \
      $((executions[$target] / elapsed[$target])) "${coverage[$target]}" "${corpus[$target]}" \
      "${fresh[$target]}" "${found[$target]}"
  done
}

print_findings() {
  local key target
  for key in "${headlines[@]}"; do
    target=${key%%: *}
    printf '\n%s (seen %d times)\n' "$key" "${seen[$key]}"
    printf '%s\n' "${report[$key]}" | sed 's/^/    /'
    echo "  reproducer: ${reproducer[$key]}"
    echo "  replay:     $bin/$target ${reproducer[$key]}"
  done
}

exit_status() {
  local target
  for target in "${!broken[@]}"; do
    echo "ci/fuzz.sh: $target could not run: ${broken[$target]}; see $logs" >&2
  done
  [ ${#headlines[@]} -eq 0 ] || exit 1
  [ ${#broken[@]} -eq 0 ] || exit 2
  [ "$interrupted" -eq 0 ] || exit 130
  echo "no findings"
  exit 0
}

main "$@"
