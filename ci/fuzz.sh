#!/usr/bin/env bash
# Fuzzes the engine against the reference; `ci/fuzz.sh --help` says how.
#
# Each target runs as plain libFuzzer processes, one per job, which share one working corpus. A
# process ends at the first input that fails; the loop below keeps the input and starts another
# process for the time that is left. In the end each input is shrunk and filed under its signature.
# libFuzzer's own -fork=N -ignore_crashes=1 would do so too, but it hides a target
# that cannot start behind the same retries, and spends much of a short run on merging corpora.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

readonly canary=canary_fuzzer
readonly failures_max=8      # Of one target; then it stops early: it finds the same thing again.
readonly input_seconds_max=30
readonly hang_seconds=2        # While a hanging input is shrunk.
readonly executions_max=5000   # While any is.
readonly input_bytes_max=2048  # About the operations that targets run of an input.
readonly grace_seconds=60    # For loading the corpus, beyond a process's time.
readonly oracle_words='^([a-z_]+ .*) at (line [0-9]+|the end):$'
readonly seeds=corpus/minimal logs=build/fuzz/logs
readonly failures=build/fuzz/failures

bin=build/fuzz/bin
seconds=60
jobs=$(nproc)
targets=()
interrupted=0
declare -a pids=()
declare -A executions=() elapsed=() coverage=() corpus=() fresh=() failed=() broken=()
declare -a inputs=()      # That failed, as "target input".
declare -a signatures=()  # Of these, each once.
declare -A seen=() operations=() replay=()

usage() {
  cat << EOF
Usage: ci/fuzz.sh [--seconds N] [--target NAME] [--jobs N] [--bin FOLDER]

Builds the fuzz targets with AddressSanitizer and UndefinedBehaviorSanitizer, then fuzzes each in
turn, beginning with corpus/minimal and with what earlier runs have found.

  --seconds N    fuzz for N seconds in all, shared equally among the targets (default: 60)
  --target NAME  fuzz this target alone, one of: $(target_names | tr '\n' ' ')
  --jobs N       run N processes at a time (default: one per core, here $(nproc))
  --bin FOLDER   build nothing, use FOLDER's flatcheck and fuzz targets

Each finding goes to findings/SIGNATURE/: the input that failed, the program that is left when it is
shrunk (bug.ops), a GoogleTest and QEMU calls that do the same, a page that explains it, and the
report. Exit status: 0 nothing found, 1 findings, 2 could not run, 130 interrupted.
EOF
}

fail() {
  echo "ci/fuzz.sh: $*" >&2
  exit 2
}

main() {
  parse_arguments "$@"
  if [ "$bin" = build/fuzz/bin ]; then
    ci/build.sh fuzz flatcheck "${targets[@]}" || fail "the build failed"
  fi
  rm -rf "$logs" "$failures"
  mkdir -p "$logs" || fail "cannot write to $logs"

  trap 'interrupted=1' INT TERM
  local i
  for i in "${!targets[@]}"; do
    [ "$interrupted" -eq 1 ] && break
    fuzz "${targets[i]}" "$(share "$i")"
  done
  print_table
  [ ${#inputs[@]} -eq 0 ] || file_findings
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
      --bin)
        [ -x "${2-}/flatcheck" ] || fail "--bin '${2-}': expected a folder that holds flatcheck"
        bin=$2
        ;;
      --target)
        [[ ${2-} == *_fuzzer && -e fuzz/targets/$2.cc ]] ||
          fail "--target '${2-}': expected one of: $(target_names | tr '\n' ' ')"
        targets=("$2")
        ;;
      *) fail "'$1': expected --seconds N, --target NAME, --jobs N, --bin FOLDER or --help" ;;
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
  mkdir -p "$folder" "$failures/$target" || fail "cannot write to $folder and $failures"
  local before
  before=$(count_files "$folder")
  executions[$target]=0 coverage[$target]=0 failed[$target]=0
  local start=$SECONDS end=$((SECONDS + limit))
  for ((i = 0; i < jobs; ++i)); do start_process "$i" "$limit"; done
  watch_processes
  elapsed[$target]=$((SECONDS > start ? SECONDS - start : 1))
  # Of one process: what the others say of KVM is the same.
  grep -h '^KVM: ' "$logs/$target-0.log"
  corpus[$target]=$(count_files "$folder")
  fresh[$target]=$((corpus[$target] > before ? corpus[$target] - before : 0))
  [ "${executions[$target]}" -gt 0 ] || [ "$interrupted" -eq 1 ] ||
    : "${broken[$target]:=it executed nothing}"
}

count_files() {
  find "$1" -type f | wc -l
}

