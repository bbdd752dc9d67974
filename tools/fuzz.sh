#!/usr/bin/env bash
# tools/fuzz.sh BUILD SECONDS: runs every fuzz target of BUILD for so long. What it finds interesting is kept in build/corpus and
# built upon by the next run, as are the events that the tests read; an input that fails is left beside it as crash-*, and
# `TARGET FILE` replays it.
set -euo pipefail
build=$1
seconds=$2
found=0
for target in "$build"/*_fuzz; do
  [[ -x $target ]] || continue
  found=1
  name=$(basename "$target")
  corpus=build/corpus/$name
  mkdir -p "$corpus"
  seeds=(tests/data/events)
  if [[ -d fuzz/$name ]]; then seeds+=("fuzz/$name"); fi
  printf '== %s for %d s\n' "$name" "$seconds"
  "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -dict=fuzz/keys.dict -artifact_prefix="$corpus/" "$corpus" "${seeds[@]}" 2>&1 | tail -n 20
done
if [[ $found == 0 ]]; then
  printf 'no fuzz target in %s\n' "$build" >&2
  exit 1
fi
