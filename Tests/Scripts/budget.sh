#!/bin/bash
# CPU seconds (user + system) of builds, against their budgets. Prints; noise never fails it, a broken build does.
# Usage: budget.sh, in a tree without build products for the first line to mean a clean build.
set -euo pipefail
cd "$(dirname "$0")/../.."
swift=${SWIFT:-swift}
probed=Sources/TensorKit/Matmul.swift
saved=$(mktemp)
log=$(mktemp)
cp "$probed" "$saved"
trap 'cp "$saved" "$probed"; rm -f "$saved" "$log"' EXIT

# Usage: measure BUDGET WHAT
measure() {
  local spent
  TIMEFORMAT='%U %S'
  if ! spent=$({ time "$swift" build > "$log" 2>&1; } 2>&1); then
    cat "$log"
    echo "the build failed: $2"
    exit 1
  fi
  spent=$(awk '{ printf "%.0f", $1 + $2 }' <<< "$spent")
  printf '%-48s %4s CPU s of %3s%s\n' "$2" "$spent" "$1" "$([ "$spent" -le "$1" ] || echo '  OVER BUDGET')"
}

measure 120 "clean debug build of library and demos"
sed -i 's|^  let batch = (0..<a.rank - 2)|  _ = a.count\n&|' "$probed"
if cmp -s "$saved" "$probed"; then echo "$probed: the line to change is gone"; exit 1; fi
measure 6 "after a one-line change of a body in TensorKit"
printf '\npublic func budgetProbe() {}\n' >> "$probed"
measure 30 "after a public change in TensorKit"
