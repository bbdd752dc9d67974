#!/usr/bin/env bash
# tools/stage.sh NAME COMMAND...: runs the command between two lines that say what it is and how long it took.
set -euo pipefail
name=$1
shift
printf '== %s\n' "$name"
start=$SECONDS
status=0
"$@" || status=$?
printf '== %s: %s after %d s\n' "$name" "$([[ $status == 0 ]] && echo done || echo FAILED)" $((SECONDS - start))
exit "$status"
