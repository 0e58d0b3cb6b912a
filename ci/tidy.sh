#!/usr/bin/env bash
# Checks what the compiler does not: who includes whom, names, format, clang-tidy. Prints each
# offence and exits 1, or 2 when it could not run.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

readonly cache=build/tidy  # One empty file per source that clang-tidy passed, named by what it read.
failed=0

main() {
  case ${1-} in
    '') ;;
    --help | -h) sed -n '2,3s/^# //p' "$0"; exit 0 ;;
    *) echo "ci/tidy.sh: '$1': expected --help or nothing" >&2; exit 2 ;;
  esac
  ci/setup.sh || exit 2
  mapfile -t sources < <(find engine reference fuzz tests -name '*.cc' -o -name '*.h' | sort)
  [ ${#sources[@]} -gt 0 ] || { echo "ci/tidy.sh: no sources" >&2; exit 2; }

  check "includes against the direction of dependencies" offending_includes
  check "file or type names that name no noun" offending_names
  check "paths of somebody's machine" machine_paths
  check "format" clang-format --dry-run -Werror "${sources[@]}"
  check "clang-tidy" clang_tidy
  exit "$failed"
}

# Runs a check that prints offences; it passes when it exits 0 and prints nothing.
check() {
  local title=$1 output
  shift
  if output=$("$@" 2>&1) && [ -z "$output" ]; then
    echo "ok      $title"
  else
    printf 'FAILED  %s\n%s\n' "$title" "$output"
    failed=1
  fi
}

# The rules, first match decides: which files may include what.
offending_includes() {
  awk '
    function allowed(file, header) {
      if (file ~ /^tests\//) return header ~ /^(<|"(engine|reference|fuzz|tests)\/)/
      if (header ~ /^<fmt\//) return file ~ /^fuzz\//
      if (header ~ /^<CLI\//) return file ~ /^fuzz\/cli\//
      if (header ~ /^<nlohmann\//) return file ~ /^fuzz\/mutants\//
      if (header ~ /^<[a-z_0-9]+>$/) return 1
      if (file ~ /^engine\//) return header ~ /^(<(linux|sys)\/|<[a-z_0-9]+\.h>$|"engine\/)/
      if (file ~ /^reference\//) return header ~ /^"reference\//
      if (header ~ /^<(sys\/)?[a-z_]+\.h>$/) return file ~ /^fuzz\/(child_process|engine_backings|mutants\/fuzz_process|cli\/)/
      if (file ~ /^fuzz\/(engine_[a-z]+|hypervisor|virtual_machines|kvm_|cli\/(map|kvm))/ && header ~ /^"engine\//) return 1
      if (file ~ /^fuzz\/reference_(machine|hypervisor)/ && header ~ /^"reference\//) return 1
      return header ~ /^"fuzz\//
    }
    /^[ \t]*#[ \t]*include/ {
      header = $0
      sub(/^[ \t]*#[ \t]*include[ \t]*/, "", header)
      sub(/[ \t]*(\/\/.*)?$/, "", header)
      if (!allowed(FILENAME, header)) print FILENAME ":" FNR ": " header
    }' "${sources[@]}"
}

offending_names() {
  printf '%s\n' "${sources[@]}" |
    grep -E '(^|[/_])(manager|helper|utils?|common|misc|base|impl|data|info|context|wrapper)s?([/_.]|$)'
  grep -nE '\b(class|struct|enum|using)\b[^;({=]*[ A-Za-z](Manager|Helper|Utils?|Common|Misc|Base|Impl|Data|Info|Context|Wrapper)s?\b' \
    "${sources[@]}" | grep -v '^tests/qemu_memory_stub\.h:'  # Its names are QEMU's.
  return 0
}

machine_paths() {
  find . \( -path ./.git -o -path ./build -o -path ./findings -o -path ./corpus \) -prune -o -type f \
    -exec grep -nIE '(^|[^A-Za-z0-9_.])/(home|root|work|Users|mnt)/' {} +
  return 0
}

# Each source that changed, or includes a header that did, since clang-tidy last passed it.
clang_tidy() {
  mkdir -p "$cache" || return
  local config source files key
  config=$(clang-tidy --version; cat .clang-tidy "$0")
  while read -r source files; do
    # shellcheck disable=SC2086  # A list of names without blanks.
    key=$(cat <(echo "$config") "$source" $files 2> /dev/null | sha256sum | cut -c1-64)
    [ -e "$cache/$key" ] || printf '%s\0%s\0' "$source" "$cache/$key"
  done < <(own_headers) |
    xargs -0 -r -n 2 -P "$(nproc)" bash -c '
      output=$(clang-tidy --quiet "$0" -- -std=c++20 -I. 2> /dev/null) && touch "$1" ||
        { printf "%s\n" "${output:-$0: clang-tidy failed}"; exit 1; }'
}

# Lines `SOURCE HEADER...`: each .cc file with the project headers that it reads, directly or not.
own_headers() {
  awk '
    FNR == 1 { files[++count] = FILENAME }
    /^#include "/ { split($0, part, "\""); included[FILENAME] = included[FILENAME] " " part[2] }
    function visit(file,   names, n, i) {
      if (file in reached) return
      reached[file] = 1
      list = list " " file
      n = split(included[file], names, " ")
      for (i = 1; i <= n; ++i) visit(names[i])
    }
    END {
      for (f = 1; f <= count; ++f) if (files[f] ~ /\.cc$/) {
        split("", reached); list = ""
        visit(files[f])
        print substr(list, 2)
      }
    }' "${sources[@]}"
}

main "$@"
