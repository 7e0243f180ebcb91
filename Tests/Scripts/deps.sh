#!/bin/sh
# Installs the C libraries that are missing. Usage: deps.sh PACKAGE...
set -eu

command -v "$SWIFT" >/dev/null 2>&1 || {
  echo "deps: no '$SWIFT' in PATH; install Swift 6.2 or later from https://www.swift.org/install/linux/" >&2
  exit 1
}
toolchain=$(dirname "$(readlink -f "$(command -v "$SWIFT")")")
clang=$toolchain/clang
[ -x "$clang" ] || clang=clang

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Usage: links LIBRARY [HEADER]: whether a program with the header links against the library.
links() {
  { [ -z "${2:-}" ] || echo "#include <$2>"; echo 'int main(void) { return 0; }'; } > "$scratch/probe.c"
  "$clang" "$scratch/probe.c" "-l$1" -o "$scratch/probe" >/dev/null 2>&1
}

missing=
for package in "$@"; do
  case $package in
    libopenblas-dev) links openblas || missing="$missing $package" ;;
    libomp-dev) links omp5 || missing="$missing $package" ;;
    zlib1g-dev) links z zlib.h || missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "deps: these Debian packages are missing, and there is no apt-get here:$missing" >&2
  exit 1
fi
if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
else
  echo "deps: libraries are missing. Run as root, then try again:" >&2
  echo "  apt-get update && apt-get install -y$missing" >&2
  exit 1
fi
echo "deps: installing$missing"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