# Slot $1 of the target at hand, for $2 seconds. The entropic schedule's bookkeeping takes longer than
# most inputs do.
start_process() {
  "$bin/$target" -max_total_time="$2" -timeout=$input_seconds_max -max_len=$input_bytes_max \
    -entropic=0 -print_final_stats=1 -artifact_prefix="$failures/$target/" "$folder" "$seeds" \
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

# Slot $1's process has ended with status $2: keep what it counted and the input that failed, and
# start another if it ended early.
end_process() {
  local log=$logs/$target-$1.log input
  unset "pids[$1]"
  executions[$target]=$((executions[$target] + $(executed "$log")))
  raise_coverage "$log"
  [ "$2" -ne 0 ] && [ "$interrupted" -eq 0 ] || return 0

  input=$(sed -n 's/^.*Test unit written to //p' "$log" | grep -v '/slow-unit-' | tail -n 1)
  if [ -z "$input" ]; then
    broken[$target]="exit status $2 without an input: $(tail -n 1 "$log")"
    return
  fi
  failed[$target]=$((failed[$target] + 1))
  inputs+=("$target $input")
  report_of "$log" > "$input.report"
  headline "$log" > "$input.headline"
  show_line "$target: an input fails: $(cat "$input.headline")"
  [ $((end - SECONDS)) -lt 1 ] || [ "${failed[$target]}" -ge $failures_max ] ||
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

# What failed, in one line: an oracle and what it saw differ, wherever in the program; or an
# assertion's words; or the sanitizer's.
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
  line+=", corpus $(count_files "$folder"), failed inputs ${failed[$target]}"
  if [ -t 1 ]; then printf '\r\033[K%s' "$line"; else echo "$line"; fi
}

print_table() {
  local target
  printf '\n%-18s %12s %8s %8s %8s %10s %8s\n' \
    target executions exec/s coverage corpus 'new inputs' failed
  for target in "${!targets[@]}"; do
    target=${targets[target]}
    [ -n "${elapsed[$target]-}" ] || continue
    printf '%-18s %12d %8d %8d %8d %10d %8d\n' "$target" "${executions[$target]}" \
      $((executions[$target] / elapsed[$target])) "${coverage[$target]}" "${corpus[$target]}" \
      "${fresh[$target]}" "${failed[$target]}"
  done
}

# Inputs that fail with one signature show one bug: the first is written down, the others are
# counted.
file_findings() {
  local entry target input signature
  for entry in "${inputs[@]}"; do
    target=${entry%% *} input=${entry#* }
    signature=$(signature_of "$target" "$input")
    seen[$signature]=$((${seen[$signature]-0} + 1))
    [ "${seen[$signature]}" -eq 1 ] || continue
    signatures+=("$signature")
    show_line "writing findings/$signature"
    write_finding "$target" "$input" "$signature" > "$logs/finding.log" 2>&1 && continue
    broken[$target]="findings/$signature could not be written: $(tail -n 1 "$logs/finding.log")"
  done
  for signature in "${signatures[@]}"; do
    [ -s "findings/$signature/report.txt" ] || continue
    printf '\n%s\n' "$signature"
    sed 's/^/    /' "findings/$signature/report.txt" | head -n 60
  done
  print_findings
}

# How the input fails as a program. What does not is about its bytes: it is named by what was
# printed.
signature_of() {
  local signature
  if signature=$("$bin/flatcheck" check --timeout $hang_seconds "$2" 2> /dev/null); then
    echo "$signature"
    return
  fi
  printf '%s-%s\n' "$1" \
    "$(tr -cs 'a-zA-Z0-9_.\n' '-' < "$2.headline" | cut -c1-60 | sed 's/-*$//')"
}

# An older finding of that name stays until the new one is complete.
write_finding() {
  local target=$1 input=$2 signature=$3 folder=findings/.new
  rm -rf "$folder" && mkdir -p "$folder" && cp "$input" "$folder/input" || return
  case $signature in
    "$target"-*) write_bytes_finding || return ;;
    *) write_program_finding || return ;;
  esac
  rm -rf "findings/$signature" && mv "$folder" "findings/$signature"
}

write_program_finding() {
  local flatcheck=$bin/flatcheck
  "$flatcheck" shrink --timeout $hang_seconds --executions $executions_max "$input" \
    -o "$folder/bug.ops" || return
  operations[$signature]=$(grep -cvE '^(#|$)' "$folder/bug.ops")
  replay[$signature]="$flatcheck replay findings/$signature/bug.ops"
  # A report by flatcheck compares; one by the target names the lines of a crash.
  case $signature in
    crash-* | hang-* | leak-*) cp "$input.report" "$folder/report.txt" ;;
  esac
  "$flatcheck" replay --timeout $hang_seconds "$folder/bug.ops" |
    sed "s|$folder|findings/$signature|" >> "$folder/report.txt"
  "$flatcheck" repro --timeout $hang_seconds "$folder/bug.ops" &&
    mv "$folder/bug_repro.ops" "$folder/bug.ops" &&
    "$flatcheck" explain --timeout $hang_seconds "$folder/bug.ops" -o "$folder/bug.html"
}

write_bytes_finding() {
  cp "$input.report" "$folder/report.txt" || return
  "$bin/$target" -minimize_crash=1 -runs=10000 -max_total_time=20 -timeout=$input_seconds_max \
    -exact_artifact_path="$folder/bug" "$folder/input" || true
  [ -s "$folder/bug" ] || cp "$folder/input" "$folder/bug" || return
  operations[$signature]=-
  replay[$signature]="$bin/$target findings/$signature/bug"
}

print_findings() {
  local signature
  printf '\n%8s %10s  %s\n' inputs operations 'signature and the command that replays it'
  for signature in "${signatures[@]}"; do
    printf '%8d %10s  %s\n%21s%s\n' "${seen[$signature]}" "${operations[$signature]-?}" \
      "$signature" '' "${replay[$signature]-}"
  done
}

exit_status() {
  local target
  for target in "${!broken[@]}"; do
    echo "ci/fuzz.sh: $target could not run: ${broken[$target]}; see $logs" >&2
  done
  [ ${#inputs[@]} -eq 0 ] || exit 1
  [ ${#broken[@]} -eq 0 ] || exit 2
  [ "$interrupted" -eq 0 ] || exit 130
  echo "no findings"
  exit 0
}

main "$@"
