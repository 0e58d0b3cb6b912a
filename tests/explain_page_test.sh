#!/usr/bin/env bash
# Usage: tests/explain_page_test.sh FLATCHECK EXPLAIN_PAGES
# Makes pages, of programs that fail and of programs that do not, and opens them in headless
# Chromium. Exit status 77 where node, chromium or chromedriver is missing.
set -euo pipefail

flatcheck=$(realpath -e "${1:?usage: explain_page_test.sh FLATCHECK EXPLAIN_PAGES}")
explain_pages=$(realpath -e "${2:?usage: explain_page_test.sh FLATCHECK EXPLAIN_PAGES}")
tests=$(dirname "$(realpath "$0")")

for tool in node chromium chromedriver; do
  command -v "$tool" > /dev/null || { echo "SKIP: no $tool"; exit 77; }
done
node -e 'process.exit(typeof fetch === "function" ? 0 : 1)' ||
  { echo "SKIP: no node that knows fetch (18 or newer)"; exit 77; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$explain_pages" "$folder"
for vector in vectors/{dir_alias_chain,x_full_behind,x_numbers} \
  memory-vectors/{iommu_dir_basic,blocks_dir_resize,map_dir_bounce}; do
  "$flatcheck" explain "$tests/../corpus/$vector.ops" -o "$folder/${vector#*/}.html"
done
node "$tests/explain_page_test.js" "$folder" "$(command -v chromedriver)" "$(command -v chromium)"
