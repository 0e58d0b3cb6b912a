#!/usr/bin/env bash
# Usage: ci/mutants.sh [--sample] [OPTION...]
# Builds fuzz targets with faults to choose at run time, then measures how soon fuzzing from nothing
# finds each: five seeds, 60 seconds of CPU each. Results are kept in build/mutants/results.json: a
# run that was interrupted goes on. --sample looks for a few of each kind once, within 20 seconds.
# Options are those of `flatcheck mutants run`. Exit status: 0 all found, 1 some were not, 2 it could
# not run.
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
  ref-ties-oldest-wins canonical-despite-unmergeable
)

main() {
  case ${1-} in
    --help | -h) sed -n '2,8s/^# //p' "$0"; exit 0 ;;
  esac
  local targets=(flatcheck) file
  for file in fuzz/targets/*_fuzzer.cc; do
    file=${file##*/}
    case ${file%.cc} in
      canary_fuzzer | codec_fuzzer | kvm_ioctl_fuzzer) ;;  # Mutants are not for them.
      *) targets+=("${file%.cc}") ;;
    esac
  done
  ci/build.sh mutants "${targets[@]}" || { echo "ci/mutants.sh: the build failed" >&2; exit 2; }
  if [ "${1-}" = --sample ]; then
    shift
    exec "$bin/flatcheck" mutants run "${sample[@]}" --seeds 1 --seconds 20 "$@"
  fi
  exec "$bin/flatcheck" mutants run --json $folder/results.json --svg $folder/survival.svg "$@"
}

main "$@"
