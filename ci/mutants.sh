#!/usr/bin/env bash
# Usage: ci/mutants.sh [--sample] [OPTION...]
# Builds fuzz targets with faults to choose at run time, then measures how soon fuzzing from nothing
# finds each: five seeds, 60 seconds of CPU each. The table goes to standard output. Results are
# kept in build/mutants/results.json: a run that was interrupted goes on, until the build is another
# one. --sample looks for a few of each kind once, within 20 seconds, and keeps nothing. Options are
# those of `flatcheck mutants run`; what they say comes before what is said here. Paths start at the
# project's root. Exit status: 0 all found, 1 some were not, 2 it could not run.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

readonly folder=build/mutants
readonly bin=$folder/bin
readonly sample=(
  alias-offset-added readonly-not-inherited ties-oldest-wins root-child-anywhere
  merge-without-offset same-range-without-romd-mode listener-ties-reversed late-listener-gets-eventfds
  eventfd-equal-exactly window-not-clipped log-users-boolean children-keep-dead-container
  access-size-rounds-up big-endian-pieces-as-little direct-across-ranges iommu-mask-not-applied
  notify-mask-of-entry block-list-ascending test-clear-last-page unmap-marks-from-0
  ref-ties-oldest-wins canonical-despite-unmergeable both-never-merge kvm-host-not-moved
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

main() {
  local word is_sample=
  for word in "$@"; do
    case $word in
      --help | -h) sed -n '2,8s/^# //p' "$0"; exit 0 ;;
      --sample) is_sample=yes ;;
      *) options+=("$word") ;;
    esac
  done
  if [ "$is_sample" ]; then
    default --seeds 1
    default --seconds 20
    options=("${sample[@]}" "${options[@]}")
  elif ! has --without; then
    default --json $folder/results.json
  fi
  build
  exec "$bin/flatcheck" mutants run ${options[@]+"${options[@]}"}
}

main "$@"
