#!/usr/bin/env bash
# Installs what the build and the checks need and is not there yet, as Debian packages (Debian 12 or
# newer). Changes nothing, and takes no time, when nothing is missing.
set -euo pipefail

# None carries a version: libclang-rt-dev brings the sanitizer and libFuzzer runtimes of whatever
# clang is the release's own, llvm brings the symbolizer that names the lines in their reports.
packages=(
  ccache chromium chromium-driver clang clang-format clang-tidy cmake g++ git libbenchmark-dev
  libclang-rt-dev libcli11-dev libfmt-dev libgtest-dev llvm ninja-build nlohmann-json3-dev nodejs
)

fail() {
  echo "ci/setup.sh: $*" >&2
  exit 2
}

if ! command -v dpkg-query > /dev/null; then
  tools=(clang++ clang-format clang-tidy cmake g++ git llvm-symbolizer ninja)
  for tool in "${tools[@]}"; do
    command -v "$tool" > /dev/null ||
      fail "$tool is missing; install what Debian calls: ${packages[*]}"
  done
  exit 0
fi

format='${db:Status-Status} ${Package}\n'
installed=$(dpkg-query --show --showformat "$format" "${packages[@]}" 2> /dev/null || true)
missing=()
for package in "${packages[@]}"; do
  grep -qxF "installed $package" <<< "$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo > /dev/null ||
    fail "missing packages; as root, run: apt-get install ${missing[*]}"
  as_root=(sudo)
fi

echo "ci/setup.sh: installing ${missing[*]}"
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -y -q)
"${install[@]}" update || fail "apt-get update failed"
"${install[@]}" install --no-install-recommends "${missing[@]}" ||
  fail "apt-get could not install: ${missing[*]}"
