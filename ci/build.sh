#!/usr/bin/env bash
# Usage: ci/build.sh PRESET [TARGET...]
# Sets up the machine, then configures and builds a preset of CMakePresets.json in build/PRESET.
# What is up to date is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?usage: ci/build.sh PRESET [TARGET...]}
shift
folder=build/$preset
stamp=$folder/.configured

ci/setup.sh

# Ninja configures again by itself after a change to a CMakeLists.txt; the presets, and the place of
# the source tree, it does not know of.
home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$folder/CMakeCache.txt" 2> /dev/null || true)
if [ "$home" != "$PWD" ]; then
  cmake --preset "$preset" --fresh
  touch "$stamp"
elif [ ! -e "$stamp" ] || [ CMakePresets.json -nt "$stamp" ]; then
  cmake --preset "$preset"
  touch "$stamp"
fi

# What two presets compile alike, whatever the folder that they build in, is compiled once.
export CCACHE_NOHASHDIR=1
cmake --build "$folder" ${1:+--target "$@"}
