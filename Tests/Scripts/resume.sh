#!/bin/bash
# Kills a training run with SIGKILL at random moments, resumes it each time, and compares every bit of what it leaves
# with an uninterrupted run; then the same with SIGTERM, which must end with 130, and with workers.
# Usage: resume.sh DEMO [KILLS]
set -euo pipefail
demo=$1
kills=${2:-10}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
options=(train --dataset twin --seeds 2 --epochs 3000 --layers 3 --hidden 32 --select loss --quiet)

# What must agree: weights, curves and metrics, without times.
fingerprint() {
  (cd "$1/checkpoints" && sha256sum ./*.safetensors)
  cut -d, -f1,3- "$1/metrics.csv" | sha256sum
  awk '/epochMilliseconds/ { skip = 1 } skip && /value/ { skip = 0; next } !/seconds|peakBytes/' \
    "$1"/units/*/result.json
}

# Usage: interrupt SIGNAL COMMAND...; ends the command after a random part of the whole run's time and gives its code.
interrupt() {
  local signal=$1 code=0
  shift
  "$demo" "$@" > "$scratch/out" 2> "$scratch/err" &
  local child=$!
  sleep "$(awk -v seed=$RANDOM -v whole="$whole" 'BEGIN { srand(seed); printf "%.3f", 0.05 + rand() * whole * 0.4 }')"
  kill "-$signal" "$child" 2> /dev/null || true
  wait "$child" 2> /dev/null || code=$?
  return "$code"
}

started=$(date +%s.%N)
"$demo" "${options[@]}" --out "$scratch/whole" > /dev/null
whole=$(awk -v from="$started" -v to="$(date +%s.%N)" 'BEGIN { print to - from }')
fingerprint "$scratch/whole" > "$scratch/expected"
echo "uninterrupted: $whole s"

# Usage: torture NAME SIGNAL OPTION...
torture() {
  local name=$1 signal=$2 run="$scratch/$1" stops=0 code
  shift 2
  # The folder need not hold a run yet: the first command starts it.
  while [ "$stops" -lt "$kills" ]; do
    code=0
    interrupt "$signal" "${options[@]}" "$@" --resume "$run" || code=$?
    if [ "$code" -eq 0 ]; then break; fi
    if [ "$signal" = TERM ] && [ "$code" -ne 130 ] && [ "$code" -ne 143 ]; then
      echo "$name: SIGTERM gave $code"; cat "$scratch/err"; exit 1
    fi
    stops=$((stops + 1))
  done
  "$demo" "${options[@]}" "$@" --resume "$run" > /dev/null 2> "$scratch/err" || { cat "$scratch/err"; exit 1; }
  fingerprint "$run" > "$scratch/actual"
  cmp "$scratch/expected" "$scratch/actual" || { diff "$scratch/expected" "$scratch/actual"; exit 1; }
  echo "$name: same bits after $stops stops"
}

torture killed KILL
torture terminated TERM
torture workers-killed KILL --jobs 2
torture workers-terminated TERM --jobs 2
