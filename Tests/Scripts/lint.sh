#!/bin/sh
# Format, warnings, and what only shows on other machines.
set -eu
cd "$(dirname "$0")/../.."
status=0

swift format lint --strict --recursive --parallel --configuration .swift-format Sources Tests Package.swift || status=1

# A clean build without warnings; expressions that the type checker finds slow are warnings too.
rm -rf .build-lint
mkdir -p .build-lint
swift build --build-tests --scratch-path .build-lint -Xswiftc -Xfrontend -Xswiftc -warn-long-expression-type-checking=300 \
  > .build-lint/log 2>&1 || { tail -20 .build-lint/log; status=1; }
if grep -E '^[^ ]*(Sources|CKernels|Tests)/.*(warning|error):' .build-lint/log | sort -u; then status=1; fi

# swift format knows no C, and passes over comments.
git ls-files '*.c' '*.h' '*.swift' \
  | xargs awk 'length($0) > 120 { print FILENAME ":" FNR ": " length($0) " columns"; long = 1 } END { exit long }' \
  || status=1

# clang 21 needs a runtime function for dynamic schedules that Debian's libomp lacks.
if grep -rnE 'schedule\((dynamic|guided|runtime|auto)' CKernels; then
  echo "lint: only schedule(static) links against Debian's libomp"; status=1
fi

# The AArch64 bodies, checked for errors where its headers are installed (libc6-dev-arm64-cross).
if [ -d /usr/aarch64-linux-gnu/include ]; then
  for file in $(find CKernels/src -name '*.c'); do
    clang -target aarch64-linux-gnu --sysroot=/ -isystem /usr/aarch64-linux-gnu/include -ICKernels/include -std=c17 \
      -fopenmp -fsyntax-only "$file" || status=1
  done
else
  echo "lint: skipped the AArch64 check: install libc6-dev-arm64-cross for it"
fi
exit $status
