#!/usr/bin/env bash
# Usage: ci/mutants.sh [--sample | --oracles] [OPTION...]
# Builds fuzz targets with faults to choose at run time, then measures how soon fuzzing from nothing
# finds each: five seeds, 60 seconds of CPU each. The table goes to standard output. Results are
# kept in build/mutants/results.json: a run that was interrupted goes on, and begins anew where the
# build is another one. --sample looks for a few of each kind once, within 20 seconds, and keeps
# nothing. --oracles shows what each oracle is for: a mutant that is found, and that survives 20
# seconds when the oracle is left out. Options, which --oracles has none of, are those of `flatcheck
# mutants run`; what they say comes before what is said here. Paths start at the project's root. Exit
# status: 0 all found, 1 some were not, or an oracle is not alone, 2 it could not run.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

readonly folder=build/mutants
readonly bin=$folder/bin log=$folder/oracles.log results=$folder/results.json
readonly sample=(
  alias-offset-added readonly-not-inherited ties-oldest-wins root-child-anywhere
  merge-without-offset same-range-without-romd-mode printed-alias-to-the-end-of-target listener-ties-reversed late-listener-gets-eventfds
  eventfd-equal-exactly window-not-clipped log-users-boolean children-keep-dead-container
  access-size-rounds-up big-endian-pieces-as-little direct-across-ranges iommu-mask-not-applied
  notify-mask-of-entry block-list-ascending test-clear-last-page unmap-marks-from-0
  ref-ties-oldest-wins canonical-despite-unmergeable both-never-merge kvm-host-not-moved
)

# Each oracle, and a fault that it alone finds.
readonly alone=(
  hidden_region=both-priority-unsigned
  disable_and_enable=both-enabling-adds-again
  one_transaction_or_many=both-moves-in-transactions-keep-order
  view_is_canonical=both-never-merge
  events_rebuild_view=both-tell-no-readonly
  events_agree=global-start-after-commit
  views_agree=empty-view-made-anew
  refusals_agree=refused-for-another-reason
  answers_agree=iotlb-page-mask
  lookups_agree=both-host-of-region-start
  listings_agree=printed-children-by-rank
  memory_agrees=write-goes-on-behind-used-length
  slots_agree=kvm-readonly-toggled-in-place
  guest_agrees=fake-wildcard-of-size-0
)

options=()

# Whether the options have that one.
has() {
  local word
  for word in ${options[@]+"${options[@]}"}; do
    [[ $word == "$1" || $word == "$1"=* ]] && return 0
  done
  return 1
}

# Adds an option with its value, unless it is there.
default() { has "$1" || options+=("$@"); }

build() {
  local targets=(flatcheck) file
  for file in fuzz/targets/*_fuzzer.cc; do
    file=${file##*/}
    case ${file%.cc} in
      canary_fuzzer | codec_fuzzer | kvm_ioctl_fuzzer) ;;  # Mutants are not for them.
      *) targets+=("${file%.cc}") ;;
    esac
  done
  ci/build.sh mutants "${targets[@]}" >&2 || { echo "ci/mutants.sh: the build failed" >&2; exit 2; }
}

# Prints whether the mutant needs the oracle.
show_oracle() {
  local oracle=$1 mutant=$2 verdict='alone'
  "$3" "$mutant" '' || verdict='NOT FOUND'
  ! "$3" "$mutant" "$oracle" || verdict='OTHERS FIND IT, TOO'
  printf '%-24s %-38s %s\n' "$oracle" "$mutant" "$verdict"
  [ "$verdict" = alone ]
}

# Whether mutant $1 is found without oracle $2.
finds() {
  local without=()
  [ -z "$2" ] || without=(--without "$2")
  "$bin/flatcheck" mutants run "$1" --seeds 1 --seconds 20 ${without[@]+"${without[@]}"} \
    > "$log" 2>&1 && return
  [ $? -eq 1 ] || { cat "$log" >&2; exit 2; }
  return 1
}

# The same on the host's kernel, which trials do without.
finds_on_host() {
  FLATCHECK_MUTANT=$1 FLATCHECK_WITHOUT=${2:+without-$2} "$bin/kvm_fuzzer" --kvm=real -seed=1 \
    -max_total_time=20 -max_len=2048 -exact_artifact_path=$folder/oracles.input > "$log" 2>&1 &&
    return 1
  grep -Eq '^[a-z_]+ \(.*\) at (line [0-9]+|the end):$' "$log" || { cat "$log" >&2; exit 2; }
}

show_oracles() {
  local pair status=0
  for pair in "${alone[@]}"; do
    show_oracle "${pair%%=*}" "${pair#*=}" finds || status=1
  done
  if "$bin/flatcheck" kvm > "$log" 2>&1; then
    show_oracle kernels_agree fake-collision-is-invalid finds_on_host || status=1
  else
    echo "KVM: SKIP (kernels_agree: $(head -n 1 "$log"))"
  fi
  return $status
}

main() {
  local word is_sample='' is_oracles=''
  for word in "$@"; do
    case $word in
      --help | -h) sed -n '2,11s/^# //p' "$0"; exit 0 ;;
      --sample) is_sample=yes ;;
      --oracles) is_oracles=yes ;;
      *) options+=("$word") ;;
    esac
  done
  if [ "$is_oracles" ]; then
    [ -z "$is_sample" ] && [ ${#options[@]} -eq 0 ] ||
      { echo "ci/mutants.sh: '$*': expected --oracles alone" >&2; exit 2; }
    build
    show_oracles
    exit
  elif [ "$is_sample" ]; then
    default --seeds 1
    default --seconds 20
    options=("${sample[@]}" "${options[@]}")
  fi
  build
  if ! [ "$is_sample" ] && ! has --without && ! has --json; then
    [ -z "$(find "$bin" -type f -newer "$results" 2> /dev/null)" ] ||
      { mv "$results" "$results.old"
        echo "ci/mutants.sh: results of another build moved to $results.old" >&2; }
    options+=(--json "$results")
  fi
  exec "$bin/flatcheck" mutants run ${options[@]+"${options[@]}"}
}

main "$@"
