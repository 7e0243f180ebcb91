#!/bin/bash
# Kills a training run with SIGKILL at random moments, resumes it each time, and compares every bit of what it leaves
# with an uninterrupted run; then the same with SIGTERM, which must end with 130, and with workers.
# Usage: resume.sh DEMO [KILLS]
set -euo pipefail
demo=$1
kills=${2:-10}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
options=(train --dataset twin --seeds 2 --epochs "$((kills * 1000))" --layers 3 --hidden 32 --select loss --quiet)
options+=(--threads 1 --save-interval 0.2)

# What must agree: weights, curves and metrics, without times.
fingerprint() {
  (cd "$1/checkpoints" && sha256sum ./*.safetensors)
  cut -d, -f1,3- "$1/metrics.csv" | sha256sum
  awk '/epochMilliseconds/ { skip = 1 } skip && /value/ { skip = 0; next } !/seconds|peakBytes/' \
    "$1"/units/*/result.json
}

fail() {
  echo "$*"
  cat "$scratch/err"
  exit 1
}

# Usage: interrupt SIGNAL MOST COMMAND...; ends the command after at most so many seconds and gives its code.
interrupt() {
  local signal=$1 most=$2 code=0
  shift 2
  "$demo" "$@" > "$scratch/out" 2> "$scratch/err" &
  local child=$!
  sleep "$(awk -v seed=$RANDOM -v most="$most" 'BEGIN { srand(seed); printf "%.3f", 0.05 + rand() * most }')"
  kill "-$signal" "$child" 2> /dev/null || true
  wait "$child" 2> /dev/null || code=$?
  return "$code"
}

started=$(date +%s.%N)
"$demo" "${options[@]}" --out "$scratch/whole" > /dev/null
whole=$(awk -v from="$started" -v to="$(date +%s.%N)" 'BEGIN { print to - from }')
fingerprint "$scratch/whole" > "$scratch/expected"
echo "uninterrupted: $whole s"

# Usage: torture NAME SIGNAL PROCESSES
torture() {
  local name=$1 signal=$2 run="$scratch/$1" stops=0 saved=0 code codes="" jobs=() most left
  if [ "$3" -gt 1 ]; then jobs=(--jobs "$3"); fi
  # All stops together take about half of the run, so that each finds it unfinished.
  most=$(awk -v whole="$whole" -v kills="$kills" -v jobs="$3" 'BEGIN { print whole / kills / jobs }')
  # The folder need not hold a run yet: the first command starts it.
  while [ "$stops" -lt "$kills" ]; do
    code=0
    interrupt "$signal" "$most" "${options[@]}" "${jobs[@]}" --resume "$run" || code=$?
    codes="$codes $code"
    if grep -q "goes on" "$scratch/err"; then saved=$((saved + 1)); fi
    case $signal:$code in
      # 143: the signal came before the process could note it.
      KILL:137 | TERM:130 | TERM:143) stops=$((stops + 1)) ;;
      *) fail "$name: SIG$signal gave $code after $stops stops" ;;
    esac
  done
  "$demo" "${options[@]}" "${jobs[@]}" --resume "$run" > /dev/null 2> "$scratch/err" \
    || fail "$name: the last part failed"
  if grep -q "goes on" "$scratch/err"; then saved=$((saved + 1)); fi
  if [ "$((saved * 2))" -le "$kills" ]; then fail "$name: only $saved of $kills resumptions found a checkpoint"; fi
  left=$(find "$run" -name '.*.tmp')
  if [ -n "$left" ]; then fail "$name: temporary files are left: $left"; fi
  fingerprint "$run" > "$scratch/actual"
  cmp "$scratch/expected" "$scratch/actual" || fail "$name: $(diff "$scratch/expected" "$scratch/actual")"
  echo "$name: same bits after $stops stops (codes$codes); $saved of $kills resumptions went on from what was saved"
}

torture killed KILL 1
torture terminated TERM 1
torture workers-killed KILL 2
torture workers-terminated TERM 2
