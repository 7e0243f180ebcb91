#!/bin/sh
# The documentation of the library as a static site in docs/.
set -eu
cd "$(dirname "$0")/../.."
rm -rf .build-docs docs
mkdir -p .build-docs/graphs
swift build --target Gossamer --scratch-path .build-docs -Xswiftc -emit-symbol-graph \
  -Xswiftc -emit-symbol-graph-dir -Xswiftc "$PWD/.build-docs/graphs"
docc=$(dirname "$(readlink -f "$(command -v swift)")")/docc
"$docc" convert Sources/Gossamer/Gossamer.docc --additional-symbol-graph-dir .build-docs/graphs --output-path docs \
  --fallback-display-name Gossamer --fallback-bundle-identifier org.gossamer
echo "docs/ is ready: serve it with 'python3 -m http.server -d docs' and open /documentation/gossamer"
